"""Evidence packs: folders that are built, and folders that cannot be."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from mngraph import build, context, resources, restoring, vocabularies
from mngraph.newpack import make_pack
from mngraph.store import LocalStore, open_store

Runner = Callable[..., Any]

PEEL = "https://w3id.org/mngraph/modality/glycolic-acid-peel"


@pytest.fixture
def pack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a pack on chemical peels in the working folder, with a concept of its own."""
    monkeypatch.chdir(tmp_path)
    make_pack(Path("peeling"), root="chemical-peel", noun="chemical peeling")
    concepts = """
    concepts:
      - id: glycolic-acid-peel-35
        label: {en: glycolic acid peel 35%, de: Glykolsäurepeeling 35 %}
        synonyms: {en: [GA 35%], de: [Fruchtsäurepeeling 35 %]}
        definition: {en: Chemical peel with glycolic acid of 35 percent.}
        broader: [glycolic-acid-peel]
    """
    Path("peeling/vocabulary").mkdir()
    Path("peeling/vocabulary/modality.yaml").write_text(textwrap.dedent(concepts), "utf-8")
    return Path("peeling")


def stated(store: LocalStore, query: str) -> list[tuple[str, ...]]:
    return sorted(tuple(term.value for term in row) for row in store.select(query))


def replaced(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


# --- what a pack gives -----------------------------------------------------------------------


def test_a_new_pack_validates_and_builds_and_answers(tmp_path: Path, run: Runner) -> None:
    folder = tmp_path / "demo"
    assert run("new", folder).exit_code == 0
    assert run("validate", folder).stderr == "1 record: no faults\n"
    assert run("build", folder, "-o", tmp_path / "demo.nq").exit_code == 0
    claims = stated(
        open_store(tmp_path / "demo.nq"),
        "SELECT ?claim { ?claim a mn:TreatmentClaim ; mn:indication indication:melasma }",
    )
    start = "https://w3id.org/mngraph/claim/demo"
    assert claims == [(f"{start}_for_melasma",), (f"{start}_with_vitamin-c_for_melasma",)]


def test_nodes_of_a_pack_have_iris_under_its_base(pack: Path) -> None:
    store, sources = build.build_graph(build.study_files([pack]))
    assert sources.problems == []
    found = stated(store, "SELECT ?s { { ?s a mn:Study } UNION { ?s a mn:Arm } }")
    base = "https://example.org/peeling/study/example-2026-made-up"
    assert found == [(base,), (f"{base}/arm/A",), (f"{base}/arm/B",)]


def test_a_concept_of_a_pack_is_named_by_its_slug_and_has_labels_in_two_languages(
    pack: Path, run: Runner
) -> None:
    record = pack / "studies/example-2026-made-up.yaml"
    record.write_text(
        record.read_text("utf-8").replace(
            "procedure: chemical-peel", "procedure: glycolic-acid-peel-35"
        ),
        "utf-8",
    )
    assert run("build", pack, "-o", "peels.nq").exit_code == 0
    store = open_store("peels.nq")
    concept = "https://example.org/peeling/modality/glycolic-acid-peel-35"
    given = stated(store, "SELECT DISTINCT ?given { ?arm a mn:Arm ; mn:procedure ?given }")
    assert given == [(concept,)]
    labels = store.select(f"SELECT ?label {{ <{concept}> skos:prefLabel ?label }}")
    assert {(row["label"].value, row["label"].language) for row in labels} == {
        ("glycolic acid peel 35%", "en"),
        ("Glykolsäurepeeling 35 %", "de"),
    }
    for name in ("Glykolsäurepeeling 35 %", "Fruchtsäurepeeling 35 %", "GA 35%"):
        found = run("search", name, "-g", "peels.nq", "-f", "csv").stdout.splitlines()[1]
        assert found.startswith("peeling:modality/glycolic-acid-peel-35,")


def test_an_intervention_can_be_a_procedure_in_one_arm_and_combined_in_another(pack: Path) -> None:
    record = pack / "studies/example-2026-made-up.yaml"
    text = record.read_text("utf-8").replace("[vitamin-c]", "[microneedling]")
    record.write_text(text.replace("procedure: chemical-peel", "procedure: glycolic-acid-peel"))
    store, sources = build.build_graph(build.study_files([pack]))
    assert sources.problems == []
    given = stated(store, "SELECT ?p ?c { ?arm mn:procedure ?p ; mn:combinedWith ?c ; a mn:Arm }")
    assert given == [(PEEL, "https://w3id.org/mngraph/procedure/microneedling")]


def test_records_of_a_pack_come_back_as_they_were(pack: Path) -> None:
    path = pack / "studies/example-2026-made-up.yaml"
    data = yaml.safe_load(path.read_text("utf-8"))
    store, _ = build.build_graph([path])
    study = "https://example.org/peeling/study/example-2026-made-up"
    quads = store.quads("https://example.org/peeling/graph/study/example-2026-made-up")
    back = restoring.quads_record(quads, study)
    assert {key: back[key] for key in ("arms", "outcomes", "indications")} == {
        key: data[key] for key in ("arms", "outcomes", "indications")
    }


def test_a_build_of_a_pack_describes_itself_as_the_pack_and_not_as_the_release(
    pack: Path, run: Runner
) -> None:
    assert run("build", pack, "-o", "peels.nq", "--date", "2026-01-02").exit_code == 0
    about = stated(
        open_store("peels.nq"),
        "SELECT ?title ?version ?part { ?d a dcat:Dataset ; dcterms:title ?title ;"
        " owl:versionInfo ?version ; dcterms:hasPart ?part }",
    )
    title = "The evidence on chemical peeling"
    assert about == [(title, "0.1.0", "https://example.org/peeling/pack")]
    assert "mngraph: the evidence on microneedling" not in Path("peels.nq").read_text("utf-8")


def test_two_packs_keep_their_studies_apart(pack: Path, run: Runner) -> None:
    assert run("new", "waxing").exit_code == 0
    assert run("build", pack, "waxing", "-o", "both.nq").exit_code == 0
    store = open_store("both.nq")
    assert stated(store, "SELECT ?study { ?study a mn:Study }") == [
        ("https://example.org/peeling/study/example-2026-made-up",),
        ("https://example.org/waxing/study/example-2026-made-up",),
    ]
    roots = stated(store, "SELECT ?root { ?pack mn:rootProcedure ?root }")
    assert roots == [
        ("https://example.org/waxing/procedure/waxing",),
        ("https://w3id.org/mngraph/modality/chemical-peel",),
    ]
    lines = stated(store, "SELECT ?line { ?line a mn:EvidenceLine ; mn:stance ?any }")
    assert len(lines) == 4


def test_a_pack_can_name_the_concepts_of_a_pack_that_it_imports(pack: Path, run: Runner) -> None:
    assert run("new", "waxing").exit_code == 0
    record = Path("waxing/studies/example-2026-made-up.yaml")
    replaced(record, "[vitamin-c]", "[glycolic-acid-peel-35]")
    refused = run("validate", "waxing")
    assert refused.exit_code == 1
    assert "unknown combined_with `glycolic-acid-peel-35`" in refused.stdout
    with Path("waxing/pack.yaml").open("a", encoding="utf-8") as stream:
        stream.write("imports: [../peeling]\n")
    assert run("validate", "waxing").exit_code == 0
    assert run("build", "waxing", "-o", "waxing.nq").exit_code == 0
    studies = stated(open_store("waxing.nq"), "SELECT ?study { ?study a mn:Study }")
    assert studies == [("https://example.org/waxing/study/example-2026-made-up",)]


def test_the_shared_vocabularies_know_each_intervention_in_each_role() -> None:
    shared = vocabularies.shared()
    procedures, modalities = (
        shared[f"{context.BASE}{kind}/"] for kind in ("procedure", "modality")
    )
    assert procedures == modalities
    assert procedures["roller-microneedling"].endswith("/procedure/roller-microneedling")
    assert procedures["glycolic-acid-peel"] == PEEL
    assert "acne-scar" not in procedures


def test_the_queries_of_a_pack_are_found_in_its_graph(pack: Path, run: Runner) -> None:
    assert run("build", pack, "-o", "peels.nq").exit_code == 0
    assert "studies-of-peeling" in run("queries", "-g", "peels.nq", "-f", "csv").stdout
    assert "studies-of-peeling" not in run("queries", "-f", "csv").stdout
    answer = run("query", "studies-of-peeling", "-g", "peels.nq", "-f", "csv")
    assert answer.stdout.splitlines()[1].startswith("https://example.org/peeling/study/example-")
    assert run("query", "studies-of-peeling").exit_code == 2
    assert "did you mean" in run("query", "studies-of-peelin", "-g", "peels.nq").stderr


def test_a_pack_is_not_taken_for_a_graph(pack: Path, run: Runner) -> None:
    answer = run("info", "-g", pack)
    assert answer.exit_code == 4
    assert "mngraph build peeling -o peeling.nq" in answer.stderr


def test_a_default_that_the_graph_lacks_is_asked_for(pack: Path, run: Runner) -> None:
    replaced(pack / "studies/example-2026-made-up.yaml", "[vitamin-c]", "[microneedling]")
    assert run("build", pack, "-o", "peels.nq").exit_code == 0
    answer = run("query", "combinations-of", "-g", "peels.nq")
    assert answer.exit_code == 2
    assert "give -p procedure=…" in answer.stderr
    given = run("query", "combinations-of", "-p", "procedure=chemical-peel", "-g", "peels.nq")
    assert "microneedling" in given.stdout


MAPPINGS = """#curie_map:
#  peeling: https://example.org/peeling/
#  made: http://example.org/made-up/
#  skos: http://www.w3.org/2004/02/skos/core#
#  semapv: https://w3id.org/semapv/vocab/
subject_id\tpredicate_id\tobject_id\tmapping_justification
peeling:modality/glycolic-acid-peel-35\tskos:closeMatch\tmade:1\tsemapv:ManualMappingCuration
"""


def test_mappings_of_a_pack_are_in_its_graph(pack: Path) -> None:
    (pack / "mappings").mkdir()
    (pack / "mappings/modality.sssom.tsv").write_text(MAPPINGS, "utf-8")
    store, sources = build.build_graph(build.study_files([pack]))
    assert sources.problems == []
    found = stated(store, "SELECT ?graph ?o { GRAPH ?graph { ?s skos:closeMatch ?o } }")
    graph = "https://example.org/peeling/graph/mappings/modality"
    assert (graph, "http://example.org/made-up/1") in found


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("#curie_map:", "#map:", 1, "the header has no `curie_map`"),
        ("object_id", "object", 6, "the first row has no column object_id"),
        ("made:1", "mode:1", 7, "the curie_map has no 'mode'"),
        ("\tmade:1", "\t", 7, "a mapping needs subject_id, predicate_id and object_id"),
        ("\tmade:1", "", 7, "the row does not have the columns of the first row"),
        ("made:1", "made:1 2", 7, "'made:1 2' does not make an IRI"),
    ],
)
def test_a_wrong_mapping_of_a_pack_gets_its_line(
    old: str, new: str, line: int, message: str, pack: Path, run: Runner
) -> None:
    (pack / "mappings").mkdir()
    path = pack / "mappings/modality.sssom.tsv"
    path.write_text(MAPPINGS.replace(old, new, 1), "utf-8")
    answer = run("validate", pack)
    assert answer.exit_code == 1
    assert answer.stdout.startswith(f"{path}:{line}: ")
    assert message in answer.stdout


