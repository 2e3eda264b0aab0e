"""Build: the graphs it makes, what it refuses, and that nothing is half done."""

from __future__ import annotations

import base64
import gzip
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest
import yaml
from conftest import CHECKOUT, Runner, sampled

from mngraph import build, context, export, validate
from mngraph.rdffiles import read_file
from mngraph.store import LocalStore

STUDIES = CHECKOUT / "data" / "studies"
FEW = ("pmid-31469914", "pmid-29083607", "doi-10.1001-jamadermatol.2013.6955")


@pytest.fixture
def few(tmp_path: Path) -> Path:
    """A folder with three records of the release."""
    folder = tmp_path / "studies"
    folder.mkdir()
    for name in FEW:
        shutil.copy(STUDIES / f"{name}.yaml", folder)
    return folder


def raw_records() -> list[dict[str, object]]:
    """The records as another YAML reader sees them."""
    return [yaml.safe_load(path.read_text("utf-8")) for path in sorted(STUDIES.glob("*.yaml"))]


def test_every_record_is_a_study_in_a_graph_of_its_own(store: LocalStore) -> None:
    ids = {str(record["id"]) for record in raw_records()}
    assert len(ids) == 332
    graphs = {
        g.removeprefix(f"{context.BASE}graph/study/")
        for g in store.graphs()
        if "/graph/study/" in g
    }
    assert graphs == ids


def test_the_counts_are_those_of_the_records(store: LocalStore) -> None:
    raw = raw_records()
    for kind, key in (
        ("Arm", "arms"),
        ("Outcome", "outcomes"),
        ("AdverseEventReport", "adverse_events"),
    ):
        expected = sum(len(record.get(key, [])) for record in raw)  # type: ignore[misc, arg-type]
        (row,) = store.query(f"SELECT (COUNT(DISTINCT ?s) AS ?n) {{ ?s a mn:{kind} }}")
        assert int(row["n"].value) == expected, kind


def test_no_blank_node_outside_the_ontology(store: LocalStore) -> None:
    blank = [
        quad
        for quad in store.quads()
        if isinstance(quad.subject, ox.BlankNode) or isinstance(quad.object, ox.BlankNode)
    ]
    assert {str(quad.graph_name) for quad in blank} == {f"<{context.BASE}graph/ontology>"}


def test_the_release_conforms_to_shapes_and_checks(store: LocalStore) -> None:
    assert validate.check_store(store).faults == []


@pytest.mark.parametrize("ending", ["ttl", "nt", "nq", "trig", "rdf", "jsonld", "nq.gz"])
def test_build_writes_each_syntax(ending: str, few: Path, run: Runner) -> None:
    result = run("build", few, "-o", f"out.{ending}")
    assert result.exit_code == 0, result.stderr
    assert result.stdout == ""
    quads = list(read_file(Path(f"out.{ending}")))
    study = ox.NamedNode(context.expand("mn:Study"))
    assert sum(q.object == study and q.predicate.value.endswith("#type") for q in quads) == 3


def test_an_ending_in_capitals_is_the_same_ending(few: Path, run: Runner) -> None:
    for name in ("out.ttl", "OUT.TTL"):
        assert run("build", few, "-o", name).exit_code == 0
    assert Path("OUT.TTL").read_bytes() == Path("out.ttl").read_bytes()


def test_a_build_says_what_the_file_holds(few: Path, run: Runner) -> None:
    said = run("build", few, "-o", "out.nt").stderr
    assert said == f"out.nt: 3 records, {len(Path('out.nt').read_text().splitlines()):,} triples\n"


def test_a_folder_that_stands_is_a_store_whatever_its_name(few: Path, run: Runner) -> None:
    Path("release-0.1").mkdir()
    assert run("build", few, "-o", "release-0.1").exit_code == 0
    assert run("info", "-g", "release-0.1").exit_code == 0


