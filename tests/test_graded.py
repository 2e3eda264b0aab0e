"""Judgments of certainty: people's, and those that reviews state, beside the ceiling of data."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import CHECKOUT, Runner

from mngraph import build, context
from mngraph.appraisal.tools import tools
from mngraph.drawing.answerpage import to_html
from mngraph.drawing.grading import Grading
from mngraph.evidence.weighing import Evidence, evidence
from mngraph.newpack import make_pack
from mngraph.store import LocalStore

EXAMPLES = CHECKOUT / "ontology" / "examples"
CLAIM = "roller-microneedling_with_platelet-rich-plasma_for_atrophic-acne-scar"
FIVE = ("risk-of-bias", "inconsistency", "indirectness", "imprecision", "publication-bias")
CALLED = "Roller microneedling with platelet-rich plasma for atrophic acne scar"


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A pack with a study of 20 people, whose data allow a moderate certainty at most."""
    folder = tmp_path / "demo"
    make_pack(folder, root="microneedling")
    for path in (EXAMPLES / "valid").glob("*.yaml"):
        name = yaml.safe_load(path.read_text("utf-8"))["id"]
        shutil.copy(path, folder / "studies" / f"{name}.yaml")
    (folder / "appraisals").mkdir()
    return folder


def judge(pack: Path, who: str, level: str, **more: Any) -> Path:
    """Write a judgment of the claim; a key that is None is left out."""
    domains = [
        {"domain": word, "judgement": "not-serious", "reason": "Made up."} for word in FIVE[:4]
    ]
    domains.append({"domain": FIVE[4], "judgement": "undetected", "reason": "Made up."})
    data = {
        "id": who, "claim": CLAIM, "tool": "grade", "appraiser": who, "name": f"{who.title()} A",
        "appraised": "2026-11-28", "domains": domains, "overall": level,
    } | more  # fmt: skip
    path = pack / "appraisals" / f"{who}.yaml"
    given = {key: value for key, value in data.items() if value is not None}
    path.write_text(yaml.safe_dump(given, sort_keys=False), "utf-8")
    return path


def built(pack: Path) -> LocalStore:
    store, sources = build.build_graph(build.study_files([pack]))
    assert sources.problems == []
    return store


def asked(store: LocalStore, **more: Any) -> Evidence:
    return evidence(
        store,
        modalities=[context.expand("modality:platelet-rich-plasma")],
        indication=context.expand("indication:acne-scar"),
        **more,
    )


def test_grade_has_five_domains_down_and_three_up() -> None:
    """Guyatt 2011, J Clin Epidemiol 64: five reasons to rate down, three to rate up."""
    domains = tools()["grade"].domains
    assert [each.word for each in domains if not each.is_optional] == list(FIVE)
    assert sum(each.is_optional for each in domains) == 3
    levels = [each.word for each in tools()["grade"].overall]
    assert levels == ["high", "moderate", "low", "very-low"]


# --- the template -----------------------------------------------------------------------------


@pytest.mark.parametrize("words", [("-i", "acne-scar", "-w", "PRP"), ("prp", "acne", "scars")])
def test_a_template_is_for_a_claim_with_what_data_say_beside(
    words: tuple[str, ...], run: Runner
) -> None:
    text = run("appraise", *words, "--tool", "grade").stdout
    assert "claim: needling_with_platelet-rich-plasma_for_acne-scar\n" in text
    assert re.search(r"By data: rated down by one level; \d+ of some 400 participants", text)
    assert "Certainty cannot be higher than moderate" in text
    assert "overall:  # high, moderate, low or very-low" in text


