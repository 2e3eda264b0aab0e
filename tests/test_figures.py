"""Plots of a synthesis without averages: what they draw, what they say, and what they refuse."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from conftest import Runner
from madeup import Record, graph_of, trial

import mngraph
from mngraph import context
from mngraph.cli.evidence import PLOTS
from mngraph.drawing.compared import AGAINST, CONFLICT, FAVORS, NONE, compared
from mngraph.drawing.figure import KINDS, Figure
from mngraph.errors import UsageError
from mngraph.evidence.weighing import Evidence, evidence

NO_GRADE = re.compile(r"\b(very low|low|moderate|high)[- ](certainty|quality)\b", re.I)


def outcome(direction: str, measure: str = "masi", **more: Any) -> Record:
    return {"measure": measure, "first": "A", "second": "B", "direction": direction, **more}


def answer(folder: Path, *records: Record, indication: str = "acne-scar") -> Evidence:
    return evidence(
        graph_of(list(records), folder),
        indication=context.expand(f"indication:{indication}"),
        modalities=[context.expand("modality:platelet-rich-plasma")],
    )


def one(number: int, *outcomes: Record, **more: Any) -> Record:
    return trial(number, None, outcomes=list(outcomes), **more)


# --- what is drawn --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ways", "direction"),
    [
        (["favours-first"], FAVORS),
        (["favours-first"] * 7 + ["no-difference"] * 3, FAVORS),
        (["favours-first"] * 2 + ["no-difference"], CONFLICT),
        (["favours-second"] * 3 + ["favours-first"], AGAINST),
        (["no-difference"], NONE),
        (["favours-first", "favours-second"], CONFLICT),
        (["mixed"], CONFLICT),
    ],
)
def test_seventy_percent_of_results_make_a_direction(
    ways: list[str], direction: str, tmp_path: Path
) -> None:
    results = [outcome(way, note=f"result {n}") for n, way in enumerate(ways)]
    (found,) = compared(answer(tmp_path, one(1, *results)))
    assert found.direction == direction


def test_each_kind_of_outcome_has_a_direction_of_its_own(tmp_path: Path) -> None:
    record = one(1, outcome("favours-first"), outcome("no-difference", "patient-satisfaction"))
    (found,) = compared(answer(tmp_path, record))
    assert found.directions == {
        "pigmentation outcome": (FAVORS, 1), "patient-reported outcome": (NONE, 1),
    }  # fmt: skip


def test_reviews_and_second_reports_of_one_cohort_are_no_studies_of_their_own(
    tmp_path: Path,
) -> None:
    found = compared(
        answer(
            tmp_path,
            one(1, outcome("favours-first")),
            one(2, outcome("favours-first"), same_cohort_as=["pmid-1"]),
            one(3, outcome("favours-first"), design="meta-analysis"),
        )
    )
    assert len(found) == 1


@pytest.mark.parametrize(
    ("more", "missing"),
    [
        ({}, "no p value"),
        ({"p_value": ">0.05"}, "p value without an upper limit"),
        ({"p_value": "0.3", "direction": "no-difference"}, "no direction"),
    ],
)
def test_a_study_that_the_albatross_plot_leaves_out_says_why(
    more: dict[str, str], missing: str, tmp_path: Path
) -> None:
    drawn = one(1, outcome("favours-first", p_value="0.01"))
    plot = Figure(answer(tmp_path, drawn, one(2, outcome("favours-first") | more)), "albatross")
    assert plot.plan is not None
    assert f"Not drawn: 1 study, {missing} (1)." in plot.plan.notes


def test_the_albatross_plot_places_a_study_by_p_value_and_side(tmp_path: Path) -> None:
    """0.001 is half the way from 1 to 0.000001 on the logarithmic axis."""
    plot = Figure(
        answer(
            tmp_path,
            one(1, outcome("favours-first", p_value="0.001")),
            one(
                2,
                outcome("favours-second", p_value="<0.05"),
                design="non-randomised-split-body-trial",
            ),
        ),
        "albatross",
    )
    assert plot.plan is not None
    values = plot.plan.values
    first, second = values["points"]
    middle, right = values["middle"], values["right"]
    assert first["x"] == pytest.approx((middle + right) / 2)
    assert (first["bounded"], first["square"]) == (False, False)
    assert second["x"] < middle
    assert (second["bounded"], second["square"], second["toward"]) == (True, True, -1)


def test_the_sign_test_counts_studies_with_a_direction(tmp_path: Path) -> None:
    """Six of six: 2 / 2^6 = 0.03125, as in the Cochrane Handbook's form of the test."""
    records = [one(n, outcome("favours-first")) for n in range(1, 7)]
    plot = Figure(answer(tmp_path, *records, one(7, outcome("no-difference"))), "direction")
    assert plot.plan is not None
    assert plot.plan.notes[0].startswith("Sign test: 6 of 6 studies favor it, 100% (95% CI 61% to")
    assert "two-sided p 0.031" in plot.plan.notes[0]
    assert "1 study without one direction left out." in plot.plan.notes[0]


