"""Appraisals: templates, files that are read or refused, what follows from them, and pictures."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml
from conftest import CHECKOUT, Runner

from mngraph import build, validate
from mngraph.appraisal import judged
from mngraph.appraisal.tools import tools
from mngraph.newpack import make_pack
from mngraph.store import LocalStore

EXAMPLES = CHECKOUT / "ontology" / "examples"
VALID = sorted((EXAMPLES / "appraisals" / "valid").glob("*.yaml"))
INVALID = sorted((EXAMPLES / "appraisals" / "invalid").glob("*.yaml"))
ROB2 = ("randomization", "deviations", "missing-data", "measurement", "selection")
AMSTAR2 = [domain.word for domain in tools()["amstar2"].domains]
MADE_UP = "example-2026-made-up"


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A pack with the studies of the examples and one more, and no appraisal."""
    folder = tmp_path / "demo"
    make_pack(folder, root="microneedling")
    for path in (EXAMPLES / "valid").glob("*.yaml"):
        name = yaml.safe_load(path.read_text("utf-8"))["id"]
        shutil.copy(path, folder / "studies" / f"{name}.yaml")
    (folder / "appraisals").mkdir()
    return folder


def put(pack: Path, who: str, judgements: dict[str, str], **more: Any) -> Path:
    """Write an appraisal of the made-up study by RoB 2, or by what `more` says."""
    items = [
        {"domain": word, "judgement": judgement, "reason": "Made up."}
        for word, judgement in judgements.items()
    ]
    data = {
        "id": who, "study": MADE_UP, "tool": "rob2", "appraiser": who, "name": who,
        "appraised": "2026-11-28", "domains": items,
    } | more  # fmt: skip
    path = pack / "appraisals" / f"{data['study']}-{data['id']}.yaml"
    path.write_text(yaml.safe_dump(data, sort_keys=False), "utf-8")
    return path


def rob2(*given: str) -> dict[str, str]:
    return dict(zip(ROB2, given, strict=True))


def built(pack: Path) -> LocalStore:
    store, sources = build.build_graph(build.study_files([pack]))
    assert sources.problems == []
    return store


def overall_by_rule(store: LocalStore) -> dict[str, str]:
    rows = store.select("SELECT ?a ?w { ?a mn:overallByRule/skos:notation ?w }")
    return {row["a"].value.rpartition("/")[2]: row["w"].value for row in rows}


# --- tools ------------------------------------------------------------------------------------


def test_tools_have_the_domains_that_their_papers_have() -> None:
    """Sterne 2019 (RoB 2), Sterne 2016 (ROBINS-I), Shea 2017 (AMSTAR 2), JBI's lists."""
    sizes = {word: len(tool.domains) for word, tool in tools().items()}
    assert sizes == {
        "rob2": 5, "rob2-crossover": 6, "robins-i": 7, "amstar2": 16, "jbi-case-series": 10,
        "jbi-case-reports": 8, "grade": 8,
    }  # fmt: skip
    asked = {word: sum(len(d.questions) for d in tools()[word].domains) for word in sizes}
    assert (asked["rob2"], asked["robins-i"]) == (22, 34)
    assert [domain.number for domain in tools()["rob2-crossover"].domains] == list("1S2345")


def test_critical_items_are_those_of_amstar_2(store: LocalStore) -> None:
    """Shea 2017, box 1: items 2, 4, 7, 9, 11, 13 and 15."""
    rows = store.select("SELECT ?n { ?d mn:isCritical true ; mn:number ?n }")
    assert sorted(int(row["n"].value) for row in rows) == [2, 4, 7, 9, 11, 13, 15]


def test_every_property_beside_a_question_is_one_of_records(store: LocalStore) -> None:
    rows = store.select(
        "SELECT DISTINCT ?p { ?q mn:informedBy ?p FILTER NOT EXISTS { ?p rdfs:domain ?any } }"
    )
    assert list(rows) == []


