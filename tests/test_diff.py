"""diff: what is reported as added, removed and changed, and by which records."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from click.testing import CliRunner

from mngraph import build, export, store, yamlfile
from mngraph.cli import cli
from mngraph.diff.compare import compare
from mngraph.diff.digest import same_content
from mngraph.diff.result import Diff

RECORD = Path(__file__).parent / "data" / "sources" / "pmid-99000001.yaml"
STUDY = "https://w3id.org/mngraph/study/pmid-99000001"
CLAIM = "https://w3id.org/mngraph/claim/"
Edit = Callable[[dict[str, Any]], object]


def records(*edits: Edit) -> list[dict[str, Any]]:
    """Return the fictitious record under the keys ..01, ..09 and ..10, with an edit for each."""
    found = []
    for edit, key in zip(edits, ("99000001", "99000009", "99000010"), strict=False):
        found.append(yamlfile.read_yaml(RECORD)[0])
        found[-1]["id"], found[-1]["publication"]["pmid"] = f"pmid-{key}", key
        edit(found[-1])
    return found


def built(folder: Path, *edits: Edit) -> store.LocalStore:
    """Build a graph from the fictitious record and one more, after some edits to the first."""

    def edit(data: dict[str, Any]) -> None:
        for each in edits:
            each(data)

    return built_of(folder, records(edit, rolled))


def built_of(folder: Path, of: list[dict[str, Any]]) -> store.LocalStore:
    """Build a graph from records."""
    folder.mkdir(exist_ok=True)
    paths = []
    for record in of:
        paths.append(folder / f"{record['id']}.yaml")
        paths[-1].write_text(yamlfile.write_yaml(record), "utf-8")
    filled, sources = build.build_graph(paths)
    assert sources.problems == []
    return filled


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> store.LocalStore:
    return built(tmp_path_factory.mktemp("old"))


def changed(old: store.LocalStore, tmp_path: Path, edit: Edit) -> Diff:
    return compare(old, built(tmp_path, edit))


def test_the_same_graph_does_not_differ(old: store.LocalStore, tmp_path: Path) -> None:
    result = compare(old, built(tmp_path))
    assert result.same
    assert result.to_text() == "No difference.\n"


def test_a_changed_number_is_named_by_its_field(old: store.LocalStore, tmp_path: Path) -> None:
    result = changed(old, tmp_path, lambda data: data.update(participants=44))
    assert [(d.iri, d.kind) for d in result.records] == [(STUDY, "changed")]
    (change,) = result.records[0].changes
    assert (change.field, change.before, change.after) == ("participants", 42, 44)
    assert "      participants changed from 42 to 44\n" in result.to_text()
    assert {study for d in result.claims for study in d.studies} == {STUDY}


def test_fields_of_arms_and_outcomes_are_found_where_they_moved(
    old: store.LocalStore, tmp_path: Path
) -> None:
    def edit(data: dict[str, Any]) -> None:
        data["arms"][1]["sessions"] = 5
        data["adverse_events"].reverse()
        data["adverse_events"][1]["affected"] = 9
        data["outcomes"].insert(0, {"measure": "hair-growth", "first": "A", "note": "new"})

    fields = {c.field: (c.before, c.after) for c in changed(old, tmp_path, edit).records[0].changes}
    assert fields == {
        "arms/B/sessions": (4, 5),
        "adverse_events/1/affected": (8, 9),
        "outcomes/+1": (None, {"measure": "hair-growth", "first": "A", "note": "new"}),
    }


def test_a_turned_direction_changes_the_claims_with_the_record_behind(
    old: store.LocalStore, tmp_path: Path
) -> None:
    edit = lambda data: data["outcomes"][0].update(direction="no-difference")  # noqa: E731
    result = changed(old, tmp_path, edit)
    claim = f"{CLAIM}roller-microneedling_with_platelet-rich-plasma_for_acne-scar"
    found = {d.iri: d for d in result.claims}[claim]
    assert found.kind == "changed"
    assert found.studies == (STUDY,)
    stance = [c for c in found.changes if c.field.endswith("mn:stance")]
    assert [(c.before, c.after) for c in stance] == [("mn:Supports", "mn:Inconclusive")]


def rolled(data: dict[str, Any]) -> None:
    """Leave the record as it is: rollers in both arms."""


def radiofrequency(data: dict[str, Any]) -> None:
    for arm in data["arms"]:
        arm["procedure"] = "fractional-microneedle-radiofrequency"


def without_result(data: dict[str, Any]) -> None:
    del data["outcomes"], data["adverse_events"]


def claims_of(one: list[dict[str, Any]], other: list[dict[str, Any]], folder: Path) -> Any:
    """Return the differences of claims between graphs of records, by slug."""
    stores = built_of(folder / "one", one), built_of(folder / "other", other)
    return {d.iri.removeprefix(CLAIM): d for d in compare(*stores).claims}


def test_an_inherited_change_names_the_one_record_behind_it(tmp_path: Path) -> None:
    """Two records are touched at two narrower claims; one of them turns its direction."""
    before, after = records(rolled, radiofrequency), records(rolled, radiofrequency)
    after[0]["outcomes"][0]["direction"] = "no-difference"
    after[1]["curation"]["curated"] = "2026-11-30"
    after[1]["outcomes"][0]["effect"]["value"] = 3.2
    claims = claims_of(before, after, tmp_path)
    broad = claims["microneedling_with_platelet-rich-plasma_for_acne-scar"]
    counts = [c for c in broad.changes if c.field.endswith("StudyCount")]
    assert [(c.field, c.before, c.after) for c in counts] == [
        ("mn:inconclusiveStudyCount", 0, 1),
        ("mn:randomizedInconclusiveStudyCount", 0, 1),
        ("mn:randomizedSupportingStudyCount", 2, 1),
        ("mn:supportingStudyCount", 2, 1),
    ]
    assert {d.studies for d in claims.values()} == {(STUDY,)}


def test_participants_are_inherited_from_the_record_that_changed_them(tmp_path: Path) -> None:
    before, after = records(rolled, radiofrequency), records(rolled, radiofrequency)
    after[0]["curation"]["curated"] = "2026-11-30"
    after[1]["participants"] = 50
    claims = claims_of(before, after, tmp_path)
    broad = claims["needling_with_platelet-rich-plasma_for_scar"]
    (change,) = (c for c in broad.changes if c.field == "mn:participantTotal")
    assert (change.before, change.after) == (84, 92)
    assert {d.studies for d in claims.values()} == {(STUDY[:-1] + "9",)}


@pytest.mark.parametrize("edit", [rolled, without_result], ids=["with result", "without"])
def test_a_removed_broad_claim_names_the_record_that_left(edit: Edit, tmp_path: Path) -> None:
    def hair(data: dict[str, Any]) -> None:
        data["indications"] = ["alopecia-areata"]

    before, after = records(edit, hair), records(edit, hair)[1:]
    after[0]["curation"]["curated"] = "2026-11-30"
    claims = claims_of(before, after, tmp_path)
    broad = claims["microneedling_with_platelet-rich-plasma_for_scar"]
    assert (broad.kind, broad.studies) == ("removed", (STUDY,))
    assert {d.studies for d in claims.values()} == {(STUDY,)}
    assert not any("alopecia" in slug for slug in claims)


def test_a_record_without_result_is_not_behind_counts_that_others_changed(tmp_path: Path) -> None:
    """It parts from a narrower claim, which stays as another record holds it."""
    edits = (rolled, rolled, without_result)
    before, after = records(*edits), records(*edits)[:2]
    after[0]["participants"] = 50
    claims = claims_of(before, after, tmp_path)
    left = STUDY[:-2] + "10"
    narrow = claims["roller-microneedling_with_platelet-rich-plasma_for_acne-scar"]
    broad = claims["needling_with_platelet-rich-plasma_for_scar"]
    assert narrow.studies == (STUDY, left)
    assert broad.studies == (STUDY,)


def test_a_record_that_parts_a_cohort_is_behind_the_count(tmp_path: Path) -> None:
    """It tells of the participants of both others, but on another indication."""

    def joins(data: dict[str, Any]) -> None:
        data["indications"] = ["alopecia-areata"]
        data["same_cohort_as"] = ["pmid-99000001", "pmid-99000009"]

    before, after = records(rolled, rolled, joins), records(rolled, rolled)
    after[0]["curation"]["curated"] = "2026-11-30"
    broad = claims_of(before, after, tmp_path)["needling_with_platelet-rich-plasma_for_scar"]
    counts = {c.field: (c.before, c.after) for c in broad.changes}
    assert counts["mn:studyCount"] == (1, 2)
    assert broad.studies == (STUDY[:-2] + "10",)


def test_a_claim_that_no_record_changed_names_none(old: store.LocalStore) -> None:
    claim = f"{CLAIM}roller-microneedling_with_platelet-rich-plasma_for_acne-scar"
    label = ox.NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
    more = ox.Quad(ox.NamedNode(claim), label, ox.Literal("Another name", language="en"))
    result = compare(old, store.LocalStore.memory([*old.quads(), more]))
    assert [(d.iri, d.studies) for d in result.claims] == [(claim, ())]
    assert "records:" not in result.to_text()


def test_added_and_removed_records_bring_and_take_their_claims(
    old: store.LocalStore, tmp_path: Path
) -> None:
    edit = lambda data: data["arms"][0].update(combined_with=["minoxidil"])  # noqa: E731
    result = changed(old, tmp_path, edit)
    kinds = {d.iri.removeprefix(CLAIM): d.kind for d in result.claims}
    assert kinds["roller-microneedling_with_minoxidil_for_acne-scar"] == "added"
    assert kinds["roller-microneedling_with_platelet-rich-plasma_for_acne-scar"] == "changed"
    empty = compare(old, store.LocalStore.memory([]))
    assert {d.kind for d in empty.records + empty.claims} == {"removed"}
    assert {d.iri for d in empty.records} == {STUDY, STUDY[:-1] + "9"}


def test_a_concept_that_changed_is_named(old: store.LocalStore) -> None:
    scar = ox.NamedNode("https://w3id.org/mngraph/indication/acne-scar")
    label = ox.NamedNode("http://www.w3.org/2004/02/skos/core#altLabel")
    more = ox.Quad(scar, label, ox.Literal("pockmark", language="en"))
    new = store.LocalStore.memory([*old.quads(), more])
    result = compare(old, new)
    assert result.records == result.claims == []
    assert [(c.field, c.before, c.after) for c in result.others[0].changes] == [
        ("skos:altLabel", None, "pockmark")
    ]


def test_the_command_ends_with_0_1_or_4(old: store.LocalStore, tmp_path: Path) -> None:
    one, other = tmp_path / "old.nq", tmp_path / "new.trig"
    export.write_graph(old, one, "nq")
    export.write_graph(old, other, "trig")
    assert CliRunner().invoke(cli, ["diff", str(one), str(other)]).exit_code == 0
    new = built(tmp_path, lambda data: data.update(completed=41))
    export.write_graph(new, other, "trig")
    result = CliRunner().invoke(cli, ["diff", str(one), str(other), "-f", "json"])
    assert result.exit_code == 1
    data = json.loads(result.stdout)
    assert data["records"][0]["changes"] == [{"field": "completed", "before": 40, "after": 41}]
    assert CliRunner().invoke(cli, ["diff", str(one), str(tmp_path / "none.nq")]).exit_code == 4


def test_a_file_without_graph_names_gives_the_same_records(
    old: store.LocalStore, tmp_path: Path
) -> None:
    new = built(tmp_path, lambda data: data.update(participants=44))
    stores = []
    for name, graph in (("old.ttl", old), ("new.ttl", new)):
        export.write_graph(graph, tmp_path / name, "ttl")
        stores.append(store.open_store(tmp_path / name))
    records = compare(*stores).records
    assert [(c.field, c.after) for d in records for c in d.changes] == [("participants", 44)]


def with_more_rows(data: dict[str, Any]) -> None:
    """Let the record have three outcomes, two of them alike, and three reports."""
    one = {"measure": "hair-growth", "first": "A", "direction": "improved-from-baseline"}
    data["outcomes"] += [one, {**one, "first": "B"}]
    data["adverse_events"].append({"event": "edema", "arm": "A"})


def reversed_lists(*names: str) -> Edit:
    """Return an edit that turns lists of the record round."""

    def edit(data: dict[str, Any]) -> None:
        for name in names:
            data[name].reverse()

    return edit


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> store.LocalStore:
    return built(tmp_path_factory.mktemp("long"), with_more_rows)


@pytest.mark.parametrize(
    "names",
    [
        ["outcomes"],
        ["adverse_events"],
        ["outcomes", "adverse_events"],
        ["arms"],
        ["arms", "outcomes"],
    ],
    ids="+".join,
)
def test_another_order_is_reported_as_other_numbers(
    long: store.LocalStore, tmp_path: Path, names: list[str]
) -> None:
    """The order of arms, which have ids, is not part of a record."""
    result = diff_of(long, tmp_path, with_more_rows, reversed_lists(*names))
    found = {r.field: dict(r.numbers) for d in result.records for r in d.renumbered}
    assert not any(d.changes for d in result.records)
    assert found.keys() == set(names) - {"arms"}
    text = result.to_text()
    for name, pairs in found.items():
        rows = yamlfile.read_yaml(tmp_path / "pmid-99000001.yaml")[0][name]
        before = [*reversed(rows)]
        assert all(before[old - 1] == rows[new - 1] for old, new in pairs.items())
        assert f"{name} were renumbered: " in text
    assert bool(found) is bool(result.records)


def diff_of(old: store.LocalStore, folder: Path, *edits: Edit) -> Diff:
    return compare(old, built(folder, *edits))


def test_an_outcome_before_the_others_gives_them_other_numbers(
    long: store.LocalStore, tmp_path: Path
) -> None:
    def edit(data: dict[str, Any]) -> None:
        data["outcomes"].insert(0, {"measure": "skin-roughness", "first": "A"})

    result = diff_of(long, tmp_path, with_more_rows, edit)
    assert "outcomes were renumbered: 1 to 3 are now 2 to 4" in result.to_text()


def test_the_command_reports_another_order_and_ends_with_1(
    long: store.LocalStore, tmp_path: Path
) -> None:
    paths = [tmp_path / "old.nq", tmp_path / "new.nq"]
    export.write_graph(long, paths[0], "nq")
    export.write_graph(
        built(tmp_path / "new", with_more_rows, reversed_lists("outcomes")), paths[1], "nq"
    )
    result = CliRunner().invoke(cli, ["diff", *map(str, paths)])
    assert result.exit_code == 1, result.stderr
    assert "outcomes were renumbered" in result.stdout


EX = "http://example.org/"


def in_memory(turtle: str) -> store.LocalStore:
    head = f"@prefix ex: <{EX}> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> . "
    return store.LocalStore.memory(ox.parse((head + turtle).encode(), format=ox.RdfFormat.TURTLE))


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        ("<claim:z> ex:p 1 .", "<claim:z> ex:p 2 .", f"{EX}p changed from 1 to 2"),
        ("ex:x ex:p <mn:y> .", "ex:x ex:p <mn:z> .", f"{EX}p changed from <mn:y> to <mn:z>"),
        ('ex:x ex:p "a"@de .', 'ex:x ex:p "a"@en .', f'{EX}p changed from "a"@de to "a"@en'),
        ('ex:x ex:p "1" .', "ex:x ex:p 1 .", f'{EX}p changed from "1" to "1"^^<'),
        ("ex:x ex:p <mn:Study> .", "ex:x <mn:p> 1 .", "<mn:p> was added: 1"),
    ],
)
def test_foreign_names_and_values_are_shown_as_they_are(before: str, after: str, line: str) -> None:
    text = compare(in_memory(before), in_memory(after)).to_text()
    assert line in text
    assert "claim:z" not in text.replace("<claim:z>", "")


def test_labels_are_shown_in_english() -> None:
    label = 'ex:x skos:prefLabel "Narbe"@de, "scar"@en'
    (found,) = compare(in_memory(label + "."), in_memory(label + "; ex:p 1 .")).others
    assert found.label == "scar"


ODD = """<https://w3id.org/mngraph/study/s> a <https://w3id.org/mngraph/ontology#Study> ;
<https://w3id.org/mngraph/ontology#participants> """


