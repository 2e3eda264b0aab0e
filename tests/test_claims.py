"""Claims of the release and of made-up records, counted a second time straight from the YAML.

The second count reads records with PyYAML and hierarchies with rdflib, knows nothing of RDF claims,
and follows section by section what docs/decisions/0004-claims.md says.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import rdflib
import yaml
from conftest import sampled
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from madeup import Record, graph_of

from mngraph.store import LocalStore

CHECKOUT = Path(__file__).parents[1]
BASE = "https://w3id.org/mngraph/"
SKOS = rdflib.Namespace("http://www.w3.org/2004/02/skos/core#")
STANCES = ("Supports", "Disputes", "Inconclusive", "MixedStance")


# --- the second count --------------------------------------------------------------------------


@cache
def hierarchy(scheme: str) -> dict[str, set[str]]:
    """Each slug with itself and all that is broader."""
    graph = rdflib.Graph().parse(CHECKOUT / f"ontology/vocabulary/{scheme}.ttl")
    up: dict[str, set[str]] = defaultdict(set)
    for narrow, broad in graph.subject_objects(SKOS.broader):
        up[str(narrow).rpartition("/")[2]].add(str(broad).rpartition("/")[2])

    def climb(slug: str) -> set[str]:
        return {slug}.union(*(climb(above) for above in up[slug]))

    subjects = graph.subjects(SKOS.inScheme)
    return {s: climb(s) for s in {str(x).rpartition("/")[2] for x in subjects}}


@cache
def levels() -> dict[str, int]:
    graph = rdflib.Graph().parse(CHECKOUT / "ontology/vocabulary/design.ttl")
    named = rdflib.URIRef("https://w3id.org/mngraph/ontology#startingLevel")
    pairs = graph.subject_objects(named)
    return {str(s).rpartition("/")[2]: int(str(o)) for s, o in pairs}


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def is_benefit(measure: str, indication: str) -> bool:
    if measure == "pain-score" and "local-anesthesia" not in hierarchy("indication")[indication]:
        return False
    return "safety-outcome" not in hierarchy("measure")[measure]


def combination(arm: Record) -> tuple[str, tuple[str, ...]] | None:
    if "procedure" not in arm:
        return None
    return arm["procedure"], tuple(sorted(arm.get("combined_with", [])))


def slug(procedure: str, modalities: Iterable[str]) -> str:
    return procedure + "".join(
        f"_{'and' if n else 'with'}_{name}" for n, name in enumerate(modalities)
    )


def told(outcome: Record) -> Iterator[tuple[str, str, str]]:
    first, second = outcome["first"], listed(outcome.get("second"))
    direction = outcome.get("direction")
    if direction in ("improved-from-baseline", "no-improvement"):
        stance = "Supports" if direction == "improved-from-baseline" else "Disputes"
        yield from ((arm, "baseline", stance) for arm in [first, *second])
    elif direction in ("no-difference", "mixed"):
        for arm in second:
            yield first, arm, "Inconclusive"
            yield arm, first, "Inconclusive"
        if not second:
            yield first, "baseline", "Inconclusive"
    elif direction:
        good, bad = ("Supports", "Disputes")
        if direction == "favours-second":
            good, bad = bad, good
        for arm in second:
            yield first, arm, good
            yield arm, first, bad


def treatment_lines(record: Record) -> dict[str, dict[str, str]]:
    """Claim slug -> line (study/arm/other) -> stance."""
    arms = {arm["id"]: combination(arm) for arm in record.get("arms", [])}
    says: dict[tuple[str, str], set[str]] = defaultdict(set)
    for indication in record.get("indications", []):
        for outcome in record.get("outcomes", []):
            if not any(is_benefit(m, indication) for m in listed(outcome["measure"])):
                continue
            for arm, other, stance in told(outcome):
                got = arms[arm]
                if got:
                    same = other != "baseline" and arms[other] == got
                    name = f"{slug(*got)}_for_{indication}"
                    line = f"{record['id']}/{arm}/{other}"
                    says[name, line].add("Inconclusive" if same else stance)
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for (name, line), stances in says.items():
        found[name][line] = stances.pop() if len(stances) == 1 else "MixedStance"
    return found


def treats(arm: Record) -> bool:
    given = [*arm.get("combined_with", []), *arm.get("interventions", [])]
    real = [m for m in given if "control-intervention" not in hierarchy("modality")[m]]
    return "procedure" in arm or bool(real) or not given


def safety_lines(record: Record) -> dict[str, dict[str, str]]:
    arms = {arm["id"]: arm for arm in record.get("arms", [])}
    active = [arm for arm in arms.values() if treats(arm)]
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for number, report in enumerate(record.get("adverse_events", []), 1):
        arm = arms.get(report.get("arm", ""))
        if "arm" not in report and len(active) == 1:
            arm = active[0]
        got = combination(arm) if arm else None
        if arm and got:
            name = f"{slug(*got)}_reported_{report['event']}"
            found[name][f"{record['id']}/{arm['id']}/report-{number}"] = ""
    return found


def cohorts(records: list[Record]) -> dict[str, str]:
    """Study -> the smallest id that it is joined with, by widening until nothing changes."""
    near: dict[str, set[str]] = {r["id"]: {r["id"]} for r in records}
    for record in records:
        for other in record.get("same_cohort_as", []):
            near[record["id"]].add(other)
            near.setdefault(other, {other}).add(record["id"])
    while True:
        wider = {s: set().union(*(near[o] for o in group)) for s, group in near.items()}
        if wider == near:
            return {s: min(group) for s, group in near.items()}
        near = wider


def counted(records: list[Record], *, safety: bool) -> dict[str, dict[str, Any]]:
    """Every claim that has evidence, with lines, inherited lines and counts."""
    about, word = ("event", "reported") if safety else ("indication", "for")
    direct: dict[str, dict[str, str]] = defaultdict(dict)
    for record in records:
        for name, found in (safety_lines if safety else treatment_lines)(record).items():
            direct[name] |= found
    inherited: dict[str, dict[str, str]] = defaultdict(dict)
    for name, found in direct.items():
        start, _, end = name.rpartition(f"_{word}_")
        procedure, link, modalities = start.partition("_with_")
        for wider in hierarchy("procedure")[procedure]:
            for broad in hierarchy(about)[end]:
                claim = f"{wider}{link}{modalities}_{word}_{broad}"
                if claim != name:
                    inherited[claim] |= found
    studies, group = {r["id"]: r for r in records}, cohorts(records)
    return {
        name: count(direct.get(name, {}), inherited.get(name, {}), studies, group, safety=safety)
        for name in {*direct, *inherited}
    }


def count(
    direct: dict[str, str], inherited: dict[str, str], studies: dict[str, Record],
    group: dict[str, str], *, safety: bool,
) -> dict[str, Any]:  # fmt: skip
    def is_review(study: str) -> bool:
        return "review" in hierarchy("design")[studies[study].get("design", "other-design")]

    def study_of(line: str) -> str:
        return line.split("/")[0]

    lines = direct | inherited
    primary = {s for s in map(study_of, lines) if not is_review(s)}
    reviews = {s for s in map(study_of, lines) if is_review(s)}
    people = {
        c: max(studies[s].get("participants", 0) for s in primary if group[s] == c)
        for c in {group[s] for s in primary}
    }
    found: dict[str, Any] = {
        "lines": set(direct), "inherited": set(inherited), "studyCount": len(people),
        "directStudyCount": len({group[s] for s in map(study_of, direct) if s in primary}),
        "reviewCount": len({group[s] for s in reviews}), "participantTotal": sum(people.values()),
    }  # fmt: skip
    for name, among in (("bestEvidenceLevel", primary), ("bestReviewLevel", reviews)):
        known = [levels()[d] for s in among if (d := studies[s].get("design")) in levels()]
        if known:
            found[name] = min(known)
    if not safety:
        found |= stance_counts(lines, primary, group, studies)
    return found


def is_randomized(study: Record) -> bool:
    return "randomised-controlled-trial" in hierarchy("design")[study.get("design", "other-design")]


def calls_mixed(study: Record, arm: str, other: str, indication: str) -> bool:
    """Whether the source itself calls a result of two arms mixed."""
    return any(
        outcome.get("direction") == "mixed"
        and {arm, other} <= {outcome["first"], *listed(outcome.get("second"))}
        and any(is_benefit(m, indication) for m in listed(outcome["measure"]))
        for outcome in study.get("outcomes", [])
    )


def stance_counts(
    lines: dict[str, str], primary: set[str], group: dict[str, str], studies: dict[str, Record]
) -> dict[str, int]:
    every = counts_of_cohorts(lines, primary, group, studies)
    trials = {name for name in primary if is_randomized(studies[name])}
    among = counts_of_cohorts(lines, trials, group, studies)
    names = [name for name in every if name not in ("baseline", "sameCombination")]
    return {
        **{f"{name}StudyCount": number for name, number in every.items()},
        "randomizedStudyCount": sum(among.values()),
        **{f"randomized{name.capitalize()}StudyCount": among[name] for name in names},
    }


def counts_of_cohorts(
    lines: dict[str, str], primary: set[str], group: dict[str, str], studies: dict[str, Record]
) -> dict[str, int]:
    names = ("supporting", "disputing", "inconclusive", "mixed")
    counts = dict.fromkeys((*names, "baseline", "sameCombination"), 0)
    inside = {tuple(line.split("/")[:2]) for line in lines}
    by_cohort: dict[str, list[tuple[str, str, str, str]]] = defaultdict(list)
    for line, stance in lines.items():
        study, arm, other = line.split("/")
        if study in primary:
            by_cohort[group[study]].append((study, arm, other, stance))
    for entries in by_cohort.values():
        outside = [e for e in entries if e[2] != "baseline" and (e[0], e[2]) not in inside]
        before = [e for e in entries if e[2] == "baseline"]
        if not outside:
            counts["baseline" if before else "sameCombination"] += 1
            continue
        stances = {stance for *_, stance in outside}
        mixed = any(
            calls_mixed(studies[study], arm, other, indication)
            for study, arm, other, _ in outside
            for indication in studies[study].get("indications", [])
        )
        stance = stances.pop() if len(stances) == 1 else "MixedStance"
        if stance == "Inconclusive" and mixed:
            stance = "MixedStance"
        counts[names[STANCES.index(stance)]] += 1
    return counts


# --- what the graph says -----------------------------------------------------------------------


def in_graph(store: LocalStore, kind: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    query = f"""SELECT ?claim ?p ?value {{ GRAPH graph:claims {{
        ?claim a mn:{kind} .
        {{ ?claim ?p ?value FILTER(?p != mn:inheritedFrom) }}
        UNION {{ ?claim mn:inheritedFrom/mn:hasEvidenceLine ?value
          BIND(mn:inheritedLine AS ?p) }} }}
        FILTER(STRENDS(STR(?p), "Count") || STRENDS(STR(?p), "Total") || STRENDS(STR(?p), "Line")
            || STRENDS(STR(?p), "Level")) }}"""
    for row in store.query(query):
        claim = found.setdefault(row["claim"].value.removeprefix(f"{BASE}claim/"), {})
        name = row["p"].value.rpartition("#")[2]
        if name.endswith("Line"):
            key = "lines" if name == "hasEvidenceLine" else "inherited"
            claim.setdefault(key, set()).add(row["value"].value.partition("/line/")[2])
        else:
            assert name not in claim, f"two values of {name}"
            claim[name] = int(row["value"].value)
    return found


def compare(store: LocalStore, read: list[Record]) -> int:
    """Check every claim of the store against the second count; return how many have evidence."""
    number = 0
    for kind, safety in (("TreatmentClaim", False), ("SafetyClaim", True)):
        expected, found = counted(read, safety=safety), in_graph(store, kind)
        assert set(expected) <= set(found)
        for name, claim in found.items():
            empty = count({}, {}, {}, {}, safety=safety)
            wanted = expected.get(name, empty)
            assert {"lines": set(), "inherited": set(), **claim} == wanted, name
        number += len(expected)
    return number


@pytest.fixture(scope="session")
def release_records() -> list[Record]:
    files = sorted((CHECKOUT / "data/studies").glob("*.yaml"))
    read = [yaml.safe_load(path.read_text("utf-8")) for path in files]
    assert len(read) >= 327
    return read


def test_every_claim_of_the_release_counts_as_its_records_do(
    store: LocalStore, release_records: list[Record]
) -> None:
    assert compare(store, release_records) > 1000


def test_stances_of_lines_are_those_of_the_records(
    store: LocalStore, release_records: list[Record]
) -> None:
    rows = store.query("SELECT ?line ?stance { ?line a mn:EvidenceLine ; mn:stance ?stance }")
    found = {
        row["line"].value.removeprefix(f"{BASE}claim/"): row["stance"].value.rpartition("#")[2]
        for row in rows
    }
    expected = {
        f"{claim}/line/{line}": stance
        for record in release_records
        for claim, lines in treatment_lines(record).items()
        for line, stance in lines.items()
    }
    assert found == expected
    assert set(found.values()) == set(STANCES)


def test_the_stance_counts_of_a_claim_add_up_to_its_studies(store: LocalStore) -> None:
    wrong = store.query("""SELECT ?claim { ?claim mn:studyCount ?all ;
        mn:supportingStudyCount ?s ; mn:disputingStudyCount ?d ; mn:inconclusiveStudyCount ?i ;
        mn:mixedStudyCount ?m ; mn:baselineStudyCount ?b ;
        mn:sameCombinationStudyCount ?c FILTER(?s + ?d + ?i + ?m + ?b + ?c != ?all) }""")
    assert list(wrong) == []


def test_every_line_rests_on_outcomes_or_a_report_of_its_study(store: LocalStore) -> None:
    wrong = store.query("""SELECT ?line { ?line a mn:EvidenceLine ; mn:study ?study
        FILTER NOT EXISTS { ?line prov:wasDerivedFrom ?basis .
            ?study mn:hasOutcome|mn:hasAdverseEventReport ?basis } }""")
    assert list(wrong) == []


def test_harm_and_pain_never_count_for_or_against_a_treatment(store: LocalStore) -> None:
    wrong = list(
        store.query("""SELECT ?line ?measure { ?claim a mn:TreatmentClaim ;
        mn:hasEvidenceLine ?line ; mn:indication ?indication . ?line prov:wasDerivedFrom ?outcome
        FILTER NOT EXISTS { ?outcome mn:measure ?other .
            FILTER NOT EXISTS { ?other skos:broader* measure:safety-outcome }
            FILTER(?other != measure:pain-score || EXISTS {
                ?indication skos:broader* indication:local-anesthesia }) } }""")
    )
    assert wrong == []


def test_labels_and_modalities_follow_the_slugs(store: LocalStore) -> None:
    claim = f"<{BASE}claim/roller-microneedling_with_platelet-rich-plasma_for_acne-scar>"
    (row,) = store.query(f"SELECT ?label ?m {{ {claim} rdfs:label ?label ; mn:combinedWith ?m }}")
    assert row["label"].value == "Roller microneedling with platelet-rich plasma for acne scar"
    assert row["m"].value == f"{BASE}modality/platelet-rich-plasma"
    combined = [
        row["claim"].value
        for row in store.query("SELECT ?claim { ?claim mn:studyCount ?n ; mn:combinedWith ?m }")
    ]
    assert combined
    for iri in combined:
        modalities = iri.partition("_with_")[2].split("_for_")[0].split("_reported_")[0]
        assert modalities.split("_and_") == sorted(modalities.split("_and_"))


def test_claims_hold_no_blank_node(store: LocalStore) -> None:
    blank = store.query(
        "ASK { GRAPH graph:claims { ?s ?p ?o FILTER(isBlank(?s) || isBlank(?o)) } }"
    )
    assert not bool(blank)


# --- made-up records ---------------------------------------------------------------------------

PROCEDURES = ["microneedling", "roller-microneedling", "pen-microneedling", "microneedle-patch"]
MODALITIES = ["platelet-rich-plasma", "minoxidil", "saline-placebo", "no-treatment", "placebo"]
INDICATIONS = ["scar", "acne-scar", "atrophic-acne-scar", "topical-anesthesia"]
MEASURES = ["clinical-response", "pain-score", "downtime", "collagen-deposition", "comfort"]
EVENTS = ["erythema", "prolonged-erythema", "pigmentary-change"]
DESIGNS = ["randomised-controlled-trial", "case-series", "meta-analysis", "other-design"]
DIRECTIONS = ["favours-first", "favours-second", "no-difference", "mixed",
              "improved-from-baseline", "no-improvement", None]  # fmt: skip
NAMES = ["made-up-1", "made-up-2", "made-up-3"]


def some(values: list[str], least: int = 0, most: int = 2) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), min_size=least, max_size=most, unique=True)


@st.composite
def made_up(draw: st.DrawFn, name: str) -> Record:
    arms: list[Record] = []
    for letter in "ABC"[: draw(st.integers(1, 3))]:
        if draw(st.booleans()) or letter == "A":
            arm = {"procedure": draw(st.sampled_from(PROCEDURES))}
            combined = draw(some(MODALITIES))
            arms.append({"id": letter, **arm, **({"combined_with": combined} if combined else {})})
        else:
            given = draw(some(MODALITIES))
            arms.append({"id": letter, **({"interventions": given} if given else {"note": "?"})})
    letters = [arm["id"] for arm in arms]
    outcomes = []
    for number in range(draw(st.integers(0, 3))):
        first, *rest = draw(st.permutations(letters))
        second = rest[: draw(st.integers(0, len(rest)))]
        direction = draw(st.sampled_from(DIRECTIONS))
        if not second and direction in ("favours-first", "favours-second"):
            direction = None
        measures = draw(some(MEASURES, 1))
        outcome: Record = {"measure": measures[0] if len(measures) == 1 else measures}
        outcome |= {"first": first, "note": f"outcome {number}"}
        if second:
            outcome["second"] = second[0] if len(second) == 1 else second
        outcomes.append(outcome | ({"direction": direction} if direction else {}))
    reports = [
        {"event": draw(st.sampled_from(EVENTS)), "note": f"report {number}"}
        | draw(st.sampled_from([{}, {"arm": letters[-1]}]))
        for number in range(draw(st.integers(0, 2)))
    ]
    others = draw(some([n for n in NAMES if n != name], 0, 2))
    record: Record = {"id": name, "design": draw(st.sampled_from(DESIGNS)),
                      "indications": draw(some(INDICATIONS, 1)), "arms": arms}  # fmt: skip
    if draw(st.booleans()):
        record["participants"] = draw(st.integers(1, 99))
    if outcomes:
        record["outcomes"] = outcomes
    if reports:
        record["adverse_events"] = reports
    return record | ({"same_cohort_as": others} if others else {})


ONE_ARM: Record = {"id": "made-up-1", "indications": ["scar"], "design": "case-series", "arms": [
    {"id": "A", "procedure": "microneedling"}, {"id": "B", "interventions": ["no-treatment"]},
], "adverse_events": [{"event": "erythema"}]}  # fmt: skip


@settings(max_examples=len(sampled(range(120), 3)), suppress_health_check=list(HealthCheck))
@given(st.tuples(*(made_up(name) for name in NAMES)))
@example(read=(ONE_ARM,))
def test_made_up_records_count_as_the_second_count_says(
    tmp_path_factory: pytest.TempPathFactory, read: tuple[Record, ...]
) -> None:
    compare(graph_of(list(read), tmp_path_factory.mktemp("records")), list(read))


def test_an_event_without_arm_belongs_to_the_only_treated_arm(tmp_path: Path) -> None:
    store = graph_of([ONE_ARM], tmp_path)
    claim = f"<{BASE}claim/microneedling_reported_erythema>"
    assert bool(
        store.query(f"ASK {{ {claim} mn:hasEvidenceLine/mn:inArm study:made-up-1\\/arm\\/A }}")
    )


def test_an_event_without_arm_is_nobodys_when_two_arms_were_treated(tmp_path: Path) -> None:
    record = {**ONE_ARM, "arms": [{"id": "A", "procedure": "microneedling"},
                                  {"id": "B", "interventions": ["minoxidil"]}]}  # fmt: skip
    store = graph_of([record], tmp_path)
    assert not bool(store.query("ASK { ?claim a mn:SafetyClaim }"))
    assert not bool(store.query("ASK { ?procedure mn:hasReportedEvent ?event }"))


def test_a_placebo_is_no_combination_and_a_control_is_no_subject(tmp_path: Path) -> None:
    arm = {"id": "A", "procedure": "microneedling", "combined_with": ["saline-placebo"]}
    record = {**ONE_ARM, "arms": [arm, {"id": "B", "interventions": ["no-treatment"]}],
              "publication": {"title": "Made up"}}  # fmt: skip
    store = graph_of([record], tmp_path)
    assert not bool(store.query("ASK { ?procedure mn:combinableWith ?modality }"))
    rows = store.query("SELECT ?c { ?publication mn:evaluates ?c } ORDER BY ?c")
    assert [row["c"].value for row in rows] == [
        f"{BASE}indication/scar", f"{BASE}procedure/microneedling"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arm", "other", "kind"),
    [
        ({"combined_with": ["minoxidil"]}, {"procedure": "microneedling"}, "ProcedureAlone"),
        ({"combined_with": ["minoxidil"]},
         {"procedure": "microneedling", "combined_with": ["saline-placebo"]}, "ProcedureAlone"),
        ({"combined_with": ["minoxidil"]}, {"procedure": "microneedle-patch"}, "OtherTreatment"),
        ({"combined_with": ["minoxidil"]}, {"interventions": ["minoxidil"]}, "ModalityAlone"),
        ({"combined_with": ["minoxidil"]},
         {"interventions": ["minoxidil", "sham-procedure"]}, "PlaceboOrSham"),
        ({}, {"procedure": "microneedling", "combined_with": ["minoxidil"]}, "OtherCombination"),
        ({}, {"procedure": "microneedling"}, "SameCombination"),
        ({}, {"interventions": ["no-treatment"]}, "NoTreatment"),
        ({}, {"interventions": ["sham-procedure"]}, "PlaceboOrSham"),
        ({}, {"interventions": ["no-treatment", "vehicle"]}, "PlaceboOrSham"),
        ({}, {"interventions": ["minoxidil", "placebo"]}, "OtherTreatment"),
        ({}, {"note": "not stated"}, "OtherTreatment"),
    ],
)  # fmt: skip
def test_kinds_of_comparators(arm: Record, other: Record, kind: str, tmp_path: Path) -> None:
    arms = [{"id": "A", "procedure": "microneedling", **arm}, {"id": "B", **other}]
    outcome = {"measure": "clinical-response", "first": "A", "second": "B",
               "direction": "favours-first"}  # fmt: skip
    store = graph_of([{**ONE_ARM, "arms": arms, "outcomes": [outcome]}], tmp_path)
    rows = store.query("SELECT ?k { ?l mn:inArm study:made-up-1\\/arm\\/A ; mn:comparatorKind ?k }")
    assert {row["k"].value.rpartition("#")[2] for row in rows} == {kind}