def test_a_template_is_refused_until_it_is_filled_in_and_then_accepted(
    run: Runner, tmp_path: Path
) -> None:
    path = tmp_path / "mine.yaml"
    result = run("appraise", "-i", "melasma", "-w", "vitamin-c", "--tool", "grade", "-o", path)
    assert (result.exit_code, "5 judgments to make" in result.stderr) == (0, True)
    result = run("appraise", "--check", path)
    assert result.exit_code == 1
    assert "`overall` is empty; allowed: high, low, moderate, very-low" in result.stdout
    assert len(re.findall(r"`judgement` is empty; allowed: ", result.stdout)) == 5
    text = path.read_text("utf-8")
    for key, value in {
        "id": "roe", "appraiser": "roe", "name": "Roe R", "appraised": '"2026-11-28"',
        "    reason": "The studies say so.", "overall": "very-low",
    }.items():  # fmt: skip
        text = re.sub(rf"(?m)^{key}:(  #.*)?$", f"{key}: {value}", text)
    text = re.sub(r"(?m)^    judgement:  # undetected.*$", "    judgement: undetected", text)
    text = re.sub(r"(?m)^    judgement:  #.*$", "    judgement: not-serious", text)
    path.write_text(text, "utf-8")
    result = run("appraise", "--check", path)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "1 appraisal: no faults\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--tool", "grade"], "name the claim: mngraph appraise -i acne-scar -w PRP --tool grade"),
        (["-i", "acne-scar", "--tool", "rob2"], "which --tool grade judges"),
        (["-w", "PRP", "--tool", "grade"], "name the claim"),
        (["prp", "--tool", "grade"], "name it with -i"),
        (["-i", "melasma", "-w", "minoxidil", "-w", "botulinum-toxin", "--tool", "grade"],
         "no study is on"),
    ],
)  # fmt: skip
def test_a_wrong_call_is_told_in_one_line(words: list[str], said: str, run: Runner) -> None:
    result = run("appraise", *words)
    assert result.exit_code == 2
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1


# --- in the graph and in answers --------------------------------------------------------------


def test_a_judgment_is_a_graph_of_its_own_with_its_provenance(pack: Path) -> None:
    judge(pack, "roe", "low", orcid="https://orcid.org/0000-0002-1825-0097")
    rows = built(pack).select(
        "SELECT ?g ?who ?day ?claim { GRAPH ?g { ?g a mn:CertaintyAppraisal ; "
        "mn:appraisesClaim ?claim ; prov:wasAttributedTo ?who ; dcterms:created ?day } }"
    )
    (row,) = [tuple(term.value for term in row) for row in rows]
    assert row == (
        f"https://example.org/demo/graph/appraisal/{CLAIM}/roe",
        "https://orcid.org/0000-0002-1825-0097", "2026-11-28",
        f"https://w3id.org/mngraph/claim/{CLAIM}",
    )  # fmt: skip


def test_without_a_judgment_it_is_said_that_nobody_gave_one(pack: Path, run: Runner) -> None:
    found = asked(built(pack))
    assert found.certainty_line.endswith("that are needed). Nobody has judged it.")
    assert [row[-1] for row in found.summary.rows] == ["nobody has judged"]
    text = run("certainty", "-i", "melasma", "-w", "tranexamic-acid").stdout
    assert "Nobody has judged it." in text


def test_a_judgment_is_shown_beside_the_ceiling_in_every_form(pack: Path) -> None:
    domains = [{"domain": word, "judgement": "serious", "reason": "<b>Made up.</b>"}
               for word in FIVE[:4]]  # fmt: skip
    domains.append({"domain": FIVE[4], "judgement": "undetected", "reason": "Made up."})
    judge(pack, "roe", "low", domains=domains, overall_reason="For two reasons.")
    found = asked(built(pack))
    said = f"{CALLED}, all outcomes: judged by Roe A (2026-11-28): low."
    assert said in found.certainty_line
    assert said in " ".join(str(found).split())
    grading = Grading(found)
    assert said in str(grading)
    assert "none is given here" not in str(grading)
    (row,) = csv.DictReader(io.StringIO(grading.to_csv()))
    assert row["judged"] == (
        "judged by Roe A (2026-11-28): low, all outcomes, on roller microneedling with "
        "platelet-rich plasma for atrophic acne scar alone"
    )
    assert row["not_judged"] == "risk of bias"
    plain = json.loads(grading.to_json())["certainty"]
    assert (plain["ceiling"], plain["judged"][0]["level"]) == ("moderate", "low")
    assert plain["judged"][0]["above_ceiling"] is False
    for page in (to_html(found), grading.to_html()):
        assert said in page
        assert "risk of bias across studies: serious (&lt;b&gt;Made up.&lt;/b&gt;)" in page
        assert "publication bias: undetected" not in page