def test_a_foreign_study_that_is_not_a_record_is_compared_by_its_triples() -> None:
    (found,) = compare(in_memory(ODD + '"ten" .'), in_memory(ODD + '"twenty" .')).records
    assert [(c.before, c.after) for c in found.changes] == [("ten", "twenty")]


LIST = """<https://w3id.org/mngraph/study/s> a <https://w3id.org/mngraph/ontology#Study> ;
<https://w3id.org/mngraph/ontology#reportedIn> <https://w3id.org/mngraph/publication/s> .
<https://w3id.org/mngraph/publication/s> <http://purl.org/ontology/bibo/authorList>
  <https://w3id.org/mngraph/publication/s/authorList/1> .
<https://w3id.org/mngraph/publication/s/authorList/1> """
REST = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#rest>"
FIRST = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#first>"


@pytest.mark.parametrize(
    "cell",
    [
        f"{REST} ex:x .",
        f'{FIRST} "A" ; {REST} <https://w3id.org/mngraph/publication/s/authorList/1> .',
    ],
    ids=["without an author", "endless"],
)
def test_broken_lists_of_authors_do_not_stop_the_comparison(cell: str) -> None:
    """Neither a list that lacks something nor one that leads to itself keeps it from an answer."""
    result = compare(in_memory(LIST + cell), in_memory(LIST + cell + "ex:y ex:p 1 ."))
    assert [each.iri for each in result.others] == [f"{EX}y"]
    other = cell.replace('"A"', '"B"') + "<https://w3id.org/mngraph/study/s> ex:p 1 ."
    result = compare(in_memory(LIST + cell), in_memory(LIST + other))
    assert result.records


