"""The annotator: what it reads from abstracts, where, and how well; the command and its page."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from click.testing import CliRunner
from conftest import CHECKOUT
from hypothesis import given, settings
from hypothesis import strategies as st

import mngraph
from mngraph import context
from mngraph.annotation import Annotations, Section, annotate
from mngraph.annotation.document import Document
from mngraph.cli import cli
from mngraph.errors import UsageError

pytest.importorskip("ahocorasick_rs")


def slugs(found: Annotations, kind: str) -> list[str]:
    return [str(value).rpartition("/")[2] for value in found.values(kind)]


def negated(found: Annotations) -> list[str]:
    return [str(f.value).rpartition("/")[2] for f in found.of("adverse-event") if f.negated]


def results(text: str) -> Annotations:
    """Annotate the results of a trial of vitiligo, which no event resembles but pigment."""
    return annotate("Microneedling in vitiligo", [Section("RESULTS", text)])


# --- how well, on abstracts with what a curator would enter -------------------------------------


@pytest.fixture(scope="module")
def measure() -> ModuleType:
    path = CHECKOUT / "benchmarks" / "annotation" / "measure.py"
    spec = importlib.util.spec_from_file_location("measure", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["measure"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("cases", ["development", "held-out"])
def test_the_annotator_reads_as_well_as_it_did(measure: ModuleType, cases: str) -> None:
    found = measure.measured(cases)
    f1 = {name: tally.scores()[2] for name, tally in found.items()}
    assert f1["indications"] >= 0.90
    assert f1["modalities"] >= 0.88
    assert f1["events"] >= 0.85 and f1["absent"] >= 0.85
    assert measure.accuracy(found["design"]) >= 0.90
    assert measure.accuracy(found["participants"]) >= 0.90


def test_the_cases_are_enough_and_a_quarter_of_them_is_kept_aside(measure: ModuleType) -> None:
    aside = measure.cases("held-out")
    made = [case for case in measure.cases("development") if "only" not in case]
    names = [case["id"] for case in (*made, *aside)]
    assert len(names) == len(set(names)) >= 80
    assert len(aside) >= len(names) / 4


def test_each_fact_shows_the_characters_it_was_read_from(measure: ModuleType) -> None:
    for case in measure.cases("development"):
        found = measure.read(case)
        assert found.facts
        for fact in found.facts:
            assert found.sections[fact.section].text[fact.start : fact.end] == fact.text
            assert fact.rule and 0 < fact.confidence <= 1


# --- what is denied, possible, or told of others ------------------------------------------------


@pytest.mark.parametrize(
    ("text", "stated", "denied"),
    [
        ("No scarring, infection or PIH was noted.", [],
         ["scarring", "infection", "post-inflammatory-hyperpigmentation"]),
        ("Erythema occurred, but no bruising.", ["erythema"], ["bruising"]),
        ("Neither oedema nor blistering developed.", [], ["edema", "blistering"]),
        ("Infection and milia were not observed.", [], ["infection", "milia"]),
        ("There were no adverse effects other than transient erythema.", ["erythema"], []),
        ("Erythema did not differ between the groups.", ["erythema"], []),
        ("No scarring was seen, erythema occurred in all.", ["erythema"], ["scarring"]),
        ("Headache may follow.", [], []),
        ("Pain was less after the second session without a significant difference in itching.",
         ["pain", "pruritus"], []),
    ],
)  # fmt: skip
def test_harm_is_told_from_its_absence(text: str, stated: list[str], denied: list[str]) -> None:
    found = results(text)
    assert sorted(slugs(found, "adverse-event")) == sorted(stated)
    assert sorted(negated(found)) == sorted(denied)


def test_what_the_background_names_is_not_the_study() -> None:
    found = annotate(
        "Roller treatment of the scalp",
        "Background: Dermarollers are used for acne scars, and lasers for vitiligo. "
        "Methods: Forty men with androgenetic alopecia used minoxidil after the dermaroller. "
        "Results: Hair counts rose (p = .02).",
    )
    assert slugs(found, "indication") == ["androgenetic-alopecia"]
    assert slugs(found, "modality") == ["minoxidil"]
    aside = {fact.text: fact.hedged for fact in found.of("indication")}
    assert aside["acne scars"] is True and aside["vitiligo"] is True


def test_who_was_left_out_is_not_treated() -> None:
    found = annotate(
        "Microneedling in melasma",
        "Methods: Thirty women with melasma were included; those with vitiligo were excluded. "
        "Patients with a history of psoriasis were not enrolled.",
    )
    assert slugs(found, "indication") == ["melasma"]


def test_a_condition_is_no_side_effect_of_its_own_treatment() -> None:
    found = annotate(
        "Microneedling of acne scars",
        "Results: Scarring improved by two grades in 12 patients. Bruising was seen in three.",
    )
    assert slugs(found, "adverse-event") == ["bruising"]


# --- names --------------------------------------------------------------------------------------


def test_abbreviations_mean_what_the_text_says() -> None:
    told = "Ascorbic acid (AA) was applied. AA was tolerated."
    found = annotate("Microneedling in melasma", [Section("METHODS", told)])
    assert slugs(found, "modality") == ["vitamin-c"]
    assert [fact.text for fact in found.of("modality")] == ["Ascorbic acid", "AA", "AA"]
    assert slugs(found, "indication") == ["melasma"]  # not alopecia areata
    unknown = annotate("A", [Section("METHODS", "Apple allergy (AA) was studied. AA is rare.")])
    assert slugs(unknown, "indication") == []


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("platelet-rich plasma", "platelet-rich-plasma"),
        ("platelet rich plasma", "platelet-rich-plasma"),
        ("Platelet\u2011Rich\u00a0Plasma", "platelet-rich-plasma"),
        ("aluminium chloride", "aluminum-chloride"),
        ("5-aminolaevulinic acid photodynamic therapy", "aminolevulinic-acid-photodynamic-therapy"),
        ("fractional CO2 laser", "fractional-co2-laser"),
    ],
)
def test_names_are_found_however_they_are_spelled(written: str, meant: str) -> None:
    found = annotate("Microneedling in melasma", f"Methods: Women received {written} afterwards.")
    assert slugs(found, "modality") == [meant]


def test_names_end_where_words_end() -> None:
    found = annotate("Harm", "Methods: The psoriasislike scarfing and prpx were seen in that.")
    assert [fact for fact in found.facts if fact.kind in ("indication", "modality")] == []


def test_a_pair_shares_its_last_word() -> None:
    found = annotate("Needling", "Methods: Patients with plantar or palmar warts were included.")
    assert slugs(found, "indication") == ["plantar-wart", "palmar-wart"]


# --- figures ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "enrolled", "completed"),
    [
        ("Of 48 patients enrolled, 42 completed the study.", 48, 42),
        ("Thirty patients (60 sides) were included.", 30, None),
        ("A total of 1,204 women took part.", 1204, None),
        ("Of 140 men screened, 120 were randomized; 112 were analysed.", 120, 112),
        ("Ninety patients were randomised. Six patients withdrew.", 90, 84),
        ("Acne was treated in 20 patients and by laser in 22 patients.", 42, None),
        ("One hundred and five adults were recruited.", 105, None),
        ("Patients aged 18-50 years with grade 3 scars were seen.", None, None),
    ],
)
def test_people_are_counted(text: str, enrolled: int | None, completed: int | None) -> None:
    found = annotate("Microneedling in acne scars", [Section("METHODS", text)])
    assert found.values("enrolled") == ([enrolled] if enrolled else [])
    assert found.values("completed") == ([completed] if completed else [])


def test_figures_of_a_trial_are_read_in_the_units_of_records() -> None:
    found = annotate(
        "Microneedling in acne scars",
        [
            Section("METHODS", "Four sessions with 500 \u03bcm and 1.5-mm needles, 10 days apart."),
            Section("RESULTS", "The odds ratio was 2\u00b797 (95% CI 1.96\u20134.51; P<.001). "
                    "Erythema was seen in 12 of 30 patients (p = 0.2)."),
        ],
    )  # fmt: skip
    assert sorted(found.values("needle-length")) == [0.5, 1.5]
    assert found.values("sessions") == [4] and found.values("interval") == [1.4]
    assert found.values("p-value") == ["<0.001", "0.2"]
    effect = next(found.of("effect"))
    assert (effect.value, effect.details["lower"], effect.details["upper"]) == (2.97, 1.96, 4.51)
    assert effect.details["type"] == "odds-ratio"
    rate = next(found.of("event-rate"))
    assert (rate.details["affected"], rate.details["at_risk"]) == (12, 30)
    assert rate.details["event"].endswith("/event/erythema")


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("The risk difference was", "risk-difference"),
        ("The mean difference was", "mean-difference"),
        ("The standardized mean difference was", "standardised-mean-difference"),
        ("Against a higher odds ratio elsewhere, the hazard ratio was", "hazard-ratio"),
    ],
)
def test_an_effect_has_the_type_that_is_named_last_before_it(words: str, kind: str) -> None:
    found = results(f"{words} 1.4 (95% CI 1.1 to 1.8).")
    assert [fact.details["type"] for fact in found.of("effect")] == [kind]


@pytest.mark.parametrize(
    "text",
    [
        "A survey was answered by 120 patients.",
        "Records of 120 patients were reviewed.",
        "The study was carried out among 120 patients.",
        "Treatment was performed in one hundred and twenty patients.",
    ],
)
def test_people_are_counted_by_all_words_of_a_rule(text: str) -> None:
    found = annotate("Microneedling in scars", [Section("METHODS", text)])
    assert [fact.rule for fact in found.of("enrolled")] == ["enrolled-before"]


@pytest.mark.parametrize(
    ("label", "role"),
    [
        ("Background", "background"), ("Importance", "background"), ("Objectives", "aim"),
        ("Purpose", "aim"), ("Patients and methods", "methods"), ("INTERVENTIONS", "methods"),
        ("Findings", "results"), ("CONCLUSION", "conclusions"), ("Discussion", "conclusions"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("mark", ["", ":", "."])
def test_labels_without_a_mark_are_seen(label: str, role: str, mark: str) -> None:
    text = f"Needles are small. {label}{mark} They are long."
    sentences = Document([Section("TITLE", "Needles"), Section("", text)]).sentences
    assert role in [sentence.role for sentence in sentences[2:]]


def test_arms_are_told_apart() -> None:
    found = annotate(
        "Vitiligo",
        "Methods: Group A had microneedling with 5-fluorouracil, group B had tacrolimus alone.",
    )
    first, second = found.of("arm")
    assert first.details["procedure"].endswith("/microneedling")
    assert [each.rpartition("/")[2] for each in first.details["combined_with"]] == ["fluorouracil"]
    assert "procedure" not in second.details
    assert [each.rpartition("/")[2] for each in second.details["interventions"]] == ["tacrolimus"]


@pytest.mark.parametrize(
    ("title", "abstract", "types", "design"),
    [
        ("PRP in scars", "Methods: 30 patients were treated.", ["Randomized Controlled Trial"],
         "randomised-controlled-trial"),
        ("A split-face trial", "Methods: Sides were chosen by a coin toss in 20 women.", [],
         "randomised-split-body-trial"),
        ("Needling", "Methods: In a non-randomised comparison, 40 patients had laser or rollers.",
         [], "non-randomised-controlled-trial"),
        ("Melasma", "Methods: PubMed and Embase were searched. Results: 14 RCTs (n = 612) were "
         "included in a random-effects model.", [], "meta-analysis"),
        ("Scars", "Methods: A retrospective chart review of 40 patients. Conclusion: Randomized "
         "trials are needed.", [], "case-series"),
        ("A rash", "A 34-year-old woman presented with a rash after needling.", ["Case Reports"],
         "case-report"),
        ("Microneedling: a review", "This review covers devices.", ["Review"], "narrative-review"),
    ],
)  # fmt: skip
def test_designs_are_told_apart(title: str, abstract: str, types: list[str], design: str) -> None:
    assert slugs(annotate(title, abstract, types), "design") == [design]


def test_sections_of_pubmed_say_what_they_tell() -> None:
    """An NlmCategory tells the role of a section whose label says nothing."""
    parts = [Section("WHY", "Lasers treat rosacea.", "BACKGROUND"),
             Section("HOW", "Ten women with melasma had microneedling.", "METHODS")]  # fmt: skip
    assert slugs(annotate("A study", parts), "indication") == ["melasma"]


# --- hostile and unexpected text ----------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=400), st.lists(st.sampled_from(
    ["no", "PRP (", "acne scars", "30 patients", "(n = 3)", "\n", ". ", "95% CI 1 to 2", "\u0130",
     "group A", "METHODS:", "\u200f", "every 2 weeks", "\x00", "1/2"]), max_size=30))  # fmt: skip
def test_any_text_is_read_without_an_error(noise: str, words: list[str]) -> None:
    found = annotate(noise, f"{noise} {' '.join(words)}")
    for fact in found.facts:
        assert found.sections[fact.section].text[fact.start : fact.end] == fact.text


@pytest.mark.parametrize(
    "piece",
    ["no scar or ", "PRP (A) ", "\n", "1 ", "of 30 ", "(n = 1) ", "95% CI 1 to 2 (", "9 men (a) "],
)
def test_long_texts_of_one_kind_come_to_an_end(piece: str) -> None:
    assert annotate("t", piece * (50_000 // len(piece))).sections


def test_nothing_at_all_is_no_error() -> None:
    assert annotate("", "").facts == ()


def test_the_same_text_gives_the_same_bytes(tmp_path: Path) -> None:
    text = tmp_path / "abstract.txt"
    text.write_text("Dermaroller, PRP or laser in scars\n30 patients had PRP, laser, or both.\n")
    answers = {
        subprocess.run(
            [sys.executable, "-m", "mngraph", "annotate", str(text), "-f", "json"],
            env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, check=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(answers) == 1


# --- the command, the page, and annotators of others --------------------------------------------


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "abstract.txt"
    path.write_text(
        "Roller and PRP in acne scars <script>alert(1)</script>\n"
        "Results: Erythema was seen in 3/30 patients, but no scarring.\n"
    )
    return path


def run(*words: object, stdin: str | None = None) -> Any:
    return CliRunner().invoke(cli, ["annotate", *map(str, words)], input=stdin)


def test_the_command_writes_what_the_function_finds(text: Path) -> None:
    answer = run(text, "-f", "json")
    assert answer.exit_code == 0
    (publication,) = json.loads(answer.stdout)
    title, _, abstract = text.read_text().partition("\n")
    expected = mngraph.annotate(title, abstract.strip())
    assert publication["facts"] == [fact.as_dict() for fact in expected.facts]
    rows = run(text, "-f", "csv", "--stated", "-k", "adverse-event").stdout.splitlines()
    assert len(rows) == 2 and ",erythema,stated,Erythema," in rows[1]
    lines = run("-", "-f", "jsonl", stdin=text.read_text()).stdout.splitlines()
    assert json.loads(lines[0])["facts"] == publication["facts"]


def test_the_command_reads_exports() -> None:
    path = CHECKOUT / "tests" / "data" / "sources" / "fictitious.xml"
    answer = run(path, "-f", "jsonl")
    assert answer.exit_code == 0
    found = [json.loads(line) for line in answer.stdout.splitlines()]
    assert found and all(each["publication"].startswith("PMID ") for each in found)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((), 2, "name a file"),
        (("missing.txt",), 3, "missing.txt"),
        (("TEXT", "-k", "adverse-evnt"), 2, "did you mean 'adverse-event'?"),
        (("TEXT", "--annotator", "ruels"), 2, "did you mean 'rules'?"),
        (("TEXT", "-o", "x.docx"), 2, ".docx"),
    ],
)
def test_errors_say_what_to_do(text: Path, words: tuple[str, ...], code: int, said: str) -> None:
    answer = run(*(text if word == "TEXT" else word for word in words))
    assert answer.exit_code == code
    assert said in answer.stderr and answer.stderr.startswith("error: ")
    assert answer.stdout == ""


def test_an_empty_text_and_one_that_is_no_text_are_refused(tmp_path: Path) -> None:
    for name, content, said in (("empty.txt", b" \n", "empty"), ("odd.txt", b"\xff\xfea", "UTF-8")):
        path = tmp_path / name
        path.write_bytes(content)
        answer = run(path)
        assert answer.exit_code == 3 and said in answer.stderr


def test_the_page_marks_what_was_found_and_runs_nothing(text: Path, tmp_path: Path) -> None:
    target = tmp_path / "page.html"
    assert run(text, "-o", target).exit_code == 0
    page = target.read_text("utf-8")
    assert '<mark class="indication stated"' in page and ">acne scars</mark>" in page
    assert '<mark class="adverse-event negated"' in page
    assert "<script" not in page and "&lt;script&gt;" in page
    assert "http://" not in page.replace("http://www.w3.org", "")


PLUGIN = """
from mngraph.annotation import Fact

def right(sections, types):
    yield Fact("indication", "made-up", sections[0].text[:3], 0, 0, 3, rule="model")

def wrong(sections, types):
    yield Fact("indication", "made-up", "elsewhere", 0, 0, 3)
"""


def test_another_package_can_bring_an_annotator(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mn_made_up.py").write_text(PLUGIN)
    info = tmp_path / "mn_made_up-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: mn-made-up\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[mngraph.annotators]\nright = mn_made_up:right\nwrong = mn_made_up:wrong\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    assert [f.text for f in annotate("Abc", "", annotator="right").facts] == ["Abc"]
    with pytest.raises(UsageError, match="'elsewhere'"):
        annotate("Abc", "", annotator="wrong")


def test_no_name_begins_in_the_title_and_ends_in_the_abstract() -> None:
    found = annotate("Microneedling in acne", "Scars of 20 patients were treated with needling.")
    assert context.expand("indication:acne-scar") not in {fact.value for fact in found.facts}
    for fact in found.facts:
        assert found.sections[fact.section].text[fact.start : fact.end] == fact.text