def test_the_release_is_built_from_a_copy_of_its_sources(tmp_path: Path, run: Runner) -> None:
    """A checkout beside an installation: both hold the pack of the release."""
    studies = tmp_path / "checkout/data/studies"
    studies.mkdir(parents=True)
    own = resources.folder("data")
    shutil.copy(own / "pack.yaml", studies.parent)
    shutil.copy(own / "studies/pmid-31469914.yaml", studies)
    shutil.copy(own / "studies/pmid-30548170.yaml", tmp_path)
    assert run("validate", studies).stderr == "1 record: no faults\n"
    together = (studies, tmp_path / "pmid-30548170.yaml")
    assert run("build", *together, "-o", "both.nq").exit_code == 0
    found = stated(open_store("both.nq"), "SELECT ?study { ?study a mn:Study }")
    start = "https://w3id.org/mngraph/study/pmid-"
    assert found == [(f"{start}30548170",), (f"{start}31469914",)]


def test_a_root_that_is_nearly_a_shared_concept_is_told(tmp_path: Path, run: Runner) -> None:
    answer = run("new", tmp_path / "peels", "--root", "chemical-peal")
    assert answer.exit_code == 0
    assert "did you mean the shared chemical-peel?" in answer.stderr


# --- what is wrong with a pack ---------------------------------------------------------------