def test_the_same_bytes_are_read_once_and_must_be_rdf(tmp_path: Path) -> None:
    for name, text in (("a.ttl", "<a:b> <a:c> 1 ."), ("bad.ttl", "<a:b> <a:c> .")):
        (tmp_path / name).write_text(text, "utf-8")
    codes = {
        name: CliRunner().invoke(cli, ["diff", *[str(tmp_path / name)] * 2]).exit_code
        for name in ("a.ttl", "bad.ttl", "none.ttl", ".")
    }
    assert codes == {"a.ttl": 0, "bad.ttl": 3, "none.ttl": 4, ".": 4}


def test_what_a_store_states_of_its_quads_ends_with_its_next_change(tmp_path: Path) -> None:
    """Stores built apart are known to be equal by their digests; one that was written is read."""
    record = build.release_files()[0]
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        build.build_store([record], folder)
    assert same_content(*folders)
    quads = sorted(str(quad).encode() + b" .\n" for quad in ox.Store.read_only(str(folders[0])))
    digest = f"sha256:{hashlib.sha256(b''.join(quads)).hexdigest()}"
    assert json.loads((folders[0] / "mngraph.json").read_text())["quads"] == digest
    written = ox.Store(str(folders[1]))
    added = ox.Quad(ox.NamedNode(f"{EX}x"), ox.NamedNode(f"{EX}p"), ox.Literal("new"))
    written.add(added)
    written.flush()
    del written
    assert not same_content(*folders)
    result = CliRunner().invoke(cli, ["diff", *map(str, folders)])
    assert (result.exit_code, f"{EX}x" in result.stdout) == (1, True)