# --- templates --------------------------------------------------------------------------------


@pytest.mark.parametrize("tool", [each.word for each in tools().values() if not each.judges_claims])
def test_a_template_is_refused_until_each_judgment_is_made(
    tool: str, run: Runner, tmp_path: Path
) -> None:
    path = tmp_path / "mine.yaml"
    result = run("appraise", "pmid-31469914", "--tool", tool, "-o", path)
    assert result.exit_code == 0, result.stderr
    result = run("appraise", "--check", path)
    assert result.exit_code == 1
    lines = [n for n, text in enumerate(path.read_text("utf-8").splitlines(), 1)
             if "judgement:" in text]  # fmt: skip
    said = re.findall(r"mine.yaml:(\d+): `judgement` is empty; allowed: ", result.stdout)
    assert [int(line) for line in said] == lines
    assert len(lines) == len(tools()[tool].domains)


def test_a_template_filled_in_is_accepted(run: Runner, tmp_path: Path) -> None:
    text = run("appraise", "pmid-31469914", "--tool", "rob2").stdout
    for key, value in {
        "id": "roe", "appraiser": "roe", "name": "Roe R", "appraised": '"2026-11-28"',
        "    judgement": "low", "    reason": "The text says so.", "    place": "p. 2",
    }.items():  # fmt: skip
        text = re.sub(rf"(?m)^{key}:(  #.*)?$", f"{key}: {value}", text)
    (tmp_path / "mine.yaml").write_text(text, "utf-8")
    result = run("appraise", "--check", "mine.yaml")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "1 appraisal: no faults\n")


def test_a_template_has_what_the_record_states_beside_each_question(run: Runner) -> None:
    """The record of PMID 31469914 states randomized, 41 participants, no blinding."""
    lines = run("appraise", "31469914", "--tool", "rob2").stdout.splitlines()
    beside = {line.split()[1]: line for line in lines if re.match(r"  #    \d\.\d ", line)}
    assert beside["1.1"].endswith("(the record states: allocation randomized)")
    assert beside["4.3"].endswith("(the record does not state: blinding)")
    assert "participants 41" in beside["3.1"]


def test_a_template_never_replaces_a_file(run: Runner, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("judged\n")
    result = run("appraise", "pmid-31469914", "--tool", "rob2", "-o", "mine.yaml")
    assert (result.exit_code, (tmp_path / "mine.yaml").read_text()) == (2, "judged\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["pmid-31469914", "--tool", "rob"], "there is no tool 'rob': did you mean rob2?"),
        (["pmid-31469914"], "say what to do"),
        (["--check", "--agreement", "x"], "do not go together"),
        (["acne-scar", "--tool", "rob2"], "acne-scar is no study"),
        (["--check", "nowhere"], "there is no such file or folder"),
        (["--plot", "x.svg"], "nobody has judged these studies"),
        (["--plot", "x.gif"], "the name must end with one of .svg, .html"),
    ],
)
def test_a_wrong_call_is_told_in_one_line(words: list[str], said: str, run: Runner) -> None:
    result = run("appraise", *words)
    assert result.exit_code != 0
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("line", "offered"),
    [("mngraph appraise --tool rob", "rob2"), ("mngraph appraise pmid-3146", "pmid-31469914")],
)
def test_a_shell_completes_tools_and_studies(line: str, offered: str, release: Path) -> None:
    from click.shell_completion import BashComplete

    from mngraph.cli import cli

    words = line.split()
    completing = BashComplete(cli, {}, "mngraph", "_MNGRAPH_COMPLETE")
    graph = ["-g", str(release)]
    found = completing.get_completions(["appraise", *graph, *words[2:-1]], words[-1])
    assert offered in [item.value for item in found]


# --- files ------------------------------------------------------------------------------------


