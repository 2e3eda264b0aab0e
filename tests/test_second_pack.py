"""The pack on chemical peels: built, asked and drawn as the pack of the release is, and with it."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
import test_claims
import yaml
from madeup import Record
from test_architecture import PACKAGE, without_docstrings
from test_claims import treatment_lines

from mngraph import build, context, queries
from mngraph.drawing import gapmap, network
from mngraph.evidence import partners, words
from mngraph.evidence.facts import Facts
from mngraph.evidence.model import Question
from mngraph.evidence.stance import Tally
from mngraph.graph import Graph
from mngraph.store import LocalStore, open_store

Runner = Callable[..., Any]

CHECKOUT = Path(__file__).parents[1]
PACK = CHECKOUT / "packs" / "chemical-peels"
CLAIM = f"{context.BASE}claim/"


def built(*folders: Path) -> LocalStore:
    store, sources = build.build_graph(build.study_files(folders))
    assert sources.problems == []
    return store


@pytest.fixture(scope="module")
def peels() -> LocalStore:
    return built(PACK)


@pytest.fixture(scope="module")
def both() -> LocalStore:
    return built(PACK, CHECKOUT / "data")


@pytest.fixture(scope="module")
def peels_file(peels: LocalStore, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("graph") / "peels.nq"
    Graph(peels).export(path)
    return path


def lines_of(store: LocalStore) -> dict[tuple[str, str], str]:
    """The evidence lines of studies of the pack: claim, study with arms, stance."""
    rows = store.select(
        "SELECT ?line ?claim ?stance { ?claim mn:hasEvidenceLine ?line . ?line mn:stance ?stance }"
    )
    found = {}
    for row in rows:
        claim = row["claim"].value.removeprefix(CLAIM)
        line = row["line"].value.partition("/line/")[2]
        if line.startswith("chemical-peels:"):
            stance = row["stance"].value.partition("#")[2]
            found[claim, line.removeprefix("chemical-peels:")] = stance
    return found


@pytest.mark.parametrize("graph", ["peels", "both"])
def test_lines_are_those_of_a_second_count(graph: str, request: pytest.FixtureRequest) -> None:
    store: LocalStore = request.getfixturevalue(graph)
    records = [yaml.safe_load(path.read_text("utf-8")) for path in (PACK / "studies").iterdir()]
    expected = {
        (claim, line): stance
        for record in records
        for claim, lines in treatment_lines(record).items()
        for line, stance in lines.items()
    }
    assert len(expected) > 30
    assert lines_of(store) == expected


@pytest.fixture
def hierarchy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second count knows the one scheme of interventions, with the concepts of the pack."""
    known = test_claims.hierarchy
    above = {**known("procedure"), **known("modality")}
    for path in (PACK / "vocabulary").iterdir():
        for each in yaml.safe_load(path.read_text("utf-8"))["concepts"]:
            above[each["id"]] = {each["id"]}.union(*(above[broad] for broad in each["broader"]))
    roles = ("procedure", "modality")
    monkeypatch.setattr(
        test_claims, "hierarchy", lambda name: above if name in roles else known(name)
    )


def own_records() -> list[Record]:
    """The records of the pack, called as their lines are, each of the cohort of the release's."""
    read = [yaml.safe_load(path.read_text("utf-8")) for path in (PACK / "studies").iterdir()]
    return [
        record | {"id": f"chemical-peels:{record['id']}", "same_cohort_as": [record["id"]]}
        for record in read
    ]


@pytest.mark.usefixtures("hierarchy")
def test_every_claim_of_the_pack_counts_as_its_records_do(peels: LocalStore) -> None:
    assert test_claims.compare(peels, own_records()) > 100


@pytest.mark.usefixtures("hierarchy")
def test_every_claim_of_both_packs_counts_as_their_records_do(both: LocalStore) -> None:
    files = (CHECKOUT / "data/studies").glob("*.yaml")
    read = [yaml.safe_load(path.read_text("utf-8")) for path in files]
    assert test_claims.compare(both, [*read, *own_records()]) > 1100


BY_HAND = {
    # for: pmid-22640000, pmid-29226630, pmid-30548170; no difference: anon-nd-comparative…,
    # pmid-21269351, puri-2015…; against: ishfaq-2022…. Not randomized: puri-2015….
    "atrophic-acne-scar": ((3, 3, 1, 0), (3, 2, 1, 0)),
    # ullah-nd… finds no difference, doi-10.7717… is a review; the seven above are narrower.
    "acne-scar": ((3, 4, 1, 0), (3, 2, 1, 0)),
    # nazmy-2025…: fluorouracil did better than trichloroacetic acid; the comparison of this with
    # botulinum toxin has no outcome of its own.
    "vitiligo": ((0, 0, 1, 0), (0, 0, 1, 0)),
}