def test_order_of_triples_graphs_and_blank_nodes_makes_no_difference(tmp_path: Path) -> None:
    one = "ex:x ex:p 1, [ ex:q 2 ] . ex:y ex:p 2, [ ex:q 3 ] ."
    other = "ex:y ex:p [ ex:q 3 ], 2 . ex:x ex:p [ ex:q 2 ], 1 ."
    assert compare(in_memory(one), in_memory(other)).same
    named = ox.parse(
        f"<{EX}g> {{ <{EX}x> <{EX}p> 1, [ <{EX}q> 2 ] . <{EX}y> <{EX}p> 2, [ <{EX}q> 3 ] }}",
        format=ox.RdfFormat.TRIG,
    )
    assert compare(in_memory(one), store.LocalStore.memory(named)).same
    assert compare(in_memory(one), in_memory(one.replace("ex:q 3", "ex:q 4"))).unnamed


def test_a_file_with_relative_names_does_not_differ_from_its_copy(tmp_path: Path) -> None:
    for name, text in (("a", "<#x> <#y> 1 ."), ("b", "<#x> <#y> 1 . # b"), ("c", "<#x> <#y> 2 .")):
        (tmp_path / f"{name}.ttl").write_text(text, "utf-8")
    a, b, c = (str(tmp_path / f"{name}.ttl") for name in "abc")
    run = CliRunner().invoke
    assert run(cli, ["diff", a, b]).exit_code == 0
    assert run(cli, ["diff", "-", b], input=b"<#x> <#y> 1 .").exit_code == 0
    changed = run(cli, ["diff", a, c])
    assert (changed.exit_code, changed.stdout.count("changed from 1 to 2")) == (1, 1)


