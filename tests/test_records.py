"""Records: what the context lets in, what it refuses with file and line, and the way back."""

from __future__ import annotations

import copy
import json
import re
import string
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mngraph import build, context, records, restoring, vocabularies, yamlfile
from mngraph.errors import RecordError

GOOD: dict[str, Any] = {
    "id": "pmid-1",
    "publication": {
        "pmid": "1",
        "title": "A trial",
        "authors": ["Zed A", "Ant B"],
        "issued": "2019",
    },
    "design": "randomised-split-body-trial",
    "participants": 30,
    "indications": ["acne-scar"],
    "arms": [
        {
            "id": "A",
            "procedure": "roller-microneedling",
            "combined_with": ["platelet-rich-plasma"],
            "needle_length_mm": [1.5],
            "sessions": 4,
        },
        {"id": "B", "procedure": "roller-microneedling"},
    ],
    "outcomes": [
        {
            "measure": "acne-scar-severity",
            "first": "A",
            "second": "B",
            "direction": "favours-first",
            "effect": {"type": "odds-ratio", "value": 2.97, "lower": 1.96, "upper": 4.51},
            "p_value": "<0.001",
        },
    ],
    "adverse_events": [{"event": "erythema", "arm": "A", "affected": 3, "at_risk": 30}],
    "curation": {"source": "https://example.org/1", "seen": "abstract", "curated": "2026-11-22"},
}


def check(data: Any) -> records.Record:
    text = yamlfile.write_yaml(data)
    parsed, lines = yamlfile.parse_yaml(text, "x.yaml")
    return records.check_record(parsed, lines, Path("x.yaml"), vocabularies.shared())


def with_value(*path: Any) -> dict[str, Any]:
    """Return the good record with one value put at a path of keys."""
    data = copy.deepcopy(GOOD)
    *steps, last, value = path
    node: Any = data
    for step in steps:
        node = node[step]
    node[last] = value
    return data


@pytest.mark.parametrize("text", ["id: a\n\ttitle: b\n", "id: a\nlist:\n\t- b\n"])
def test_a_tab_is_called_a_tab(text: str, tmp_path: Path) -> None:
    path = tmp_path / "tab.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(RecordError, match="the line is indented with a tab: use spaces"):
        yamlfile.read_yaml(path)