@pytest.mark.parametrize("graph", ["peels", "both"])
@pytest.mark.parametrize("indication", BY_HAND)
def test_answers_count_what_was_counted_by_hand(
    indication: str, graph: str, request: pytest.FixtureRequest
) -> None:
    store: LocalStore = request.getfixturevalue(graph)
    every, trials = Graph(store).evidence(indication, procedure="chemical peel").tallies
    assert BY_HAND[indication] == tuple(
        (found.supports, found.no_difference, found.disputes, found.mixed)
        for found in (every, trials)
    )


def test_both_packs_together_give_the_answers_of_the_release(
    both: LocalStore, store: LocalStore
) -> None:
    whole, own = Facts(both), Facts(store)
    needling = context.expand("procedure:needling")
    asked = {row["i"].value for row in store.select("SELECT ?i { ?s mn:indication ?i }")}
    for indication in asked:
        question = Question(procedure=needling, indication=indication)
        found, expected = (
            words.tally(entry for entry in facts.findings(question) if not entry.study.review)
            for facts in (whole, own)
        )
        assert found == expected, indication


def claims_of(store: LocalStore) -> dict[str, set[tuple[str, str]]]:
    """Each claim with its counts, levels and labels."""
    found: dict[str, set[tuple[str, str]]] = {}
    rows = store.select("SELECT ?claim ?p ?value { ?claim a mn:Claim ; ?p ?value }")
    for row in rows:
        if isinstance(row["value"], ox.Literal):
            stated = found.setdefault(row["claim"].value, set())
            stated.add((row["p"].value, row["value"].value))
    return found


def test_both_packs_together_have_the_claims_of_each(
    both: LocalStore, peels: LocalStore, store: LocalStore
) -> None:
    release, pack, together = map(claims_of, (store, peels, both))
    assert len(release) > 1700 and len(pack) > 150
    assert together == release | pack


def test_both_packs_together_count_the_participants_of_one_publication_once(
    both: LocalStore,
) -> None:
    same = both.select(
        "SELECT ?one ?two { ?one mn:sameCohortAs ?two . "
        'FILTER(STRSTARTS(STR(?one), "https://example.org/chemical-peels/")'
        ' && STRSTARTS(STR(?two), "https://w3id.org/mngraph/")) }'
    )
    found = {(row["one"].value, row["two"].value) for row in same}
    base = "https://example.org/chemical-peels/study/"
    assert found == {
        (f"{base}{path.stem}", f"{context.BASE}study/{path.stem}")
        for path in (PACK / "studies").iterdir()
    }


@pytest.mark.parametrize("graph", ["peels", "both"])
def test_edges_and_cells_count_as_answers_do(graph: str, request: pytest.FixtureRequest) -> None:
    store: LocalStore = request.getfixturevalue(graph)
    facts, drawn, cells = Facts(store), network.network(store), gapmap.gap_map(store).cells
    compared = 0
    for source, target, relation, data in drawn.edges(keys=True, data=True):
        ends = context.expand(source), context.expand(target)
        if relation == "studiedFor":
            question = Question(procedure=ends[0], indication=ends[1])
        elif relation == "combinedFor":
            question = Question(modalities=(ends[0],), indication=ends[1])
        else:
            continue
        findings = [entry for entry in facts.findings(question) if not entry.study.review]
        expected = words.tally(findings)
        assert {name: data[name] for name in Tally.__slots__} == asdict(expected), (source, target)
        compared += expected.compared
        if relation == "combinedFor":
            bubbles = cells[target, source]
            drawn_here = sum(bubble.counts["supports"] for bubble in bubbles)
            assert drawn_here == expected.supports, (source, target)
    assert compared > 20
    paper = drawn.nodes["publication:chemical-peels:pmid-30548170"]
    assert paper["iri"] == "https://example.org/chemical-peels/publication/pmid-30548170"