def test_combined_p_values_are_those_of_fisher_and_stouffer(tmp_path: Path) -> None:
    """scipy.stats.combine_pvalues of the one-sided 0.01 and 0.02, both in favor."""
    stats = pytest.importorskip("scipy.stats")
    records = [one(n, outcome("favours-first", p_value=p), participants=30)
               for n, p in ((1, "0.02"), (2, "0.04"))]  # fmt: skip
    plot = Figure(answer(tmp_path, *records), "albatross")
    assert plot.plan is not None
    by_fisher = stats.combine_pvalues([0.01, 0.02], "fisher").pvalue
    by_stouffer = stats.combine_pvalues([0.01, 0.02], "stouffer").pvalue
    assert f"{by_fisher:.2g} by Fisher's" in plot.plan.notes[0]
    assert f"{by_stouffer:.2g} by Stouffer's" in plot.plan.notes[0]


def test_the_harvest_plot_has_a_bar_for_each_study(tmp_path: Path) -> None:
    records = [
        one(1, outcome("favours-first")), one(2, outcome("favours-second")),
        one(3, outcome("no-difference"), design="non-randomised-split-body-trial"),
    ]  # fmt: skip
    plot = Figure(answer(tmp_path, *records), "harvest")
    assert plot.plan is not None
    bars = {column["name"]: column["bars"] for column in plot.plan.values["columns"]}
    assert [len(bars[name]) for name in bars] == [1, 1, 1]
    (hollow,) = bars["no difference or conflicting"]
    assert (hollow["hollow"], hollow["tall"]) == (True, 100)


def test_a_funnel_plot_tests_ten_effects(tmp_path: Path) -> None:
    def effect(number: int) -> Record:
        value = round(0.2 + 0.1 * (number % 4), 2)
        half = round(0.2 + 0.05 * number, 2)
        return {"type": "standardised-mean-difference", "value": value,
                "lower": round(value - half, 2), "upper": round(value + half, 2)}  # fmt: skip

    records = [one(n, outcome("favours-first", effect=effect(n))) for n in range(1, 11)]
    plot = Figure(answer(tmp_path, *records), "funnel")
    assert plot.plan is not None
    assert len(plot.plan.values["points"]) == 10
    assert plot.plan.notes[0].startswith("Egger's test of 10 effects: slope")
    with pytest.raises(UsageError, match=r"needs 10 comparable effects: .* at most 9"):
        Figure(answer(tmp_path, *records[:9]), "funnel")


# --- what is refused ------------------------------------------------------------------------------


def test_nothing_to_draw_says_what_is_missing(tmp_path: Path) -> None:
    found = answer(tmp_path, one(1, outcome("favours-first")), indication="vitiligo")
    for kind in ("direction", "harvest", "albatross"):
        with pytest.raises(UsageError, match="nothing to draw"):
            Figure(found, kind)
    with pytest.raises(UsageError, match="no plot is called 'pie': there are forest, direction"):
        Figure(found, "pie")


def test_a_plot_of_directions_is_about_a_treatment() -> None:
    found = mngraph.load().evidence(event="erythema")
    with pytest.raises(UsageError, match="leave the event out"):
        found.plot("direction")


# --- files ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def melasma() -> Any:
    return mngraph.load().evidence(indication="melasma", combined_with="tranexamic acid")


@pytest.mark.parametrize("kind", ["direction", "albatross", "harvest"])
def test_a_plot_is_the_same_each_time_and_gives_no_grade(kind: str, melasma: Any) -> None:
    plot = melasma.plot(kind)
    assert plot.to_svg() == melasma.plot(kind).to_svg()
    for text in (plot.to_svg(), plot.to_html()):
        assert not NO_GRADE.search(text)
        assert "Study quality has not been assessed." in text
    assert plot.to_html().count("<svg") == 1
    assert "What it does and does not say" in plot.to_html()


@pytest.mark.parametrize("kind", ["direction", "albatross", "harvest"])
def test_hostile_names_are_text(kind: str, tmp_path: Path) -> None:
    record = one(1, outcome("favours-first", p_value="0.01"))
    record["publication"]["authors"] = ["<script>alert(1)</script> A"]
    plot = Figure(answer(tmp_path, record), kind)
    for text in (plot.to_svg(), plot.to_html()):
        assert "<script" not in text
        assert "&lt;script" in text


def test_png_has_the_light_colors(melasma: Any, tmp_path: Path) -> None:
    pytest.importorskip("cairosvg")
    path = melasma.plot("harvest").save(tmp_path / "a.png")
    assert path.read_bytes().startswith(b"\x89PNG")


def test_the_command_knows_every_kind() -> None:
    assert PLOTS == KINDS


def test_the_command_draws_several_plots(run: Runner, tmp_path: Path) -> None:
    asked = ("evidence", "-i", "melasma", "-w", "tranexamic-acid", "-o", "a.json")
    result = run(*asked, "--plot", "direction", "--plot", "harvest:h.html", "--plot", "f.svg")
    assert result.exit_code == 0
    assert "direction.svg: direction plot of needling with tranexamic acid" in result.stderr
    assert (tmp_path / "direction.svg").read_text("utf-8").startswith("<svg")
    assert (tmp_path / "h.html").read_text("utf-8").startswith("<!doctype html>")
    assert "Forest plot" in (tmp_path / "f.svg").read_text("utf-8")