CYCLE = """
concepts:
  - id: deep-peel
    label: {en: deep peel}
    definition: {en: Made up.}
    broader: [deeper-peel]
  - id: deeper-peel
    label: {en: deeper peel}
    definition: {en: Made up.}
    broader: [deep-peel]
"""
CLASH = """
concepts:
  - id: salicylic-acid-peel
    label: {en: salicylic acid peel}
    definition: {en: Made up.}
"""


def line_of(path: str, text: str) -> int:
    lines = Path(path).read_text("utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


@pytest.mark.parametrize(
    ("file", "old", "new", "at", "message"),
    [
        ("pack.yaml", "roots: [chemical-peel]", "", "", "the pack has no `roots`: list the"),
        ("pack.yaml", "chemical-peel]", "chemical-peal]", "roots", "mean `chemical-peel`?"),
        ("pack.yaml", "noun: chemical peeling", "", "", "the pack has no `noun`, the word for"),
        ("pack.yaml", "noun:", "nuon:", "", "the pack has no `noun`"),
        ("pack.yaml", "name: peeling", "name: Peel Ing", "name:", "lower-case letters, digits"),
        ("pack.yaml", "name: peeling", "name: indication", "name:", "something else already"),
        ("pack.yaml", "example.org/peeling/", "example.org/x", "base:", "ends in / or #"),
        ("pack.yaml", "https://example.org/peeling/", "https://w3id.org/mngraph/", "base:",
         "belongs to the release of mngraph: give the pack an address of its own"),
        ("pack.yaml", "version:", "imports: [../pealing]\nversion:", "imports",
         "no pack is at `../pealing`: give the way to its folder from this one"),
        ("pack.yaml", "version:", "imports: [micronedling]\nversion:", "imports",
         "did you mean microneedling?"),
        ("vocabulary/modality.yaml", None, CYCLE, "broader: [deeper-peel]",
         "`broader` leads back to the concept itself: deep-peel → deeper-peel → deep-peel"),
        ("vocabulary/modality.yaml", None, CLASH, "id: salicylic-acid-peel",
         "`salicylic-acid-peel` is modality:salicylic-acid-peel already: use that concept"),
        ("vocabulary/procedure.yaml", None, CLASH, "id: salicylic-acid-peel",
         "`salicylic-acid-peel` is modality:salicylic-acid-peel already"),
        ("vocabulary/modality.yaml", "id: glyc", "id: GLYC", "id:", "`id` is a slug of lower-case"),
        ("vocabulary/modality.yaml", "[glycolic-acid-peel]", "[glycolic-peel]", "broader:",
         "unknown broader `glycolic-peel`; did you mean `glycolic-acid-peel`?"),
        ("vocabulary/modality.yaml", "{en: glyc", "{fr: glyc", "label:", "`label` needs English"),
        ("vocabulary/modality.yaml", "definition", "definitoin", "id:", "has no `definition`"),
        ("vocabulary/modality.yaml", "de: Gly", "deu tsch: Gly", "label:", "not a language tag"),
        ("vocabulary/modality.yaml", "concepts:", "concept:", "", "has one key, `concepts`"),
        ("vocabulary/modalities.yaml", None, CLASH, "", "did you mean modality.yaml?"),
        ("queries/broken.rq", None, "SELECT ?s WHERE { ?s foo:bar ?o }", "",
         "the prefix foo: of foo:bar is not declared"),
        ("queries/update.rq", None, "DELETE WHERE { ?s ?p ?o }", "", "updates are off"),
    ],
)  # fmt: skip
def test_a_wrong_pack_gets_one_line_with_file_line_and_mend(
    file: str, old: str | None, new: str, at: str, message: str, pack: Path, run: Runner
) -> None:
    path = pack / file
    if old is None:
        path.write_text(new, "utf-8")
    else:
        replaced(path, old, new)
    answer = run("validate", pack)
    assert answer.exit_code == 1
    number = line_of(str(path), at) if at else 1
    (found,) = (line for line in answer.stdout.splitlines() if message in line)
    assert found.startswith(f"{path}:{number}: ")
    built = run("build", pack, "-o", "peels.nq")
    assert built.exit_code == 3
    assert not Path("peels.nq").exists()


@pytest.mark.parametrize("text", ["- [", "- a list"])
def test_a_description_that_cannot_be_read_is_one_fault_for_all_records(
    text: str, pack: Path, run: Runner
) -> None:
    first = pack / "studies/example-2026-made-up.yaml"
    second = first.read_text("utf-8").replace("example-2026", "second-2026")
    (pack / "studies/second-2026-made-up.yaml").write_text(second, "utf-8")
    (pack / "pack.yaml").write_text(text, "utf-8")
    answer = run("validate", pack)
    assert answer.exit_code == 1
    (line,) = answer.stdout.splitlines()
    assert line.startswith(f"{pack / 'pack.yaml'}:")


def test_packs_that_import_one_another_are_refused(pack: Path, run: Runner) -> None:
    assert run("new", "waxing").exit_code == 0
    for folder, other in (("peeling", "../waxing"), ("waxing", "../peeling")):
        with Path(folder, "pack.yaml").open("a", encoding="utf-8") as stream:
            stream.write(f"imports: [{other}]\n")
    answer = run("validate", pack)
    assert answer.exit_code == 1
    assert "`../peeling` imports this pack, which it cannot at the same time" in answer.stdout


def test_two_packs_of_one_name_or_base_are_not_built_together(pack: Path, run: Runner) -> None:
    assert run("new", "waxing").exit_code == 0
    replaced(
        Path("waxing/pack.yaml"), "https://example.org/waxing/", "https://example.org/peeling/"
    )
    answer = run("validate", pack, "waxing")
    assert answer.exit_code == 1
    assert "has the same base" in answer.stdout


def test_two_packs_do_not_define_one_slug(pack: Path, run: Runner) -> None:
    assert run("new", "waxing").exit_code == 0
    own = Path("waxing/vocabulary/modality.yaml")
    own.write_text((pack / "vocabulary/modality.yaml").read_text("utf-8"), "utf-8")
    answer = run("validate", pack, "waxing")
    assert answer.exit_code == 1
    assert (
        "`glycolic-acid-peel-35` is peeling:modality/glycolic-acid-peel-35 already" in answer.stdout
    )


@pytest.mark.parametrize("name", ["study", "1", "x" * 60, "mn"])
def test_a_pack_is_not_called_by_a_prefix_that_there_is(
    name: str, tmp_path: Path, run: Runner
) -> None:
    answer = run("new", tmp_path / name)
    assert answer.exit_code == 2
    assert not (tmp_path / name).exists()


def test_a_new_pack_does_not_replace_what_is_there(tmp_path: Path, run: Runner) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/notes.txt").write_text("mine", "utf-8")
    answer = run("new", tmp_path / "mine")
    assert answer.exit_code == 4
    assert "exists already" in answer.stderr
    assert (tmp_path / "mine/notes.txt").read_text("utf-8") == "mine"


def test_a_pack_is_not_replaced_by_a_store(tmp_path: Path, run: Runner) -> None:
    assert run("new", tmp_path / "mine").exit_code == 0
    answer = run("build", tmp_path / "mine", "-o", tmp_path / "mine")
    assert answer.exit_code == 4
    assert (tmp_path / "mine/pack.yaml").is_file()


HOSTILE = "</script><img src=x onerror=alert(1)>"


def test_what_a_pack_says_is_escaped_on_every_page(pack: Path, run: Runner) -> None:
    replaced(pack / "pack.yaml", "noun: chemical peeling", f"noun: '{HOSTILE}'")
    replaced(pack / "pack.yaml", "title: The evidence", f"title: '{HOSTILE}' #")
    record = pack / "studies/example-2026-made-up.yaml"
    replaced(record, "procedure: chemical-peel", "procedure: glycolic-acid-peel-35")
    replaced(pack / "vocabulary/modality.yaml", "en: glycolic acid peel 35%", f"en: '{HOSTILE}'")
    assert run("build", pack, "-o", "peels.nq").exit_code == 0
    assert run("map", "-g", "peels.nq", "map.html").exit_code == 0
    assert run("view", "-g", "peels.nq", "view.html").exit_code == 0
    asked = ("evidence", "-g", "peels.nq", "-i", "melasma", "-o", "answer.html")
    assert run(*asked).exit_code == 0
    for page in ("map.html", "view.html", "answer.html"):
        text = Path(page).read_text("utf-8")
        assert "onerror" in text
        assert "<img src=x" not in text


def test_a_pack_cannot_take_a_prefix_of_mngraph_in_a_graph(tmp_path: Path, run: Runner) -> None:
    graph = tmp_path / "foreign.ttl"
    graph.write_text(
        "@prefix mn: <https://w3id.org/mngraph/ontology#> ."
        "@prefix skos: <http://www.w3.org/2004/02/skos/core#> ."
        "@prefix void: <http://rdfs.org/ns/void#> ."
        '<http://evil.example/pack> a mn:EvidencePack ; skos:notation "mn" ;'
        ' void:uriSpace "http://evil.example/" .'
        '<http://evil.example/other> a mn:EvidencePack ; skos:notation "a b\\n" ;'
        ' void:uriSpace "javascript:x/" .',
        "utf-8",
    )
    answer = run("query", "-g", graph, "-e", "SELECT ?p { ?p a mn:EvidencePack }", "-f", "csv")
    assert answer.exit_code == 0
    assert len(answer.stdout.split()) == 3
    assert context.prefixes()["mn"] == "https://w3id.org/mngraph/ontology#"


# --- what stays ------------------------------------------------------------------------------


def test_every_iri_that_there_was_is_still_described_or_replaced() -> None:
    """IRIs are the contract: the file lists those of ontology and vocabularies before packs."""
    listed = Path(__file__).parent / "data" / "iris-before-packs.txt"
    before = {context.BASE + name for name in listed.read_text("utf-8").split()}
    kept = {context.expand(name) for name in ("rdf:type", "dcterms:isReplacedBy")}
    described = {
        quad.subject.value
        for quad in build.read_ontology(with_mappings=False)
        if quad.predicate.value in kept
    }
    assert len(before) > 700
    assert before - described == set()


def test_a_pack_without_its_description_is_told_so(run: Runner) -> None:
    """What its vocabulary has are no study records."""
    assert run("new", "demo").exit_code == 0
    Path("demo/pack.yaml").unlink()
    told = run("validate", "demo").stderr
    assert "pack.yaml is missing" in told and "unknown key" not in told