ASKED = [
    "indications-by-evidence", "procedures-by-evidence", "studies-of", "comparisons-of",
    "added-to-procedure", "settings-by-indication", "modalities-bridging-indications",
    "studies-favouring-comparator", "claims-about", "contradicted-claims", "strongest-claims",
    "randomised-evidence", "comparator-kinds", "measures-used", "study-details",
]  # fmt: skip
GIVEN = {
    "study-details": {"study": "chemical-peels:study/pmid-30548170"},
    "studies-of": {"indication": "atrophic-acne-scar"},
    "comparisons-of": {"indication": "atrophic-acne-scar"},
    "settings-by-indication": {"indication": "atrophic-acne-scar"},
    "claims-about": {"concept": "glycolic-acid-peel"},
}


@pytest.mark.parametrize("name", ASKED)
def test_named_queries_answer(name: str, peels: LocalStore) -> None:
    assert len(Graph(peels).query(name, **GIVEN.get(name, {}))) > 0


def test_every_named_query_runs(peels: LocalStore) -> None:
    for query in queries.all_queries():
        names = {parameter.name for parameter in query.parameters if parameter.default}
        own = {"procedure": "glycolic-acid-peel"} if "procedure" in names else {}
        queries.run_query(peels, query, own | GIVEN.get(query.name, {}))


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (("evidence", "-i", "atrophic-acne-scar"), "compare chemical peeling, alone or combined,"),
        (("evidence", "glycolic", "acid", "peel", "acne", "scars"), "compare glycolic acid peel"),
        (("explain", "trichloroacetic-acid", "studiedFor", "vitiligo"), "Nazmy et al. 2025"),
        (("search", "Glykolsäurepeeling", "-f", "csv"), "modality/glycolic-acid-peel-35"),
        (("show", "chemical-peels:study/pmid-30548170"), "Saadawi"),
        (("query", str(PACK / "queries/peels-compared.rq"), "-f", "csv"), "TCA CROSS 100%"),
        (("info",), "The evidence on chemical peels, as an example"),
    ],
)
def test_commands_answer_in_the_words_of_the_pack(
    command: tuple[str, ...], expected: str, peels_file: Path, run: Runner
) -> None:
    answer = run(*command, "-g", peels_file)
    assert answer.exit_code == 0, answer.stderr
    assert expected in answer.stdout


def test_commands_that_an_answer_names_ask_the_same_graph(peels_file: Path, run: Runner) -> None:
    found = Graph(open_store(peels_file)).evidence("atrophic acne scar")
    lines = [
        found.broader,
        *partners.notes(found.question, found.partners, found.noun, found.graph),
    ]
    named = [line.partition(": mngraph ")[2] for line in lines if ": mngraph " in line]
    assert len(named) == 3
    for command in named:
        assert str(peels_file) in shlex.split(command)
        assert run(*shlex.split(command)).exit_code == 0


def test_pages_speak_of_the_pack_and_name_it(peels_file: Path, run: Runner) -> None:
    assert run("map", "-g", peels_file, "map.html").exit_code == 0
    assert run("view", "-g", peels_file, "view.html").exit_code == 0
    drawn = Path("map.html").read_text("utf-8")
    assert "What chemical peeling was combined with, by indication" in drawn
    assert "chemical peeling alone" in drawn
    for page in ("map.html", "view.html"):
        text = Path(page).read_text("utf-8")
        assert "The evidence on chemical peels, as an example" in text
        assert "mngraph: the evidence on microneedling" not in text


def test_diff_names_the_study_that_is_missing(peels_file: Path, run: Runner) -> None:
    files = [path for path in (PACK / "studies").iterdir() if path.stem != "pmid-30548170"]
    assert run("build", *files, "-o", "fewer.nq").exit_code == 0
    answer = run("diff", "fewer.nq", peels_file)
    assert "chemical-peels:study/pmid-30548170" in answer.stdout or "Saadawi" in answer.stdout


def test_the_pack_conforms(run: Runner) -> None:
    answer = run("validate", PACK)
    assert answer.exit_code == 0, answer.stdout
    assert "no faults" in answer.stderr


def test_nothing_in_the_package_is_made_for_the_pack() -> None:
    own = [
        concept["id"]
        for path in (PACK / "vocabulary").iterdir()
        for concept in yaml.safe_load(path.read_text("utf-8"))["concepts"]
    ]
    names = [*own, "example.org/chemical-peels", "glycolic", "trichloroacetic", "tca-cross"]
    texts = {path.name: without_docstrings(path) for path in PACKAGE.rglob("*.py")}
    found = [(file, name) for file, text in texts.items() for name in names if name in text]
    assert found == [("packs.py", "example.org/chemical-peels")]  # an example in a message