def test_valid_examples_conform(pack: Path, run: Runner) -> None:
    for path in VALID:
        shutil.copy(path, pack / "appraisals")
    result = run("appraise", "--check", pack / "appraisals")
    assert (result.exit_code, result.stdout) == (0, "")
    assert run("validate", pack).exit_code == 0


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_an_invalid_example_fails_as_its_first_line_says(
    path: Path, pack: Path, run: Runner
) -> None:
    copy = Path(shutil.copy(path, pack / "appraisals"))
    said = path.read_text("utf-8").splitlines()[0].removeprefix("# ")
    for command in (("appraise", "--check", copy), ("validate", pack)):
        result = run(*command)
        assert result.exit_code == 1
        assert said in result.stdout
        assert all(re.match(rf"{re.escape(str(copy))}:\d+: ", line)
                   for line in result.stdout.splitlines())  # fmt: skip
    assert run("build", pack, "-o", pack.parent / "out.nq").exit_code != 0
    assert not (pack.parent / "out.nq").exists()


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("name: roe", 'name: "Roe\\u001b[31m"', 5, "control character U+001B"),
        ("reason: Made up.", 'reason: "\\u202emade up"', 10, "control character U+202E"),
        ("study: example-2026-made-up", "study: ../../etc/passwd", 2, "unknown study"),
        ("id: roe", 'id: "a b"', 1, "must be letters, digits"),
        ("appraised: '2026-11-28'", "appraised: today", 6, "expects a date"),
        ("tool: rob2", "tool: [rob2]", 3, "write it without the brackets"),
        ("domains:", "domains: nothing\nx:", 7, "`domains` expects a list"),
        ("- domain: selection", "- domain: selektion", 20, "did you mean `selection`?"),
    ],
)
def test_a_hostile_file_gets_line_and_mend(
    old: str, new: str, line: int, said: str, pack: Path, run: Runner
) -> None:
    path = put(pack, "roe", rob2(*["low"] * 5))
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    result = run("appraise", "--check", path)
    assert result.exit_code == 1
    assert re.search(rf"{re.escape(path.name)}:{line}: .*{re.escape(said)}", result.stdout)
    assert "\x1b" not in result.stdout


@pytest.mark.parametrize("text", ["", "- a\n", "\0", "a: &x [*x]\n", "a: b: c\n"])
def test_what_is_no_appraisal_at_all_is_one_fault(text: str, pack: Path, run: Runner) -> None:
    path = pack / "appraisals" / "x.yaml"
    path.write_text(text, "utf-8")
    result = run("appraise", "--check", path)
    assert result.exit_code == 1
    assert len(result.stdout.splitlines()) == 1
    assert result.stdout.startswith(f"{path}:1: ")


def test_two_files_of_one_appraiser_are_refused(pack: Path, run: Runner) -> None:
    first = put(pack, "a", rob2(*["low"] * 5), appraiser="roe")
    second = put(pack, "b", rob2(*["high"] * 5), appraiser="roe")
    result = run("appraise", "--check", pack / "appraisals")
    assert result.exit_code == 1
    assert result.stdout.startswith(f"{second}:4: `roe` has judged this study with rob2 already")
    assert str(first) in result.stdout


def test_one_person_may_judge_two_outcomes(pack: Path, run: Runner) -> None:
    put(pack, "a", rob2(*["low"] * 5), appraiser="roe", outcome="1")
    put(pack, "b", rob2(*["high"] * 5), appraiser="roe")
    assert run("appraise", "--check", pack / "appraisals").exit_code == 0


def test_an_item_refuses_a_partial_yes_that_the_tool_has_for_others(
    pack: Path, run: Runner
) -> None:
    """AMSTAR 2 has a partial yes for items 2, 4, 7, 8 and 9 alone (Shea 2017)."""
    given = dict.fromkeys(AMSTAR2, "yes") | {"funding": "partial-yes", "search": "partial-yes"}
    path = put(pack, "roe", given, tool="amstar2")
    result = run("appraise", "--check", path)
    assert "`funding` does not allow partial-yes: allowed: yes, no" in result.stdout
    assert len(result.stdout.splitlines()) == 1