@pytest.mark.parametrize("target", ["no/out.ttl", "no/store", "folder.ttl", "out.docx"])
def test_the_target_is_looked_at_before_the_records(
    target: str, few: Path, run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("folder.ttl").mkdir()
    monkeypatch.setattr(build, "build_graph", lambda *_: pytest.fail("it was built"))
    result = run("build", few, "-o", target)
    assert result.exit_code in (2, 4)
    assert result.stderr.startswith("error: cannot ")


def test_the_order_of_files_changes_nothing(few: Path, tmp_path: Path) -> None:
    files = build.study_files([few])
    written = []
    for order in (files, files[::-1]):
        store, _ = build.build_graph(order)
        export.write_graph(store, tmp_path / "out.trig", "trig")
        written.append((tmp_path / "out.trig").read_bytes())
    assert written[0] == written[1]


def test_running_the_rules_again_adds_nothing(few: Path) -> None:
    store, _ = build.build_graph(build.study_files([few]))
    before = set(store.quads())
    build.derive(store)
    assert set(store.quads()) == before


def test_the_same_bytes_under_any_hash_seed(few: Path, tmp_path: Path) -> None:
    names = ["a.ttl", "a.nt", "a.nq", "a.trig", "a.rdf", "a.jsonld", "a.graphml", "a.gexf"]
    code = (
        "import sys; from mngraph.cli import main\n"
        "main.__globals__['cli'](['build', sys.argv[1], '-o', 'store'], standalone_mode=False)\n"
        f"for name in {names!r}:\n"
        "    main.__globals__['cli'](['export', name, '-g', 'store'], standalone_mode=False)\n"
    )
    digests = set()
    for seed in sampled(("0", "1", "4242"), 2):
        folder = tmp_path / seed
        folder.mkdir()
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run(
            [sys.executable, "-c", code, str(few)],
            cwd=folder,
            env=environment,
            check=True,
            capture_output=True,
        )
        digests.add(
            tuple(hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names)
        )
    assert len(digests) == 1


def test_a_failed_build_leaves_the_old_graph(few: Path, run: Runner) -> None:
    assert run("build", few, "-o", "store").exit_code == 0
    before = sorted((p.name, p.stat().st_mtime_ns) for p in Path("store").iterdir())
    broken = few / "broken.yaml"
    broken.write_text("id: broken\nsesions: 4\n")
    result = run("build", few, "-o", "store")
    assert result.exit_code == 3
    assert sorted((p.name, p.stat().st_mtime_ns) for p in Path("store").iterdir()) == before
    assert not [p for p in Path().iterdir() if p.name.startswith(".")]


def test_a_build_replaces_the_old_graph_at_once(few: Path, run: Runner) -> None:
    assert run("build", few, "-o", "store").exit_code == 0
    (few / f"{FEW[0]}.yaml").unlink()
    assert run("build", few, "-o", "store").exit_code == 0
    counted = run(
        "query", "-e", "SELECT (COUNT(?s) AS ?n) { ?s a mn:Study }", "-g", "store", "-f", "csv"
    )
    assert counted.stdout.split() == ["n", "2"]


def test_graphs_are_read_alike_from_store_file_and_packed_file(few: Path, run: Runner) -> None:
    query = ("query", "-e", "SELECT ?s ?n { ?s mn:participants ?n } ORDER BY ?s", "-f", "csv", "-g")
    answers = []
    for target in ("store", "all.trig", "all.ttl", "all.nq.gz"):
        assert run("build", few, "-o", target).exit_code == 0
        answers.append(run(*query, target).stdout)
    assert len(set(answers)) == 1
    assert "pmid-31469914,41" in answers[0]


def edited(few: Path, old: str, new: str, name: str = FEW[0]) -> Path:
    path = few / f"{name}.yaml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1))
    return path


@pytest.mark.parametrize(
    ("old", "new", "code", "said"),
    [
        (
            "indications: [alopecia-areata]",
            "indications: [alopecia-arreata]",
            3,
            "`alopecia-areata`",
        ),
        ("sessions: 6", "sesions: 6", 3, "unknown key `sesions`"),
        ("second: [B, C]", "second: [B, D]", 3, "`D` is not defined"),
        ("    sessions: 6", "    needle_length_mm: [-1]\n    sessions: 6", 1, "above 0"),
        ("first_events: 3", "first_events: 30", 1, "not above `first_total`"),
        ("participants: 41", "participants: -41", 1, "0 or more"),
        ('pmid: "31469914"', "pmid: '31469914x'", 1, "eight digits"),
    ],
)
def test_a_bad_record_ends_the_build_with_its_line(
    old: str, new: str, code: int, said: str, few: Path, run: Runner
) -> None:
    path = edited(few, old, new)
    result = run("build", few, "-o", "out.ttl")
    assert result.exit_code == code
    assert result.stderr.startswith(f"error: {path}:")
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert not Path("out.ttl").exists()
    number = int(result.stderr.split(":")[2])
    word = new.strip().split(":")[0]
    assert word in path.read_text("utf-8").splitlines()[number - 1]


def test_affected_above_at_risk_does_not_conform(few: Path, run: Runner) -> None:
    path = few / "new-study.yaml"
    path.write_text(
        (few / f"{FEW[0]}.yaml")
        .read_text("utf-8")
        .replace(FEW[0], "new-study")
        .replace('pmid: "31469914"', "")
        .replace("10.1111/ced.14084", "10.1111/other")
        + "adverse_events:\n  - {event: erythema, arm: A, affected: 31, at_risk: 30}\n"
    )
    result = run("validate", path)
    assert result.exit_code == 1
    assert "`affected` is a count" in result.stdout


def test_one_study_in_two_files(few: Path, run: Runner) -> None:
    again = few / "again" / f"{FEW[0]}.yaml"
    again.parent.mkdir()
    shutil.copy(few / again.name, again)
    result = run("build", few, "-o", "out.ttl")
    assert result.exit_code == 3
    assert "is already described by" in result.stderr
    again.rename(few / "another.yaml")
    result = run("validate", few / "another.yaml")
    assert result.exit_code == 1
    assert "another.yaml:1: the id is `pmid-31469914`" in result.stdout
    text = (few / "another.yaml").read_text("utf-8")
    (few / "another.yaml").write_text(text.replace(f"id: {FEW[0]}", "id: another"))
    result = run("build", few, "-o", "out.ttl")
    assert result.exit_code == 1
    assert "31469914" in result.stderr
    assert not Path("out.ttl").exists()


def test_targets_that_cannot_be_written(few: Path, run: Runner) -> None:
    result = run("build", few, "-o", "no/such/folder/out.ttl")
    assert result.exit_code == 4
    assert "does not exist" in result.stderr
    assert list(Path().iterdir()) == [few.relative_to(Path.cwd())]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full (Linux)")
def test_a_full_disk_is_said_in_one_line(few: Path, tmp_path: Path) -> None:
    """A file-size limit makes every write beyond it fail, as a full disk does."""
    code = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))\n"
        "from mngraph.cli import main; main(sys.argv[1:])\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, "build", str(few), "-o", "out.nq", "--no-validate"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 4
    assert result.stderr.startswith("error: ") and len(result.stderr.splitlines()) == 1
    assert not (tmp_path / "out.nq").exists()