def test_a_record_becomes_the_quads_that_the_design_promises() -> None:
    quads = {str(q.triple) for q in records.record_quads(check(GOOD))}
    study, mn = "<https://w3id.org/mngraph/study/pmid-1", "<https://w3id.org/mngraph/ontology#"
    decimal = '"^^<http://www.w3.org/2001/XMLSchema#decimal>'
    assert {
        f"{study}> {mn}hasArm> {study}/arm/A>",
        f"{study}/arm/A> {mn}procedure> <https://w3id.org/mngraph/procedure/roller-microneedling>",
        f'{study}/arm/A> {mn}needleLengthMm> "1.5{decimal}',
        f"{study}/outcome/1> {mn}firstArm> {study}/arm/A>",
        f"{study}/outcome/1> {mn}direction> {mn}FavoursFirst>",
        f'{study}/outcome/1> {mn}effectValue> "2.97{decimal}',
        f"{study}/adverse-event/1> {mn}event> <https://w3id.org/mngraph/event/erythema>",
    } <= quads
    assert not any("_:" in quad for quad in quads)
    assert {q.graph_name.value for q in records.record_quads(check(GOOD))} == {
        "https://w3id.org/mngraph/graph/study/pmid-1"
    }


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (with_value("indications", ["acne-skar"]), "did you mean `acne-scar`?"),
        (with_value("sesions", 4), "unknown key `sesions`"),
        (with_value("arms", 0, "sesions", 4), "did you mean `sessions`?"),
        (with_value("outcomes", 0, "second", "C"), "`C` is not defined in this record"),
        (with_value("adverse_events", 0, "arm", "Z"), "`Z` is not defined in this record"),
        (with_value("arms", 1, "id", "A"), "duplicate id `A`, first used on line"),
        (with_value("participants", "thirty"), "expects a whole number"),
        (with_value("participants", True), "expects a whole number"),
        (with_value("publication", "issued", 2019), "expects text, not 2019; put it in quotes"),
        (with_value("participants", 10**23), "`participants` is larger than 9,223,372"),
        (with_value("participants", 2**63), "`participants` is larger than 9,223,372"),
        (with_value("outcomes", 0, "effect", "value", 1e30), "`value` is larger than"),
        (with_value("outcomes", 0, "effect", "value", 1e-30), "more than 18 digits"),
        (with_value("arms", 0, "needle_length_mm", ["1.5 mm"]), "expects a number"),
        (with_value("arms", 0, "needle_length_mm", 1.5), "expects a list"),
        (with_value("outcomes", 0, "direction", "favours-A"), "did you mean `favours-first`?"),
        (with_value("outcomes", 0, "effect", "value", "big"), "expects a number"),
        (with_value("outcomes", 0, "value", 3), "unknown key `value`"),
        (
            with_value("design", "split-face-trial"),
            "did you mean `non-randomised-split-body-trial`, `randomised-split-body-trial` or "
            "`split-body-trial-allocation-not-stated`?",
        ),
        (with_value("sample_size", 44), "participants, publication"),
        (with_value("design", "rct"), "did you mean `randomised-controlled-trial`?"),
        (with_value("arms", 0, "combined_with", ["TXA"]), "did you mean `tranexamic-acid`?"),
        (with_value("adverse_events", 0, "event", "acne-scar"), "`acne-scar`: it is an indication"),
        (
            with_value("arms", 0, "combined_with", ["quantum-gel"]),
            "mngraph search 'quantum gel' -k modality, or add a concept to a pack (docs/guide/evi",
        ),
        (with_value("curation", "source", "somewhere"), "web address like https://doi.org/"),
        ({key: value for key, value in GOOD.items() if key != "id"}, "`id` is missing"),
        (with_value("curation", "curated", "22.11.2026"), "expects a date"),
        (with_value("summary", None), "is empty"),
        (with_value("arms", 0, "combined_with", []), "is empty"),
        (with_value("publication", "a title"), "expects keys and values"),
        (with_value("summary", "bell \x07"), "control character U+0007"),
        (with_value("id", "../x"), "`id` must be"),
        (with_value("@id", "x"), "unknown key `@id`"),
    ],
)
def test_what_does_not_fit_is_said_with_its_line(data: Any, said: str) -> None:
    record = check(data)
    assert said in " ".join(problem.reason for problem in record.problems)
    assert all(problem.line > 0 for problem in record.problems)


def test_the_largest_whole_number_is_kept() -> None:
    record = check(with_value("included_studies", 2**63 - 1))
    assert record.problems == []
    back = restoring.quads_record(records.record_quads(record), f"{context.BASE}study/pmid-1")
    assert back["included_studies"] == 2**63 - 1


def test_a_byte_order_mark_is_no_part_of_a_record(tmp_path: Path) -> None:
    path = tmp_path / "pmid-1.yaml"
    path.write_text(yamlfile.write_yaml(GOOD), "utf-8-sig")
    record = records.read_record(path, vocabularies.shared())
    assert (record.id, record.problems) == ("pmid-1", [])


def test_literals_that_their_datatype_lacks_come_back_as_text() -> None:
    """A foreign graph may say "many"^^xsd:integer; comparing graphs must not end in an error."""
    quads = records.record_quads(check(GOOD))
    wrong = ox.Literal("many", datatype=ox.NamedNode(context.expand("xsd:integer")))
    count = ox.NamedNode(context.mn("participants"))
    changed = [
        ox.Quad(q.subject, q.predicate, wrong, q.graph_name) if q.predicate == count else q
        for q in quads
    ]
    back = restoring.quads_record(changed, f"{context.BASE}study/pmid-1")
    assert back["participants"] == "many"


def test_the_line_of_a_problem_is_the_line_of_its_key() -> None:
    text = yamlfile.write_yaml(with_value("arms", 1, "sesions", 4))
    number = next(n for n, line in enumerate(text.splitlines(), 1) if "sesions" in line)
    (problem,) = check(with_value("arms", 1, "sesions", 4)).problems
    assert problem.line == number


