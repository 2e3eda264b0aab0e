"""Releases: their checksums, their descriptions as other libraries read them, their past."""

from __future__ import annotations

import gzip
import hashlib
import http.client
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import rdflib
from click.testing import CliRunner, Result
from conftest import CHECKOUT
from rdflib.compare import to_isomorphic
from served import Served

from mngraph import build, resources
from mngraph.cli import cli
from mngraph.description import Description
from mngraph.drafts import draft_folder
from mngraph.errors import LocationError, MngraphError, OutputError, UsageError
from mngraph.releasing.changelog import changes
from mngraph.releasing.writing import Wanted, write_release
from mngraph.store import LocalStore, open_store
from mngraph.yamlfile import read_yaml

BASE = "https://example.org/chemical-peels/"
FIRST, SECOND = "2026-11-28", "2026-12-01"
ADDED = "pmid-29226630"
DCAT = rdflib.Namespace("http://www.w3.org/ns/dcat#")
SPDX = rdflib.Namespace("http://spdx.org/rdf/terms#")
VOID = rdflib.Namespace("http://rdfs.org/ns/void#")
PAV = rdflib.Namespace("http://purl.org/pav/")
PLACE = "https://files.example.org/a%20b"
STUDIES = "SELECT (COUNT(*) AS ?n) { ?s a mn:Study }"


def mngraph(*args: str | Path) -> Result:
    """Run a command, on no graph but the one that it names."""
    return CliRunner().invoke(cli, [str(arg) for arg in args], env={"COLUMNS": "120"})


def asked(location: str | Path, sparql: str = STUDIES) -> str:
    """Return the answer to a query, as CSV without its head."""
    found = mngraph("query", "-e", sparql, "-f", "csv", "-g", location)
    assert found.exit_code == 0, found.output
    return found.stdout.split("\n", 1)[1].strip()


def make_pack(folder: Path, *keys: str) -> Path:
    """Make a copy of the example pack with only some of its studies."""
    shutil.copytree(CHECKOUT / "packs" / "chemical-peels", folder)
    for path in (folder / "studies").iterdir():
        if path.stem not in keys:
            path.unlink()
    return folder


@pytest.fixture(scope="module")
def keys() -> list[str]:
    """The keys of three studies of the example pack, without the one that is added later."""
    studies = (CHECKOUT / "packs" / "chemical-peels" / "studies").iterdir()
    return sorted(path.stem for path in studies if path.stem != ADDED)[:3]


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory, keys: list[str]) -> Path:
    """A folder with two releases of a pack, to which one study was added between them."""
    around = tmp_path_factory.mktemp("releases")
    folder = around / "releases"
    for date, held in ((FIRST, keys), (SECOND, [*keys, ADDED])):
        pack = make_pack(around / date, *held)
        made = mngraph("build", pack, "--release", "-o", folder, "--date", date, "--url", PLACE)
        assert made.exit_code == 0, made.output
    return folder


@pytest.fixture(scope="module")
def union(releases: Path) -> rdflib.Graph:
    """The graph of the second release, as rdflib reads it."""
    text = gzip.decompress((releases / SECOND / "graph.ttl.gz").read_bytes()).decode()
    return rdflib.Graph().parse(data=text, format="turtle")


def statements(folder: Path) -> list[tuple[str, ...]]:
    """Return the statements of a release, without their graphs, cut at spaces by hand."""
    lines = gzip.decompress((folder / "graph.nq.gz").read_bytes()).decode().splitlines()
    return sorted({tuple(line.rsplit(" ", 2)[0].split(" ", 2)) for line in lines})


@pytest.fixture(scope="module")
def described(releases: Path) -> rdflib.Graph:
    """The description of the second release, as rdflib reads it."""
    return rdflib.Graph().parse(releases / SECOND / "void.ttl")