@pytest.mark.parametrize(
    ("name", "content", "code", "said"),
    [
        ("bad.ttl", b"@prefix a: <http://a/> .\na:x a:y ,, .\n", 3, "bad.ttl:2:9"),
        (
            "cut.nt.gz",
            gzip.compress(b"<http://a/> <http://a/> <http://a/> .\n" * 999, mtime=0)[:-9],
            3,
            "cut off",
        ),
        ("no.gz", b"not packed", 4, "rename it to end in"),
        ("x.nt.gz", b"not packed", 3, "x.nt.gz"),
        ("x.jsonld", b'{"@id": ', 3, "x.jsonld:1"),
        ("x.rdf", b"<rdf:RDF", 3, "x.rdf"),
    ],
)
def test_rdf_files_that_cannot_be_read(
    name: str, content: bytes, code: int, said: str, run: Runner
) -> None:
    Path(name).write_bytes(content)
    result = run("query", "-e", "ASK {}", "-g", name)
    assert result.exit_code == code
    assert said in result.stderr and len(result.stderr.splitlines()) == 1


def test_a_place_without_a_graph(run: Runner) -> None:
    Path("folder").mkdir()
    assert run("info", "-g", "nowhere").exit_code == 4
    assert run("info", "-g", "folder").exit_code == 4