BAD_FILES = {
    "tabs": (b"id: a\n\tdesign: b", "not YAML"),
    "anchors": (b"id: &a [x]\nb: *a\n", "anchors and aliases"),
    "bomb": (b"a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n", "anchors and aliases"),
    "latin-1": ("id: a\nb: caf\xe9".encode("latin-1"), "bad.yaml:2: not UTF-8 (byte 0xE9)"),
    "utf-16": ("id: a\n".encode("utf-16"), "iconv -f UTF-16 -t UTF-8"),
    "utf-16 without a mark": ("id: \xe9\n".encode("utf-16-le"), "UTF-16"),
    "utf-32": ("id: a\n".encode("utf-32"), "the encoding is UTF-32"),
    "a number of 4,301 digits": (
        b"id: a\nsessions: " + b"9" * 4301,
        "bad.yaml:2: a number of 4,301",
    ),
    "a number beyond all": (b"id: a\nsessions: 1e999", "bad.yaml:2: the number 1e999"),
    "digits that would be lost": (b"a: 0.12345678901234567891", "cannot be kept exactly"),
    "empty": (b"", "empty"),
    "comment": (b"# nothing here\n", "empty"),
    "list": (b"- a\n- b\n", "a record is a mapping"),
    "deep": (b"[" * 30 + b"]" * 30, "nested deeper than 20 levels"),
    "deeper": (b"[" * 100_000, "bad.yaml:1: "),
    "tag": (b"id: !!python/name:os.system x\n", "is not allowed"),
    "two": (b"id: a\n---\nid: b\n", "not YAML"),
    "twice": (b"id: a\nid: b\n", "duplicate key `id`"),
    "open": (b'id: "a\n', "not YAML"),
    "large": (b"id: " + b"a" * 50_000_000, "50,000,004 bytes"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_files_that_cannot_be_read_are_refused_in_one_line(name: str, tmp_path: Path) -> None:
    content, said = BAD_FILES[name]
    path = tmp_path / "bad.yaml"
    path.write_bytes(content)
    with pytest.raises(RecordError) as caught:
        records.read_record(path, vocabularies.shared())
    assert said in str(caught.value)
    assert str(caught.value).startswith(f"{path}:")


def test_yaml_keeps_to_the_core_schema_of_1_2() -> None:
    data, _ = yamlfile.parse_yaml(
        "a: NO\nb: on\nc: 2019-01-01\nd: 1_000\ne: 0x1F\nf: ~\ng: true\nh: 1.50"
    )
    assert data == {
        "a": "NO",
        "b": "on",
        "c": "2019-01-01",
        "d": "1_000",
        "e": "0x1F",
        "f": None,
        "g": True,
        "h": 1.5,
    }


# --- any valid record goes YAML -> RDF -> YAML unchanged -------------------------------------

TEXT = st.text(
    # Cf has the marks of direction and the tags that records refuse.
    st.characters(exclude_categories=("Cs", "Cc", "Cf", "Cn"), exclude_characters="\ufffe\uffff")
    | st.sampled_from("\n\t<>&\"'\\`{}[]:#-?%@*!|"),
    min_size=1,
    max_size=60,
)
COUNT = st.integers(0, 10**6)
DECIMAL = st.one_of(
    st.integers(1, 10**4), st.decimals("0.01", "9999", places=3).map(float).filter(lambda x: x > 0)
).map(lambda x: int(x) if x == int(x) else x)
NAME = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=8)


def slug(kind: str) -> st.SearchStrategy[str]:
    return st.sampled_from(sorted(vocabularies.shared()[f"{context.BASE}{kind}/"]))


def slugs(kind: str) -> st.SearchStrategy[list[str]]:
    return st.lists(slug(kind), min_size=1, max_size=3, unique=True).map(sorted)


def each_once(items: list[Any]) -> list[Any]:
    """Return items without repeats, which a record does not allow."""
    return [item for number, item in enumerate(items) if item not in items[:number]]


@st.composite
def study_records(draw: st.DrawFn) -> dict[str, Any]:
    """Made-up records in normal form: keys in the context's order, sets sorted."""

    def some(**options: st.SearchStrategy[Any]) -> dict[str, Any]:
        return {key: draw(option) for key, option in options.items() if draw(st.booleans())}

    arm_ids = sorted(draw(st.lists(st.sampled_from("ABCDEF"), min_size=1, max_size=4, unique=True)))
    arms = [
        {"id": arm}
        | some(
            procedure=slug("procedure"),
            combined_with=slugs("modality"),
            interventions=slugs("modality"),
            needle_length_mm=st.lists(DECIMAL, min_size=1, max_size=3, unique=True).map(sorted),
            sessions=COUNT,
            interval_weeks=DECIMAL,
            device=TEXT,
            participants=COUNT,
            note=TEXT,
        )
        for arm in arm_ids
    ]
    outcomes = []
    for _ in range(draw(st.integers(0, 3))):
        first, *others = draw(st.permutations(arm_ids))
        second = (
            {}
            if not others
            else {"second": others[0]}
            if len(others) == 1
            else {"second": sorted(others)}
        )
        effect = some(
            type=st.sampled_from(["odds-ratio", "mean-difference"]), value=DECIMAL, text=TEXT
        )
        outcomes.append(
            {"measure": draw(slug("measure")), "first": first}
            | second
            | some(direction=st.sampled_from(["favours-first", "no-difference", "mixed"]))
            | ({"effect": effect} if effect else {})
            | some(p_value=TEXT, first_events=COUNT, note=TEXT)
        )
    events = [
        {"event": draw(slug("event"))}
        | some(arm=st.sampled_from(arm_ids), affected=COUNT, at_risk=COUNT)
        for _ in range(draw(st.integers(0, 2)))
    ]
    parts = {
        "id": "study-" + draw(NAME),
        "publication": {"title": draw(TEXT)}
        | some(authors=st.lists(TEXT, min_size=1, max_size=4), journal=TEXT),
        "design": draw(slug("design")),
    } | some(
        participants=COUNT,
        follow_up_weeks=DECIMAL,
        country=TEXT,
        skin_types=st.lists(st.integers(1, 6), min_size=1, unique=True).map(sorted),
    )
    parts |= {"indications": draw(slugs("indication")), "arms": arms}
    parts |= {"outcomes": each_once(outcomes)} if outcomes else {}
    parts |= {"adverse_events": each_once(events)} if events else {}
    parts |= some(no_adverse_events=st.booleans(), summary=TEXT)
    curation = {
        "source": "https://example.org/" + draw(NAME),
        "seen": "abstract",
        "curated": "2026-11-22",
    }
    return parts | {"curation": curation | some(notes=TEXT)}


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(study_records())
def test_any_valid_record_comes_back_from_rdf_unchanged(data: dict[str, Any]) -> None:
    record = check(data)
    assert record.problems == []
    quads = records.record_quads(record)
    back = restoring.quads_record(quads, f"{context.BASE}study/{data['id']}")
    assert yamlfile.write_yaml(back) == yamlfile.write_yaml(data)


@settings(max_examples=300)
@given(st.dictionaries(TEXT, TEXT | COUNT | st.booleans() | st.lists(TEXT, max_size=2), max_size=4))
def test_yaml_is_read_as_it_was_written(data: dict[str, Any]) -> None:
    assert yamlfile.parse_yaml(yamlfile.write_yaml(data))[0] == data if data else True


def test_the_context_gives_a_record_the_same_quads() -> None:
    """What is built without applying the context is what it means to any reader of JSON-LD."""
    for path in build.release_files():
        record = records.read_record(path, vocabularies.shared())
        document = {
            "@context": context.document()["@context"],
            "@graph": [{"@id": record.graph, "@graph": [record.jsonld]}],
        }
        read = ox.Dataset(ox.parse(json.dumps(document), format=ox.RdfFormat.JSON_LD))
        built = records.record_quads(record)
        assert {quad for quad in read if _is_named(quad)} == {
            quad for quad in built if not LIST_CELL.search(f"{quad.subject} {quad.object}")
        }
        assert len(read) == len(built)


LIST_CELL = re.compile(r"/(authorList)/\d+>")


def _is_named(quad: ox.Quad) -> bool:
    return not any(isinstance(node, ox.BlankNode) for node in (quad.subject, quad.object))


def test_every_record_of_the_release_is_in_normal_form() -> None:
    """A curator's diff shows facts, not spelling: reading and writing changes no byte's meaning."""
    for path in build.release_files():
        record = records.read_record(path, vocabularies.shared())
        assert record.problems == []
        back = restoring.quads_record(
            records.record_quads(record), f"{context.BASE}study/{record.id}"
        )
        assert back == record.data, path.name
        assert path.stem == record.id