# --- the graph --------------------------------------------------------------------------------


def test_an_appraisal_is_a_graph_of_its_own_with_its_provenance(pack: Path) -> None:
    put(pack, "roe", rob2(*["low"] * 5), orcid="https://orcid.org/0000-0002-1825-0097")
    rows = built(pack).select(
        "SELECT ?g ?who ?day ?study { GRAPH ?g { ?g a mn:Appraisal ; mn:appraises ?study ; "
        "prov:wasAttributedTo ?who ; dcterms:created ?day } }"
    )
    (row,) = [tuple(term.value for term in row) for row in rows]
    base = "https://example.org/demo/"
    assert row == (
        f"{base}graph/appraisal/{MADE_UP}/roe", "https://orcid.org/0000-0002-1825-0097",
        "2026-11-28", f"{base}study/{MADE_UP}",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (("low", "low", "low", "low", "low"), "low"),
        (("low", "some-concerns", "low", "low", "low"), "some-concerns"),
        (("low", "some-concerns", "low", "some-concerns", "low"), "some-concerns"),
        (("some-concerns", "some-concerns", "low", "low", "high"), "high"),
    ],
)
def test_the_whole_is_as_bad_as_the_worst_domain_of_rob_2(
    given: tuple[str, ...], expected: str, pack: Path
) -> None:
    """Table 1 of the RoB 2 guidance; the clause on several domains is left to people."""
    put(pack, "roe", rob2(*given))
    assert overall_by_rule(built(pack)) == {"roe": expected}


PUBLISHED = [
    # Table 1 of an overview in BMJ Evidence-Based Medicine (ebm.bmj.com, markup 147388)
    ("Zhang 2021", "+ - + p + + - + + - + + + + + +", "critically-low"),
    ("Walsh 2021", "+ + + p + + - + + - 0 0 + + 0 +", "low"),
    ("Krishnaratne 2022", "+ p + p + + + + + + 0 0 + + 0 +", "high"),
    # Table 3 of an overview in BMJ Paediatrics Open (bmjpaedsopen.bmj.com, markup 2112)
    ("Amissah (25)", "+ + - + + + + + + - 0 0 + + 0 -", "moderate"),
    ("Amissah (26)", "+ + - + + + + + + + 0 0 + + 0 +", "high"),
    ("Alshaikh", "+ - - + + + - + + - + - - - + +", "critically-low"),
]
"""Reviews that others rated by AMSTAR 2: item by item, and the whole."""


@pytest.mark.parametrize(("name", "items", "expected"), PUBLISHED, ids=lambda value: value[:12])
def test_the_rule_of_amstar_2_gives_what_published_overviews_give(
    name: str, items: str, expected: str, pack: Path
) -> None:
    words = {"+": "yes", "-": "no", "p": "partial-yes", "0": "no-meta-analysis"}
    given = dict(zip(AMSTAR2, (words[sign] for sign in items.split()), strict=True))
    put(pack, "roe", given, tool="amstar2")
    assert overall_by_rule(built(pack)) == {"roe": expected}


def test_an_overall_against_the_rule_is_flagged_and_kept(pack: Path, run: Runner) -> None:
    path = put(pack, "roe", rob2("low", "low", "low", "low", "high"), overall="low")
    result = run("appraise", "--check", path)
    assert result.exit_code == 0
    assert "`overall` is low, but by the tool's rule the domains give high" in result.stderr


def test_several_domains_with_some_concerns_may_be_called_high(pack: Path, run: Runner) -> None:
    concerns = rob2("some-concerns", "some-concerns", "low", "low", "low")
    result = run("appraise", "--check", put(pack, "roe", concerns, overall="high"))
    assert (result.exit_code, result.stderr) == (0, "1 appraisal: no faults\n")