def described(path: str) -> dict[str, set[str]]:
    """What an N-Quads file says of the datasets in it, by property."""
    quads = list(read_file(Path(path)))
    datasets = {q.subject for q in quads if q.object.value == context.expand("dcat:Dataset")}
    assert len(datasets) == 1
    said: dict[str, set[str]] = {"": {str(each) for each in datasets}}
    for quad in quads:
        if quad.subject in datasets:
            said.setdefault(context.compact(quad.predicate.value), set()).add(quad.object.value)
    return said


def test_a_graph_of_ones_own_does_not_pass_as_the_release(few: Path, run: Runner) -> None:
    assert run("build", few, "-o", "own.nq", "--date", "2020-02-02").exit_code == 0
    said = described("own.nq")
    assert said[""].pop().startswith("<urn:uuid:")
    assert said["dcterms:issued"] == {"2020-02-02"}
    assert not {"owl:versionInfo", "dcterms:license"} & set(said)
    assert said["dcterms:title"] == {"Evidence graph of 3 study records"}
    assert len(said["prov:wasDerivedFrom"]) == 3
    info = run("info", "-g", "own.nq").stdout
    assert "Evidence graph of 3 study records" in info and "2020-02-02" in info
    assert "2026-11-22" not in info.partition("classes")[0]


def test_a_build_names_its_files_by_their_content(few: Path, run: Runner) -> None:
    assert run("build", few, "-o", "own.nq").exit_code == 0
    named = described("own.nq")["prov:wasDerivedFrom"]
    for path in few.glob("*.yaml"):
        digest = base64.urlsafe_b64encode(hashlib.sha256(path.read_bytes()).digest()).decode()
        assert f"ni:///sha-256;{digest.rstrip('=')}" in named


def test_title_and_iri_are_the_makers(few: Path, run: Runner) -> None:
    own = ("--title", "Trials <of> our clinic", "--iri", "https://clinic.example/graph")
    assert run("build", few, "-o", "own.nq", *own).exit_code == 0
    said = described("own.nq")
    assert said[""] == {"<https://clinic.example/graph>"}
    assert said["dcterms:title"] == {"Trials <of> our clinic"}


def test_the_release_is_described_as_the_release_and_no_other_records(tmp_path: Path) -> None:
    files = build.release_files()
    levels = {f"{context.BASE}{name}" for name in ("", "dataset", "dataset/graph")}
    assert {q.subject.value for q in build.describe(files, [])} >= levels
    assert f"{context.BASE}dataset" not in {q.subject.value for q in build.describe(files[1:], [])}


