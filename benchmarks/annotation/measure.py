"""How well the annotator reads abstracts: precision, recall and F1 for each field.

    python benchmarks/annotation/measure.py            # the cases that the rules were made with
    python benchmarks/annotation/measure.py --held-out # the cases that were kept aside
    python benchmarks/annotation/measure.py --errors   # also what was missed and what was wrong

The cases stand in gold/: made-up abstracts with what a curator would enter. Values of fields are
compared as sets, case by case; the intervals are 95% bootstrap intervals over cases (2,000 samples,
a fixed seed). A field with one value a case (design, participants) is right or wrong.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from mngraph.annotation import Annotations, annotate

GOLD = Path(__file__).parent / "gold"
SETS = {
    "development": [
        "development.yaml",
        "development-2.yaml",
        "development-3.yaml",
        "development-4.yaml",
        "development-5.yaml",
        "development-6.yaml",
        "development-7.yaml",
    ],
    "held-out": ["held-out.yaml", "held-out-2.yaml", "held-out-3.yaml"],
}
CONCEPTS = {"indications": "indication", "procedures": "procedure", "modalities": "modality",
            "events": "adverse-event"}  # fmt: skip
NUMBERS = {
    "needle_length_mm": "needle-length",
    "sessions": "sessions",
    "interval_weeks": "interval",
}
SINGLE = {"participants": "enrolled", "completed": "completed",
          "included_studies": "included-studies", "blinding": "blinding"}  # fmt: skip
SAMPLES = 2000
WIDTHS = (7, 11, 9, 8, 15, 8)


@dataclass
class Tally:
    """True positives, false positives and false negatives of a field, case by case."""

    cases: list[tuple[int, int, int]] = field(default_factory=list)

    def scores(self, cases: list[tuple[int, int, int]] | None = None) -> tuple[float, float, float]:
        """Return precision, recall and F1 over all values (micro)."""
        right, wrong, missed = map(sum, zip(*(cases or self.cases), strict=True))
        precision = right / (right + wrong) if right + wrong else 1.0
        recall = right / (right + missed) if right + missed else 1.0
        return precision, recall, 2 * right / max(2 * right + wrong + missed, 1)

    @property
    def interval(self) -> tuple[float, float]:
        """The 95% bootstrap interval of F1 over cases."""
        draw = random.Random(20261128)
        values = sorted(
            self.scores(draw.choices(self.cases, k=len(self.cases)))[2] for _ in range(SAMPLES)
        )
        return values[int(0.025 * SAMPLES)], values[int(0.975 * SAMPLES) - 1]


def cases(name: str) -> list[dict[str, Any]]:
    """Return the cases of a set."""
    found: list[dict[str, Any]] = []
    for file in SETS[name]:
        if (GOLD / file).exists():
            found += yaml.safe_load((GOLD / file).read_text("utf-8"))
    return found


def read(case: dict[str, Any]) -> Annotations:
    """Annotate a case."""
    return annotate(case["title"], case["abstract"], case.get("publication_types", ()))


def slug(iri: object) -> str:
    return str(iri).rpartition("/")[2]


def found_in(found: Annotations) -> dict[str, set[Any]]:
    """Return what the annotator found, in the form of the labels."""
    values: dict[str, set[Any]] = {
        name: {slug(value) for value in found.values(kind)} for name, kind in CONCEPTS.items()
    }
    values["absent"] = {
        slug(f.value) for f in found.of("adverse-event") if f.negated and not f.hedged
    } - values["events"]
    values |= {name: set(map(float, found.values(kind))) for name, kind in NUMBERS.items()}
    for name, kind in SINGLE.items():
        values[name] = set(found.values(kind)[:1])
    values["design"] = {slug(value) for value in found.values("design")}
    values["split_body"] = {True for _ in found.values("split-body")}
    values["no_adverse_events"] = {True for _ in found.values("no-adverse-events")}
    values["p_values"] = set(found.values("p-value"))
    values["counts"] = set(found.values("event-rate"))
    values["effects"] = {
        (f.details["type"], float(f.value), float(f.details["lower"]), float(f.details["upper"]))
        for f in found.of("effect")
    }
    return values


def expected_in(labels: dict[str, Any]) -> dict[str, set[Any]]:
    """Return the labels as sets."""
    values: dict[str, set[Any]] = {
        name: set(labels.get(name, ())) for name in (*CONCEPTS, "absent", "counts")
    }
    values |= {name: set(map(float, labels.get(name, ()))) for name in NUMBERS}
    for name in (*SINGLE, "design", "split_body", "no_adverse_events"):
        values[name] = {labels[name]} if name in labels else set()
    values["p_values"] = {text.removeprefix("=") for text in labels.get("p_values", ())}
    values["effects"] = {
        (e["type"], float(e["value"]), float(e["lower"]), float(e["upper"]))
        for e in labels.get("effects", ())
    }
    return values


def differences(case: dict[str, Any]) -> Iterator[tuple[str, set[Any], set[Any], set[Any]]]:
    """Yield for each field what is right, wrong and missed in a case."""
    expected, found = expected_in(case["labels"]), found_in(read(case))
    for name, values in expected.items():
        if name not in case.get("only", expected):
            continue
        yield name, values & found[name], found[name] - values, values - found[name]


def measured(name: str, *, errors: bool = False) -> dict[str, Tally]:
    """Return the tallies of a set, and print the errors if they are asked for."""
    tallies: dict[str, Tally] = {}
    for case in cases(name):
        for field_name, right, wrong, missed in differences(case):
            tally = tallies.setdefault(field_name, Tally())
            tally.cases.append((len(right), len(wrong), len(missed)))
            if errors and (wrong or missed):
                print(case["id"], field_name, "wrong:", sorted(map(str, wrong)), "missed:",
                      sorted(map(str, missed)))  # fmt: skip
    return tallies


def accuracy(tally: Tally) -> float:
    """Return the share of cases with a value, or with one that is wrong, that are right."""
    told = [case for case in tally.cases if any(case)]
    return sum(case[0] > 0 and not case[1] and not case[2] for case in told) / len(told)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--held-out", action="store_true", help="the cases that were kept aside")
    options.add_argument("--errors", action="store_true", help="print each error")
    given = options.parse_args()
    name = "held-out" if given.held_out else "development"
    tallies = measured(name, errors=given.errors)
    print(f"{len(cases(name))} cases ({name})")
    names = ("values", "precision", "recall", "F1", "95% CI", "exact")
    print("field".ljust(20) + "".join(n.rjust(w) for n, w in zip(names, WIDTHS, strict=True)))
    for field_name, tally in tallies.items():
        precision, recall, f1 = tally.scores()
        low, high = tally.interval
        count = sum(right + missed for right, _, missed in tally.cases)
        print(f"{field_name:<20}{count:>7}{precision:>11.3f}{recall:>9.3f}{f1:>8.3f}"
              f"{low:>9.3f}-{high:.3f}{accuracy(tally):>8.3f}")  # fmt: skip


if __name__ == "__main__":
    main()