def test_standard_input_cannot_be_both_graphs() -> None:
    result = CliRunner().invoke(cli, ["diff", "-", "-"], input=b"<a:b> <a:c> 1 .")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "only once" in result.stderr


def test_the_same_bytes_in_another_syntax_are_another_file(tmp_path: Path) -> None:
    for name in ("a.trig", "a.ttl"):
        (tmp_path / name).write_text("<a:g> { <a:b> <a:c> 1 }", "utf-8")
    result = CliRunner().invoke(cli, ["diff", *(str(tmp_path / f"a.{e}") for e in ("trig", "ttl"))])
    assert result.exit_code == 3


def test_graphs_may_be_named_by_blank_nodes(tmp_path: Path) -> None:
    for name, text in (("a", "_:g { <x:a> <x:b> 1 }"), ("b", "_:h { <x:a> <x:b> 2 }")):
        (tmp_path / f"{name}.trig").write_text(text, "utf-8")
    result = CliRunner().invoke(cli, ["diff", *(str(tmp_path / f"{n}.trig") for n in "ab")])
    assert (result.exit_code, result.stdout.count("changed from 1 to 2")) == (1, 1), result.stderr


def test_triple_terms_are_compared_and_shown_as_such() -> None:
    old = in_memory('ex:a ex:p <<( ex:a ex:b "x"@en--ltr )>> ; ex:q <<( _:b ex:b 2 )>> .')
    new = in_memory('ex:a ex:p <<( ex:a ex:b "x"@en--rtl )>> ; ex:q <<( _:c ex:b 2 )>> .')
    result = compare(old, new)
    assert not result.unnamed
    ((change,),) = [each.changes for each in result.others]
    assert change.before == f'<<( <{EX}a> <{EX}b> "x"@en--ltr )>>'
    assert compare(old, in_memory("ex:a ex:q <<( _:b ex:b 3 )>> .")).unnamed