def files_of(folder: Path) -> dict[str, bytes]:
    """Return the content of all files in a folder."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


# --- what a release holds --------------------------------------------------------------------


def test_sha256sum_finds_every_file_as_it_was_released(releases: Path) -> None:
    checked = subprocess.run(
        ["sha256sum", "--strict", "-c", "SHA256SUMS"], cwd=releases / SECOND, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout
    assert checked.stdout.count(": OK\n") == len(files_of(releases / SECOND)) - 1


def test_the_same_records_and_date_give_the_same_bytes(
    releases: Path, tmp_path: Path, keys: list[str]
) -> None:
    pack = make_pack(tmp_path / "elsewhere", *keys)
    target = tmp_path / "again"
    made = mngraph("build", pack, "--release", "-o", target, "--date", FIRST, "--url", PLACE)
    assert made.exit_code == 0, made.output
    assert files_of(tmp_path / "again" / FIRST) == files_of(releases / FIRST)
    own = open_store(f"{releases}@{FIRST}")  # a release made of the graph that it holds
    stated = Wanted(date=FIRST, previous="none", url=PLACE)
    assert not write_release(own, releases, stated)[1]


def test_the_graph_is_the_same_in_every_syntax(releases: Path, union: rdflib.Graph) -> None:
    held = statements(releases / SECOND)
    assert len(union) == len(held) > 20_000
    claims = {line[0] for line in held if line[1:] == (f"<{rdflib.RDF.type}>", f"<{mn('Claim')}>")}
    asked_for = asked(releases, "SELECT (COUNT(*) AS ?n) { ?s a mn:Claim }")
    assert int(asked_for) == len(claims) > 0


def mn(name: str) -> str:
    """Return the IRI of a term of the ontology."""
    return f"https://w3id.org/mngraph/ontology#{name}"


# --- its descriptions ------------------------------------------------------------------------


def test_the_description_is_one_graph_in_both_syntaxes(
    releases: Path, described: rdflib.Graph
) -> None:
    other = rdflib.Graph().parse(releases / SECOND / "void.jsonld", format="json-ld")
    assert to_isomorphic(other) == to_isomorphic(described)
    assert not any(isinstance(node, rdflib.BNode) for node in described.all_nodes())


def test_the_description_follows_the_profiles_of_datasets(described: rdflib.Graph) -> None:
    from pyshacl import validate

    shapes = resources.folder("ontology") / "release" / "shapes.ttl"
    conforms, _, report = validate(described, shacl_graph=str(shapes))
    assert conforms, report
    broken = rdflib.Graph() + described
    broken.remove((None, SPDX.checksumValue, None))
    assert not validate(broken, shacl_graph=str(shapes))[0]


def test_sizes_and_checksums_are_those_of_the_files(
    releases: Path, described: rdflib.Graph
) -> None:
    names = []
    for each in described.subjects(rdflib.RDF.type, DCAT.Distribution):
        name = str(each).removeprefix(f"{BASE}release/{SECOND}/")
        content = (releases / SECOND / name).read_bytes()
        assert described.value(each, DCAT.byteSize).toPython() == len(content)
        checksum = described.value(described.value(each, SPDX.checksum), SPDX.checksumValue)
        assert str(checksum) == hashlib.sha256(content).hexdigest()
        names.append(name)
    described_themselves = {
        "void.ttl", "void.jsonld", "README.md", "ro-crate-metadata.json", "SHA256SUMS",
        "changes.json", "CHANGES.md", "CITATION.cff", "redirects.htaccess", "croissant.json",
    }  # fmt: skip
    assert set(names) == set(files_of(releases / SECOND)) - described_themselves


def test_the_statistics_are_those_of_the_graph(
    union: rdflib.Graph, described: rdflib.Graph
) -> None:
    release = rdflib.URIRef(f"{BASE}release/{SECOND}")
    stated = {
        name: described.value(release, VOID[name]).toPython()
        for name in ("triples", "distinctSubjects", "distinctObjects", "properties", "classes")
    }
    assert stated == {
        "triples": len(union),
        "distinctSubjects": len(set(union.subjects())),
        "distinctObjects": len(set(union.objects())),
        "properties": len(set(union.predicates())),
        "classes": len(set(union.objects(None, rdflib.RDF.type))),
    }
    assert str(described.value(release, PAV.previousVersion)) == f"{BASE}release/{FIRST}"


def test_rocrate_reads_every_file(releases: Path) -> None:
    from rocrate.rocrate import ROCrate

    folder = releases / SECOND
    crate = ROCrate(str(folder))
    read = {entity.id for entity in crate.data_entities if "File" in entity.type}
    assert read == set(files_of(folder)) - {"ro-crate-metadata.json", "SHA256SUMS"}
    for name in read:
        entity = crate.get(name)
        assert int(entity["contentSize"]) == (folder / name).stat().st_size
    assert crate.datePublished.date().isoformat() == SECOND
    assert crate.license.id == "https://creativecommons.org/publicdomain/zero/1.0/"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_mlcroissant_reads_the_tables(releases: Path) -> None:
    folder = releases / SECOND
    import mlcroissant

    dataset = mlcroissant.Dataset(jsonld=str(folder / "croissant.json"))
    assert not dataset.metadata.ctx.issues.errors
    assert not dataset.metadata.ctx.issues.warnings
    read = {each.uuid: list(dataset.records(each.uuid)) for each in dataset.metadata.record_sets}
    rows = {name: len(found) for name, found in read.items()}
    assert rows["studies"] == int(asked(releases)) == 4
    for name, kind in (("arms", "Arm"), ("outcomes", "Outcome")):
        assert rows[name] == int(asked(releases, STUDIES.replace("Study", kind)))
    pmids = asked(releases, "SELECT ?pmid { ?s a mn:Study; mn:reportedIn/bibo:pmid ?pmid }")
    found = [row["studies/pmid"] for row in read["studies"] if row["studies/pmid"]]
    assert sorted(map(str, found)) == sorted(pmids.split())
    fields = {field.uuid: field for each in dataset.metadata.record_sets for field in each.fields}
    assert fields["studies/year"].description == "year of publication"


def test_it_can_be_cited(releases: Path) -> None:
    cited, _ = read_yaml(releases / SECOND / "CITATION.cff")
    assert cited["cff-version"] == "1.2.0"
    assert cited["type"] == "dataset"
    assert cited["title"] == "The evidence on chemical peels, as an example"
    assert cited["date-released"] == cited["version"] == SECOND
    assert cited["authors"] and all(author["name"] for author in cited["authors"])


def test_texts_of_a_pack_break_no_description(tmp_path: Path, keys: list[str]) -> None:
    title = 'A "b" | [c](http://x.org) <script> {{ d }} `e` \\ é'
    pack = make_pack(tmp_path / "pack", keys[0])
    stated = (pack / "pack.yaml").read_text("utf-8")
    line = next(line for line in stated.splitlines() if line.startswith("title:"))
    (pack / "pack.yaml").write_text(
        stated.replace(line, "title: " + json.dumps(title)), encoding="utf-8"
    )
    store, sources = build.build_graph(build.study_files([pack]))
    assert not sources.problems
    write_release(store, tmp_path / "releases", Wanted(date=FIRST))
    folder = tmp_path / "releases" / FIRST
    read = rdflib.Graph().parse(folder / "void.ttl")
    assert rdflib.Literal(title, lang="en") in set(read.objects(None, rdflib.DCTERMS.title))
    assert read_yaml(folder / "CITATION.cff")[0]["title"] == title
    text = (folder / "README.md").read_text("utf-8")
    assert text.startswith('# A "b" \\| [c\\](http://x.org) \\<script> {{ d }} \\`e\\` ')


def test_what_a_graph_cannot_give_is_left_out_and_named(releases: Path, tmp_path: Path) -> None:
    """A graph without studies has no claims to be put into the formats of claims."""
    about = [
        quad
        for quad in open_store(releases).quads()
        if quad.graph_name.value.endswith("/graph/dataset")
    ]
    made, is_new = write_release(LocalStore.memory(about), tmp_path, Wanted(date=FIRST))
    assert is_new
    assert "nanopubs.trig.gz" in dict(made.left_out)
    text = (tmp_path / FIRST / "README.md").read_text("utf-8")
    for name, _ in made.left_out:
        assert f"- {name}: " in text
        assert not (tmp_path / FIRST / name).exists()
    assert (tmp_path / FIRST / "graph.nq.gz").exists()


# --- its past --------------------------------------------------------------------------------


def test_each_release_answers_as_it_did(releases: Path) -> None:
    assert asked(f"{releases}@{FIRST}") == "3"
    assert asked(f"{releases}@{SECOND}") == asked(f"{releases}@latest") == asked(releases) == "4"
    assert asked(releases / FIRST) == "3"
    about = mngraph("info", "-f", "json", "-g", f"{releases}@{FIRST}")
    assert json.loads(about.stdout)["about"]["releases"] == f"{FIRST}, {SECOND}"


def test_a_release_can_stand_where_a_store_can(releases: Path) -> None:
    assert mngraph("validate", f"{releases}@{FIRST}").exit_code == 0
    with Served("-g", f"{releases}@{FIRST}") as served:
        assert asked(f"{served.url}/sparql") == "3"


def test_an_unknown_release_is_named_with_those_that_are_there(releases: Path) -> None:
    found = mngraph("info", "-g", f"{releases}@2026-11-27")
    assert found.exit_code == 4
    assert f"there is no release 2026-11-27 in {releases}; did you mean" in found.stderr
    assert f"{releases}@{FIRST}" in found.stderr and SECOND in found.stderr
    assert mngraph("info", "-g", f"{releases}-none@latest").exit_code == 4


@pytest.mark.parametrize("damage", ["graph", "sums", "line"])
def test_a_changed_release_is_refused(releases: Path, tmp_path: Path, damage: str) -> None:
    folder = tmp_path / FIRST
    shutil.copytree(releases / FIRST, folder)
    sums = (folder / "SHA256SUMS").read_text()
    if damage == "graph":
        shutil.copy(releases / SECOND / "graph.nq.gz", folder)
    else:
        other = sums.replace("graph.nq.gz", "g") if damage == "line" else f"0{sums[1:]}"
        (folder / "SHA256SUMS").write_text(other)
    found = mngraph("info", "-g", f"{tmp_path}@{FIRST}")
    assert found.exit_code == 4
    assert "graph.nq.gz" in found.stderr and "get the release again" in found.stderr


def test_the_changes_are_the_claims_of_the_study_that_was_added(releases: Path) -> None:
    """Found again as the difference of two sets of claims and their lines, by their text."""
    old, new = (statements(releases / date) for date in (FIRST, SECOND))
    kind = (f"<{rdflib.RDF.type}>", f"<{mn('Claim')}>")
    before, now = ({line[0][1:-1] for line in held if line[1:] == kind} for held in (old, new))
    more = set(new) - set(old)
    changed = {line[0][1:-1] for line in more if line[1] == f"<{mn('hasEvidenceLine')}>"} & before
    found = json.loads((releases / SECOND / "changes.json").read_text("utf-8"))
    by_kind: dict[str, set[str]] = {"added": set(), "removed": set(), "changed": set()}
    for each in found["claims"]:
        by_kind[each["kind"]].add(each["iri"])
        assert f"{BASE}study/{ADDED}" in each["studies"]
    assert by_kind["added"] == now - before != set()
    assert by_kind["removed"] == before - now == set()
    assert by_kind["changed"] >= changed
    assert [each["iri"] for each in found["records"]] == [f"{BASE}study/{ADDED}"]
    text = (releases / SECOND / "CHANGES.md").read_text("utf-8")
    assert f"| claims | {len(now - before)} | 0 | {len(by_kind['changed'])} | 0 |" in text
    assert found["previous"] == f"{BASE}release/{FIRST}"
    assert json.loads((releases / FIRST / "changes.json").read_text("utf-8"))["previous"] is None


def test_diff_compares_two_releases(releases: Path) -> None:
    found = mngraph("diff", f"{releases}@{FIRST}", f"{releases}@{SECOND}", "-f", "json")
    told = json.loads((releases / SECOND / "changes.json").read_text("utf-8"))
    assert found.exit_code == 1
    assert json.loads(found.stdout)["claims"] == told["claims"]
    assert mngraph("diff", f"{releases}@latest", releases).exit_code == 0


# --- releases that cannot be made ------------------------------------------------------------


def test_a_release_never_changes(releases: Path) -> None:
    before = files_of(releases)
    with pytest.raises(OutputError, match="a release never changes"):
        write_release(open_store(f"{releases}@{FIRST}"), releases, Wanted(date=SECOND))
    with pytest.raises(OutputError, match=f"the newer release {SECOND}"):
        changes(LocalStore.memory([]), releases, "2026-11-30")
    assert files_of(releases) == before


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--release", "--date", "yesterday"], "is not a date"),
        (["--release", "--no-validate"], "leave out --no-validate"),
        (["--release", "--url", "nowhere"], "is no address"),
        (["--previous", "none"], "--previous goes with --release"),
    ],
)
def test_options_that_do_not_fit_are_named(options: list[str], said: str, tmp_path: Path) -> None:
    pack = CHECKOUT / "packs" / "chemical-peels"
    found = mngraph("build", pack, "-o", tmp_path / "releases", *options)
    assert (found.exit_code, (tmp_path / "releases").exists()) == (2, False)
    assert said in found.stderr


def test_a_previous_release_has_to_be_there(releases: Path) -> None:
    store = open_store(releases)
    for previous in ("no-such-folder", f"{releases}@2026-01-01"):
        with pytest.raises(LocationError, match=r"no graph at|no release 2026-01-01"):
            changes(store, releases, "2026-12-02", previous)


def test_records_of_no_pack_need_an_address(tmp_path: Path) -> None:
    records = build.release_files()[:1]
    nameless, _ = build.build_graph(records)
    with pytest.raises(UsageError, match="--iri"):
        write_release(nameless, tmp_path / "releases", Wanted(date=FIRST))
    own, _ = build.build_graph(records, None, Description(iri="https://example.org/mine"))
    write_release(own, tmp_path / "releases", Wanted(date=FIRST))
    description = rdflib.Graph().parse(tmp_path / "releases" / FIRST / "void.ttl")
    release = rdflib.URIRef(f"https://example.org/mine/release/{FIRST}")
    assert (release, rdflib.RDF.type, DCAT.Dataset) in description


def test_one_of_two_at_a_time_is_refused(releases: Path, tmp_path: Path) -> None:
    store = open_store(releases)
    said = rf"another process \({os.getpid()}\) is writing it"
    with (
        draft_folder(tmp_path / FIRST, alone=True),
        pytest.raises(OutputError, match=said),
    ):
        write_release(store, tmp_path, Wanted(date=FIRST))
    assert write_release(store, tmp_path, Wanted(date=FIRST))[1]


WRITE = """
import sys
from pathlib import Path
from mngraph.releasing.writing import Wanted, write_release
from mngraph.store import open_store
write_release(open_store(sys.argv[1]), Path(sys.argv[1]), Wanted(date=sys.argv[2]))
"""


def test_a_killed_release_leaves_the_others_as_they_were(releases: Path, tmp_path: Path) -> None:
    folder, third = tmp_path / "releases", "2026-12-02"
    shutil.copytree(releases, folder)
    running = subprocess.Popen([sys.executable, "-c", WRITE, folder, third])
    for _ in range(3000):
        if any(folder.glob(f".{third}*/{third}/*")):
            break
        time.sleep(0.005)
    running.send_signal(signal.SIGKILL)
    running.wait()
    assert any(folder.glob(f".{third}*"))
    assert asked(f"{folder}@latest") == "4"
    there = {name: data for name, data in files_of(folder).items() if not name.startswith(".")}
    assert there == files_of(releases)
    write_release(open_store(folder), folder, Wanted(date=third))
    assert sorted(path.name for path in folder.iterdir()) == [FIRST, SECOND, third]


def test_a_full_disk_is_an_error_and_leaves_nothing(releases: Path, tmp_path: Path) -> None:
    """The system refuses large files, as it refuses any when a disk is full."""
    store, folder = open_store(releases), tmp_path / "releases"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(MngraphError, match=f"cannot write {folder / FIRST}"):
            write_release(store, folder, Wanted(date=FIRST))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(folder.iterdir()) == []


# --- redirects -------------------------------------------------------------------------------

APACHE = Path("/usr/sbin/apache2")
CONFIGURATION = """
ServerRoot {root}
ServerName localhost
Listen 127.0.0.1:{port}
PidFile {root}/pid
ErrorLog {root}/log
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule rewrite_module {modules}/mod_rewrite.so
User {user}
DocumentRoot {root}/site
<Directory {root}/site>
AllowOverride All
Require all granted
</Directory>
"""


@pytest.fixture(scope="module")
def apache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """An Apache server on this machine: its port, and the folder that it serves as `/peels`."""
    modules = Path("/usr/lib/apache2/modules")
    if not APACHE.exists() or not (modules / "mod_rewrite.so").exists():
        pytest.skip(f"Apache is not at {APACHE}")
    root = tmp_path_factory.mktemp("apache")
    (root / "site" / "peels").mkdir(parents=True)
    for folder in (root, *root.parents[:2]):
        folder.chmod(0o755)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    user = "www-data" if os.getuid() == 0 else f"#{os.getuid()}"
    text = CONFIGURATION.format(root=root, port=port, modules=modules, user=user)
    (root / "conf").write_text(text)
    running = subprocess.Popen([APACHE, "-f", root / "conf", "-D", "FOREGROUND"])
    for _ in range(500):
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.01)
    yield port, root / "site" / "peels"
    running.terminate()
    running.wait()


def test_apache_redirects_as_the_release_says(apache: tuple[int, Path], releases: Path) -> None:
    port, site = apache
    shutil.copy(releases / FIRST / "redirects.htaccess", site / ".htaccess")

    def asked_for(path: str, accept: str = "*/*") -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", f"/peels/{path}", headers={"Accept": accept})
        answer = connection.getresponse()
        connection.close()
        return answer.status, answer.headers.get("Location", "")

    release = f"{BASE}release/{FIRST}"
    assert asked_for("release/latest") == (302, release)
    assert asked_for("release/latest/void.ttl") == (302, f"{release}/void.ttl")
    described = f"release/{FIRST}"
    assert asked_for(described) == (303, f"{PLACE}/{FIRST}/README.md")
    assert asked_for(described, "text/turtle") == (303, f"{PLACE}/{FIRST}/void.ttl")
    assert asked_for(described, "application/ld+json") == (303, f"{PLACE}/{FIRST}/void.jsonld")
    assert asked_for(f"{described}/kgx/nodes.tsv") == (302, f"{PLACE}/{FIRST}/kgx/nodes.tsv")
    assert asked_for("release/2026-01-01")[0] == asked_for(f"{described}/a%0d%0aX:b")[0] == 404


# --- the release of the whole graph ----------------------------------------------------------


@pytest.mark.skipif(not os.environ.get("MNGRAPH_EVERY"), reason="MNGRAPH_EVERY is not set")
def test_the_whole_graph_is_released(tmp_path: Path, graph: Any) -> None:
    made = mngraph("build", "--release", "-o", tmp_path / "releases")
    assert made.exit_code == 0, made.output
    assert asked(tmp_path / "releases") == str(graph.query(STUDIES)["n"][0])