def test_a_given_day_gives_the_same_bytes_anywhere(
    few: Path, run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(few, "elsewhere")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1580601600")
    assert run("build", few, "-o", "one.nq").exit_code == 0
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    assert run("build", "elsewhere", "-o", "other.nq", "--date", "2020-02-02").exit_code == 0
    assert Path("one.nq").read_bytes() == Path("other.nq").read_bytes()


@pytest.mark.parametrize(
    ("given", "seconds", "said"),
    [
        (("--date", "2020-13-02"), "", "is not a date"),
        (("--iri", "no iri"), "", "is not an IRI"),
        (("--iri", "https://w3id.org/mngraph/dataset"), "", "the release"),
        ((), "yesterday", "SOURCE_DATE_EPOCH"),
    ],
)
def test_a_description_that_cannot_be_is_refused(
    given: tuple[str, ...], seconds: str, said: str, few: Path, run: Runner,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("SOURCE_DATE_EPOCH", seconds)
    result = run("build", few, "-o", "own.nq", *given)
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert said in result.stderr and not Path("own.nq").exists()


def test_a_record_that_yields_no_claim_is_named(few: Path, run: Runner) -> None:
    text = (few / f"{FEW[0]}.yaml").read_text("utf-8")
    own = text.replace(FEW[0], "own-study").replace("31469914", "1").replace("ced.14084", "x")
    lines = [line for line in own.splitlines() if "procedure:" not in line]
    Path("own-study.yaml").write_text("\n".join(lines) + "\n", "utf-8")
    for command in (("validate", "own-study.yaml"), ("build", "own-study.yaml", "-o", "own.nq")):
        result = run(*command)
        assert (result.exit_code, result.stdout) == (0, ""), result.output
        assert "warning: own-study.yaml:" in result.stderr
        assert "no arm of it has a `procedure`" in result.stderr


def test_one_bad_record_does_not_hide_the_faults_of_others(few: Path, run: Runner) -> None:
    edited(few, "participants: 41", "participants: -41")
    (few / "bad.yaml").write_text("id: bad\nparticipants: " + "9" * 4300)
    (few / "latin.yaml").write_bytes("id: caf\xe9".encode("latin-1"))
    result = run("validate", few)
    assert result.exit_code == 1
    assert "bad.yaml:2: a number of 4,300 characters" in result.stdout
    assert "latin.yaml:1: not UTF-8" in result.stdout
    assert "`participants` is one whole number, 0 or more" in result.stdout
    assert "3 faults" in result.stderr.replace("4 faults", "")


@pytest.mark.parametrize("content", ["", "<http://a/> <http://a/> 'x' ."])
def test_a_check_of_nothing_is_no_success(content: str, run: Runner) -> None:
    Path("foreign.ttl").write_text(content)
    result = run("validate", "foreign.ttl")
    assert (result.exit_code, result.stdout) == (3, "")
    assert "nothing was checked" in result.stderr


def test_labels_in_another_language_change_no_claim() -> None:
    """Claims are named in English; a German label beside the English one changes none of them."""
    graphs = []
    for german in (False, True):
        store, _ = build.build_graph(build.release_files()[::20])
        if german:
            store.oxigraph.remove_graph(ox.NamedNode(f"{context.BASE}graph/claims"))
            store.oxigraph.update(
                "INSERT { GRAPH ?g { ?c skos:prefLabel ?german } } WHERE { GRAPH ?g { "
                "?c skos:prefLabel ?l } BIND(STRLANG(CONCAT('d', ?l), 'de') AS ?german) }",
                prefixes=context.prefixes(),
            )
            build.derive(store)
        graphs.append(set(store.quads(f"{context.BASE}graph/claims")))
    assert graphs[0] == graphs[1] != set()


def test_a_build_without_a_folder_says_what_it_reads(
    run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = build.release_files()[:2]
    monkeypatch.setattr(build, "release_files", lambda: files)
    told = run("build", "-o", "own.nt").stderr.splitlines()[0]
    assert told == f"reading 2 records of the release, in {files[0].parent}"


def test_the_description_of_one_record_is_in_the_singular() -> None:
    store, _ = build.build_graph(build.release_files()[:1])
    texts = {str(quad.object) for quad in store.quads("https://w3id.org/mngraph/graph/dataset")}
    assert any("1 study record, with the claims that rest on it, " in text for text in texts)