def test_a_judgment_above_the_ceiling_is_kept_and_called_that(pack: Path, run: Runner) -> None:
    path = judge(pack, "roe", "high")
    (one,) = asked(built(pack)).judged
    assert one.is_above
    assert "above the ceiling that data allow for the claim (moderate)" in one.sentence
    result = run("appraise", "--check", path)
    assert result.exit_code == 0
    assert "`overall` is high, above the ceiling" in result.stderr


def test_a_judgment_that_a_review_states_names_the_review(pack: Path) -> None:
    more = {"name": None, "stated_in": "example-split-face", "place": "Table 2"}
    judge(pack, "doe", "low", measure="acne-scar-severity", **more)
    found = asked(built(pack))
    (one,) = found.judged
    assert one.source.startswith("stated in ")
    assert one.source.endswith("(Table 2)")
    assert (one.outcome, one.level) == ("acne scar severity", "low")
    assert ": low, acne scar severity, on roller" in str(found.summary.rows[0][-1])


def test_judgments_stand_side_by_side_on_the_claims_that_a_question_covers(pack: Path) -> None:
    judge(pack, "doe", "very-low")
    judge(pack, "roe", "low")
    store = built(pack)
    assert [one.who for one in asked(store).judged] == ["Doe A", "Roe A"]
    assert asked(store, only=True).judged
    alone = evidence(store, indication=context.expand("indication:acne-scar"), alone=True)
    other = evidence(store, indication=context.expand("indication:melasma"))
    wrong = asked(store, procedure=context.expand("procedure:pen-microneedling"))
    assert (alone.judged, other.judged, wrong.judged) == ((), (), ())


def test_a_judgment_on_the_very_claim_that_is_asked_about_leaves_nothing_open(pack: Path) -> None:
    judge(pack, "roe", "low", claim="microneedling_with_platelet-rich-plasma_for_acne-scar")
    found = asked(built(pack))
    (row,) = [dict(zip(found.summary.columns, row, strict=True)) for row in found.summary.rows]
    assert row["judged"] == "judged by Roe A (2026-11-28): low, all outcomes"
    assert row["not_judged"] == "nothing"


def test_a_build_of_some_studies_leaves_judgments_of_claims_out(pack: Path) -> None:
    judge(pack, "roe", "low")
    store, sources = build.build_graph([pack / "studies" / "example-split-face.yaml"])
    assert sources.problems == []
    assert asked(store).judged == ()


def test_two_judgments_of_one_person_are_refused(pack: Path, run: Runner) -> None:
    judge(pack, "doe", "low", appraiser="roe")
    second = judge(pack, "roe", "moderate")
    result = run("appraise", "--check", pack / "appraisals")
    assert result.exit_code == 1
    assert result.stdout.startswith(f"{second}:4: `roe` has judged this claim with grade already")


def test_the_release_has_no_judgment_of_certainty(store: LocalStore) -> None:
    assert list(store.select("SELECT ?a { ?a mn:appraisesClaim ?claim }")) == []


# --- tools and designs ------------------------------------------------------------------------


def test_a_tool_that_does_not_fit_the_design_is_named_with_those_that_do(
    pack: Path, run: Runner
) -> None:
    """The made-up trial has both sides of the same faces; RoB 2 has a variant for that."""
    result = run("appraise", "pmid-31469914", "--tool", "jbi-case-series")
    assert result.exit_code == 0
    assert "warning: jbi-case-series is not made for this design" in result.stderr
    assert "use rob2" in result.stderr
    assert run("appraise", "pmid-31469914", "--tool", "rob2").stderr == ""
    record = (EXAMPLES / "appraisals" / "valid" / "split-face-roe.yaml").read_text("utf-8")
    other = record.replace("tool: rob2-crossover", "tool: rob2")
    items = other.split("  - domain: ")
    kept = [item for item in items if not item.startswith("period-carryover")]
    path = pack / "appraisals" / "other.yaml"
    path.write_text("  - domain: ".join(kept), "utf-8")
    for command in (("appraise", "--check", path), ("validate", pack)):
        result = run(*command)
        assert result.exit_code == 0
        said = result.stdout + result.stderr
        assert "`rob2` is not made for this design (randomized split-body trial)" in said
        assert "use rob2-crossover" in said
        assert "other.yaml:4: " in said