def standing(store: LocalStore) -> set[str]:
    rows = store.select("SELECT ?a { ?study mn:standingAppraisal ?a }")
    return {row["a"].value.rpartition("/")[2] for row in rows}


def test_where_appraisers_disagree_none_counts_until_a_third_file_resolves_it(pack: Path) -> None:
    put(pack, "roe", rob2(*["low"] * 5))
    assert standing(built(pack)) == {"roe"}
    put(pack, "doe", rob2("high", "low", "low", "low", "low"))
    assert standing(built(pack)) == set()
    put(pack, "both", rob2("some-concerns", "low", "low", "low", "low"), resolves=["roe", "doe"])
    assert standing(built(pack)) == {"both"}


def test_appraisers_who_agree_both_count(pack: Path) -> None:
    for who in ("roe", "doe"):
        put(pack, who, rob2(*["low"] * 5))
    assert standing(built(pack)) == {"roe", "doe"}


def test_a_build_of_some_studies_has_their_appraisals_alone(pack: Path) -> None:
    put(pack, "roe", rob2(*["low"] * 5))
    shutil.copy(EXAMPLES / "appraisals" / "valid" / "smallest-roe.yaml", pack / "appraisals")
    store, sources = build.build_graph([pack / "studies" / f"{MADE_UP}.yaml"])
    assert sources.problems == []
    assert [iri.split("/")[-2:] for iri in sources.appraisals] == [[MADE_UP, "roe"]]
    assert validate.check_store(store).faults == []


def test_a_fault_in_a_graph_from_elsewhere_is_found(pack: Path) -> None:
    put(pack, "roe", rob2(*["low"] * 5))
    store = built(pack)
    assert validate.check_store(store).faults == []
    from mngraph import context

    store.oxigraph.update(
        "DELETE { GRAPH ?g { ?item mn:judgement ?low } } "
        "INSERT { GRAPH ?g { ?item mn:judgement appraisal:amstar2-yes } } "
        "WHERE { GRAPH ?g { ?item mn:domain appraisal:rob2-selection ; mn:judgement ?low } }",
        prefixes=context.prefixes(),
    )
    sources = {finding.source for finding in validate.check_store(store).faults}
    assert sources == {"judgement-that-the-tool-does-not-allow"}


# --- agreement --------------------------------------------------------------------------------


def test_kappa_is_that_of_another_implementation(pack: Path) -> None:
    """A table of two raters, (20, 5 / 10, 15), here ten studies in five domains; statsmodels."""
    theirs = pytest.importorskip("statsmodels.stats.inter_rater").cohens_kappa([[20, 5], [10, 15]])
    pairs = [("low", "low")] * 20 + [("low", "high")] * 5
    pairs += [("high", "low")] * 10 + [("high", "high")] * 15
    text = (pack / "studies" / f"{MADE_UP}.yaml").read_text("utf-8")
    for n in range(10):
        (pack / "studies" / f"s{n}.yaml").write_text(text.replace(MADE_UP, f"s{n}"), "utf-8")
        some = pairs[5 * n : 5 * n + 5]
        put(pack, "a", rob2(*(one for one, _ in some)), study=f"s{n}")
        put(pack, "b", rob2(*(other for _, other in some)), study=f"s{n}")
    store = built(pack)
    (row,) = judged.agreement(judged.appraisals(store)).rows
    assert row[:5] == ["rob2", "a", "b", 50, 35]
    expected = (theirs.kappa, theirs.kappa_low, theirs.kappa_upp)
    assert row[5:8] == [pytest.approx(value, abs=5e-4) for value in expected]
    from mngraph import Graph

    (counted,) = Graph(store).query("appraisal-agreement").rows  # type: ignore[union-attr]
    assert [str(cell) for cell in counted] == ["rob2", "a", "b", "10", "50", "35", "70"]