def test_a_statement_on_a_study_that_no_record_can_have_is_reported(
    old: store.LocalStore,
) -> None:
    node, name = ox.NamedNode(STUDY), ox.NamedNode(f"{EX}funder")
    more = ox.Quad(node, name, ox.Literal("A fund"), ox.NamedNode(f"{EX}my-notes"))
    (found,) = compare(old, store.LocalStore.memory([*old.quads(), more])).records
    assert [(c.field, c.before, c.after) for c in found.changes] == [(name.value, None, "A fund")]


def test_the_files_of_a_dataset_are_counted_in_one_line(tmp_path: Path) -> None:
    sources = build.release_files()[:3]
    for name, files in (("before", sources[:1]), ("after", sources)):
        build.build_store(files, tmp_path / name)
    result = CliRunner().invoke(cli, ["diff", str(tmp_path / "before"), str(tmp_path / "after")])
    assert "+ 2 source files that the dataset was made from" in result.stdout
    assert not [line for line in result.stdout.splitlines() if line.startswith("  + ni:")]


def test_a_study_with_another_key_is_one_that_was_renamed(tmp_path: Path) -> None:
    """The key became the DOI; the publication is the same, and one count was corrected."""
    (record,) = (path for path in build.release_files() if path.stem == "pmid-31469914")
    source = record.read_text("utf-8")
    for folder in ("before", "after"):
        (tmp_path / folder).mkdir()
    (tmp_path / "before" / "pmid-31469914.yaml").write_text(source, "utf-8")
    key = "doi-10.1111-ced.14084"
    moved = source.replace("id: pmid-31469914", f"id: {key}")
    moved = moved.replace("participants: 17", "participants: 16")
    moved = moved.replace("participants: 15", "participants: 16")
    (tmp_path / "after" / f"{key}.yaml").write_text(moved, "utf-8")
    for folder in ("before", "after"):
        build.build_store([*(tmp_path / folder).iterdir()], tmp_path / f"{folder}-store")
    result = CliRunner().invoke(
        cli, ["diff", str(tmp_path / "before-store"), str(tmp_path / "after-store")]
    )
    assert result.exit_code == 1
    assert "Records: 1 renamed" in result.stdout
    assert "was called study:pmid-31469914" in result.stdout
    assert "arms/A/participants changed from 17 to 16" in result.stdout
    assert "was removed" not in result.stdout.partition("Other resources")[0]