def test_kappa_that_is_not_defined_is_said_in_words(pack: Path, run: Runner) -> None:
    for who in ("roe", "doe"):
        put(pack, who, rob2(*["low"] * 5))
    run("build", pack, "-o", "out.nq")
    result = run("appraise", "--agreement", "-g", "out.nq")
    assert "rob2,doe,roe,5,5,,,,kappa is not defined: one judgment throughout" in result.stdout


# --- pictures ---------------------------------------------------------------------------------


def test_the_picture_has_sign_and_words_for_each_judgment(pack: Path, run: Runner) -> None:
    for path in VALID:
        shutil.copy(path, pack / "appraisals")
    put(pack, "roe", rob2(*["low"] * 5))
    put(pack, "doe", rob2("high", "low", "low", "low", "low"), name="<script>alert(1)</script>")
    run("build", pack, "-o", "out.nq")
    assert run("appraise", "--plot", "lights.svg", "-g", "out.nq").exit_code == 0
    svg = ElementTree.fromstring(Path("lights.svg").read_text("utf-8"))  # noqa: S314
    space = "{http://www.w3.org/2000/svg}"
    lamps = [
        (group.findtext(f"{space}title"), group.findtext(f"{space}text"))
        for group in svg.iter(f"{space}g")
        if group.find(f"{space}circle") is not None and group.find(f"{space}title") is not None
    ]
    assert len(lamps) == 6 + 7 + 9  # RoB 2, its variant, JBI: domains and the whole
    disagreeing = [title for title, sign in lamps if sign == "\N{NOT EQUAL TO}"]
    assert len(disagreeing) == 2
    assert all(title and title.endswith("appraisers disagree") for title in disagreeing)
    run("appraise", "--plot", "lights.html", "-g", "out.nq")
    page = Path("lights.html").read_text("utf-8")
    assert "<script" not in page
    assert 'http-equiv="Content-Security-Policy"' in page
    assert page.count("<table>") == 3


def test_every_sign_of_the_vocabulary_has_a_hue() -> None:
    from mngraph.drawing.traffic import HUES

    signs = {each.sign for tool in tools().values()
             for each in (*tool.judgements.values(), *tool.overall)}  # fmt: skip
    assert signs <= set(HUES)


def test_the_release_has_no_appraisal(store: LocalStore) -> None:
    """None of its records states what somebody judged of a named study."""
    assert judged.appraisals(store) == []


def test_a_verdict_tells_what_people_judged_and_that_nobody_did(pack: Path) -> None:
    """One appraisal counts, two that differ do not, and none is called none."""
    from mngraph.evidence.weighing import evidence

    def verdict() -> str:
        found = evidence(built(pack), indication="https://w3id.org/mngraph/indication/melasma")
        assert found.quality in found.verdict
        return found.quality

    assert verdict() == "Study quality has not been assessed."
    put(pack, "roe", rob2("low", "low", "low", "low", "low"))
    assert verdict() == "People judged its quality: low risk of bias (RoB 2)."
    put(pack, "doe", rob2("low", "low", "low", "low", "high"))
    assert verdict() == "People judged its quality: appraisers disagree."


def test_map_and_network_tell_how_many_of_their_studies_are_appraised(pack: Path) -> None:
    """Of the studies of the pack one is judged, by two people; the map leaves one study out."""
    from mngraph.drawing import mapdrawing
    from mngraph.drawing.gapmap import gap_map
    from mngraph.drawing.network import network
    from mngraph.drawing.view import page

    put(pack, "roe", rob2("low", "low", "low", "low", "low"))
    put(pack, "doe", rob2("low", "low", "low", "low", "high"))
    store = built(pack)
    shown, drawn = gap_map(store), network(store)
    assert (len(shown.studies), len(drawn.graph["studies"])) == (2, 3)
    for text in (mapdrawing.to_html(shown), mapdrawing.to_svg(shown)):
        assert "1 of 2 studies has been appraised." in text
    assert "1 of 3 studies has been appraised." in page(drawn)
