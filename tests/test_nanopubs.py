"""Nanopublications, read back by the library of their community and counted against the graph."""

from __future__ import annotations

import socket
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from conftest import Runner, sampled
from served import Served

from mngraph import build
from mngraph.errors import NoStudiesError, UnrepresentableError, UsageError
from mngraph.faces import parts
from mngraph.faces.nanopubs import Nanopublications
from mngraph.store import LocalStore, Store, open_store

pytest.importorskip("nanopub", reason="the library nanopub is not installed")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

PACK = Path(__file__).parents[1] / "packs" / "chemical-peels"
NETWORK = "https://w3id.org/np/"
ORCID = "0000-0002-1825-0097"
INTRODUCES = ox.NamedNode("http://purl.org/nanopub/x/introduces")
STUDY = "https://w3id.org/mngraph/study/pmid-31469914"
NUMERIC = {f"http://www.w3.org/2001/XMLSchema#{name}" for name in ("integer", "decimal", "double")}

Quads = list[ox.Quad]


def written(store: Store, *only: str, **options: Any) -> bytes:
    [(name, content)] = parts(store, "nanopub", only, **options)
    assert name == "nanopublications.trig"
    return content


def read(content: bytes) -> dict[str, Quads]:
    """Return the quads of each nanopublication, by the claim or study that it introduces."""
    held: defaultdict[str, Quads] = defaultdict(list)
    names: dict[str, str] = {}
    for quad in ox.parse(content, format=ox.RdfFormat.TRIG):
        iri = quad.graph_name.value.partition("#")[0]
        held[iri].append(quad)
        if quad.predicate == INTRODUCES:
            names[iri] = quad.object.value
    assert sorted(names) == sorted(held)
    return {names[iri]: quads for iri, quads in held.items()}


def by_library(written: Quads | str) -> Any:
    """Return a nanopublication as the library `nanopub` reads it from a file."""
    from nanopub import Nanopub

    if not isinstance(written, str):
        written = (ox.serialize(written, format=ox.RdfFormat.TRIG) or b"").decode()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "one.trig"
        path.write_text(written, "utf-8", newline="")
        return Nanopub(rdf=path)


def check(quads: Quads) -> Any:
    """Fail unless the library finds a nanopublication valid, with the hash that its IRI has.

    What it writes when it publishes has to be valid as well.
    """
    found = by_library(quads)
    assert found.is_valid and found.has_valid_trusty
    sent = by_library(found.rdf.serialize(format="trig"))
    assert sent.is_valid and sent.has_valid_trusty
    return found


def check_signature(quads: Quads) -> None:
    """Verify a signature on the text that the library makes of all other statements.

    The library's own `has_valid_signature` is true of any signature: it lets an answer of no pass.
    """
    from base64 import b64decode

    from Crypto.Hash import SHA256
    from Crypto.PublicKey import RSA
    from Crypto.Signature import pkcs1_15
    from nanopub.trustyuri.rdf import RdfHasher, RdfUtils

    signed = by_library(quads)
    namespace, signature = str(signed.metadata.namespace), str(signed.metadata.signature)
    others = [quad for quad in RdfUtils.get_quads(signed.rdf) if str(quad[3]) != signature]
    text = RdfHasher.normalize_quads(others, baseuri=namespace, hashstr=" ")
    key = RSA.import_key(b64decode(str(signed.metadata.public_key)))
    pkcs1_15.new(key).verify(SHA256.new(text.encode()), b64decode(signature))


@pytest.fixture(scope="module")
def content(store: LocalStore) -> bytes:
    return written(store)


@pytest.fixture(scope="module")
def nanopubs(content: bytes) -> dict[str, Quads]:
    return read(content)


@pytest.fixture(scope="module")
def few(small: Path) -> Store:
    return open_store(small)


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key that is made here, used here, and nowhere else."""
    from Crypto.PublicKey import RSA

    path = tmp_path_factory.mktemp("key") / "id.pem"
    path.write_bytes(RSA.generate(2048).export_key("PEM", pkcs=8))
    return path


def assertions(nanopubs: dict[str, Quads]) -> list[ox.Triple]:
    """The statements of all assertions, each once."""
    return list({q.triple for qs in nanopubs.values() for q in qs
                 if q.graph_name.value.endswith("#assertion")})  # fmt: skip


def numbers(quads: Quads) -> int:
    return sum(isinstance(q.object, ox.Literal) and q.object.datatype.value in NUMERIC
               for q in quads if q.graph_name.value.endswith("#assertion"))  # fmt: skip


def count(store: Store, pattern: str) -> int:
    [row] = store.select(f"SELECT (COUNT(*) AS ?n) {{ SELECT DISTINCT * {{ {pattern} }} }}")
    return int(row["n"].value)


def test_each_claim_and_study_is_there_with_all_that_it_has(
    nanopubs: dict[str, Quads], store: LocalStore
) -> None:
    assert len(nanopubs) == count(store, "?s a mn:Claim") + count(store, "?s a mn:Study")
    held = assertions(nanopubs)
    kinds = Counter(t.object.value.partition("#")[2] for t in held
                    if t.predicate.value.endswith("#type"))  # fmt: skip
    for kind in ("Claim", "TreatmentClaim", "SafetyClaim", "Study", "Arm", "Outcome", "Synthesis",
                 "AdverseEventReport", "EvidenceLine", "EffectEstimate"):  # fmt: skip
        assert kinds[kind] == count(store, f"?s a mn:{kind}") > 0, kind
    [row] = store.select(
        "SELECT (COUNT(*) AS ?n) { SELECT DISTINCT ?s ?p ?o { VALUES ?kind { mn:Claim mn:Synthesis "
        "mn:EvidenceLine mn:Study mn:Arm mn:Outcome mn:EffectEstimate mn:AdverseEventReport } "
        "?s a ?kind ; ?p ?o FILTER(isNumeric(?o)) } }"
    )
    in_graph = int(row["n"].value)
    in_file = [t for t in held if isinstance(t.object, ox.Literal)
               and t.object.datatype.value in NUMERIC]  # fmt: skip
    assert len(in_file) == in_graph > 20_000


def test_the_library_finds_them_valid_and_counts_the_same_numbers(
    nanopubs: dict[str, Quads], store: LocalStore
) -> None:
    import rdflib
    from nanopub.definitions import MAX_TRIPLES_PER_NANOPUB

    assert max(map(len, nanopubs.values())) <= MAX_TRIPLES_PER_NANOPUB
    own = {row["s"].value: int(row["n"].value) for row in store.select(
        "SELECT ?s (COUNT(*) AS ?n) { "
        "{ SELECT DISTINCT ?s ?node { { ?s a mn:Claim } UNION { ?s a mn:Study } "
        "?s (mn:hasEvidenceLine|mn:hasSynthesis|mn:hasArm|mn:hasOutcome|mn:hasAdverseEventReport)?"
        "/mn:hasEstimate? ?node } } ?node ?p ?o FILTER(isNumeric(?o)) } GROUP BY ?s")}  # fmt: skip
    for thing, quads in sampled(sorted(nanopubs.items()), 40):
        found = check(quads)
        values = [o for o in found.assertion.objects() if isinstance(o, rdflib.Literal)]
        listed = [t for t in found.assertion if isinstance(t[2], rdflib.Literal)]
        assert len(values) > 0
        assert sum(str(t[2].datatype) in NUMERIC for t in listed) == own.get(thing, 0), thing


def test_a_claim_names_the_nanopublications_of_its_studies(
    nanopubs: dict[str, Quads], store: LocalStore
) -> None:
    own = {quads[0].graph_name.value.partition("#")[0]: thing for thing, quads in nanopubs.items()}
    expected: defaultdict[str, set[str]] = defaultdict(set)
    for path in ("mn:studiedIn", "mn:hasEvidenceLine/mn:study"):
        for row in store.select(f"SELECT ?claim ?study {{ ?claim {path} ?study }}"):
            expected[row["claim"].value].add(row["study"].value)
    narrow = store.select("SELECT ?claim ?narrow { ?claim mn:inheritedFrom ?narrow }")
    own_only = {claim: set(studies) for claim, studies in expected.items()}
    for row in narrow:
        expected[row["claim"].value] |= own_only.get(row["narrow"].value, set())
    assert len(expected) > 1000
    for thing, quads in nanopubs.items():
        if "/claim/" in thing:
            named = {q.object.value for q in quads if q.predicate.value.endswith("#wasDerivedFrom")
                     and q.graph_name.value.endswith("#provenance")}  # fmt: skip
            assert {own[iri] for iri in named} == expected[thing], thing


def test_one_changed_character_is_noticed(content: bytes) -> None:
    from nanopub.utils import MalformedNanopubError

    whole = read(content)[STUDY]
    text = ox.serialize(whole, format=ox.RdfFormat.N_QUADS).decode()
    assert text.count('"41"') == 1
    changed = list(ox.parse(text.replace('"41"', '"47"'), format=ox.RdfFormat.N_QUADS))
    check(whole)
    with pytest.raises(MalformedNanopubError, match="not valid"):
        check(changed)


def test_nothing_says_that_a_treatment_works(nanopubs: dict[str, Quads]) -> None:
    claims = {thing: quads for thing, quads in nanopubs.items() if "/claim/" in thing}
    for thing, quads in claims.items():
        said = [q.object.value for q in quads if q.predicate.value.endswith("#comment")]
        assert ["not that a treatment works" in text for text in said] == [True], thing
        assert not any("treats" in quad.predicate.value for quad in quads)


def test_the_command_writes_one_and_it_is_the_one_of_the_whole_file(
    run: Runner, nanopubs: dict[str, Quads]
) -> None:
    assert run("export", "one.trig", "-f", "nanopub", "--only", "PMID 31469914").exit_code == 0
    assert read(Path("one.trig").read_bytes()) == {STUDY: nanopubs[STUDY]}
    assert run("load", "one.trig", "-o", "x").exit_code == 0
    asked = run(
        "query", "-g", "x", "-f", "csv", "-e", "SELECT ?n { ?s a mn:Study ; mn:participants ?n }"
    )
    assert asked.stdout.split() == ["n", "41"]


def test_a_store_of_them_answers_with_the_claims(few: Store, run: Runner) -> None:
    Path("few.trig").write_bytes(written(few))
    loaded = open_store("few.trig")
    for pattern in (
        "?s a mn:Claim ; mn:studyCount ?n",
        "?s mn:hasEvidenceLine ?l . ?l mn:stance ?n",
    ):
        assert count(loaded, pattern) == count(few, pattern) > 0


def test_a_file_and_an_endpoint_give_the_same_bytes(
    few: Store, small: Path, tmp_path: Path
) -> None:
    from mngraph.graph import Graph

    Graph(few).export(tmp_path / "few.nq")
    expected = written(few)
    assert written(open_store(tmp_path / "few.nq")) == expected
    with Served("-g", small) as server:
        assert written(open_store(f"{server.url}/sparql")) == expected


def test_another_release_of_the_same_facts_has_the_same_bytes(few: Store) -> None:
    changed = {"http://purl.org/dc/terms/issued", "http://www.w3.org/2002/07/owl#versionInfo"}
    pack, day = "https://w3id.org/mngraph/pack", ox.Literal("2030-01-01")
    later = [
        ox.Quad(q.subject, q.predicate, day, q.graph_name)
        if q.predicate.value in changed and q.subject == ox.NamedNode(pack)
        else q
        for q in few.quads()
    ]
    assert sum(quad.object == day for quad in later) == len(changed)
    assert written(LocalStore.memory(later)) == written(few)


def test_another_pack_has_its_own_license_and_names() -> None:
    peels, sources = build.build_graph(build.study_files([PACK]))
    assert sources.problems == []
    found = read(written(peels))
    thing = "https://example.org/chemical-peels/study/pmid-30548170"
    check(found[thing])
    info = [q for q in found[thing] if q.graph_name.value.endswith("#pubinfo")]
    said = {q.predicate.value.rpartition("/")[2]: getattr(q.object, "value", "") for q in info}
    assert said["license"] == "https://creativecommons.org/publicdomain/zero/1.0/"
    assert said["created"] == "2026-11-22T00:00:00Z"  # when its record was made
    assert said["source"] == "https://example.org/chemical-peels/pack"


def test_signed_ones_are_valid_and_the_signature_is_of_the_key(few: Store, key: Path) -> None:
    signed = written(few, key=key, orcid=ORCID)
    assert signed == written(few, key=key, orcid=ORCID)
    found = read(signed)
    for quads in sampled(found.values(), 10):
        check(quads)
        check_signature(quads)
    quads = next(iter(found.values()))
    who = {q.predicate.value.rpartition("/")[2] for q in quads
           if getattr(q.object, "value", "") == f"https://orcid.org/{ORCID}"}  # fmt: skip
    assert who == {"creator", "signedBy"}
    forged = [ox.Quad(q.subject, q.predicate, ox.Literal("another"), q.graph_name)
              if q.predicate.value.endswith("#label") else q for q in quads]  # fmt: skip
    with pytest.raises(ValueError, match=r"signature|not valid"):
        check_signature(forged)


def test_the_key_that_the_library_keeps_signs_as_well(
    few: Store, key: Path, tmp_path: Path
) -> None:
    from nanopub.profile import format_key

    kept = tmp_path / "id_rsa"
    kept.write_text(format_key(key.read_text()), "utf-8")
    assert written(few, key=kept) == written(few, key=key)


def test_signing_sends_nothing(few: Store, key: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    assert b"hasSignature" in written(few, key=key)


def test_what_is_wrong_with_a_key_is_said(
    key: Path, small: Path, run: Runner, tmp_path: Path
) -> None:
    from Crypto.PublicKey import ECC, RSA

    run.environment["MNGRAPH_GRAPH"] = str(small)
    one = RSA.import_key(key.read_bytes())
    made = {
        "locked.pem": one.export_key("PEM", passphrase="x"),  # noqa: S106
        "locked8.pem": one.export_key("PEM", pkcs=8, passphrase="x",  # noqa: S106
                                      protection="PBKDF2WithHMAC-SHA1AndAES128-CBC"),
        "public.pem": one.public_key().export_key("PEM"),
        "curve.pem": ECC.generate(curve="p256").export_key(format="PEM").encode(),
        "nonsense.pem": b"\xff\x00 nonsense",
        "large.pem": b"A" * 100_000,
    }  # fmt: skip
    for name, data in made.items():
        (tmp_path / name).write_bytes(data)
    for name, code, said in (
        ("locked.pem", 2, "has a passphrase"), ("locked8.pem", 2, "has a passphrase"),
        ("public.pem", 2, "holds a public key"), ("curve.pem", 2, "holds no RSA key"),
        ("nonsense.pem", 2, "holds no RSA key"), ("large.pem", 2, "too large"),
        ("missing.pem", 4, "openssl genrsa"), (".", 4, "cannot read the key"),
    ):  # fmt: skip
        refused = run("export", "x.trig", "-f", "nanopub", "--key", name)
        assert (refused.exit_code, said in refused.stderr) == (code, True), (name, refused.stderr)
        assert refused.stderr.count("\n") == 1 and "PRIVATE" not in refused.stderr
    assert not Path("x.trig").exists()


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("x.ttl", "--key", "k"), "key goes with nanopub, not with ttl"),
        (("x.bib", "--orcid", ORCID), "orcid goes with nanopub, not with bibtex"),
        (("x.trig", "-f", "nanopub", "--orcid", "0000-0002-1825-0098"), "check digit"),
        (("x.trig", "-f", "nanopub", "--orcid", "me"), "is no ORCID iD"),
    ],
)
def test_options_that_do_not_fit_are_refused(args: tuple[str, ...], said: str, run: Runner) -> None:
    refused = run("export", *args)
    assert refused.exit_code == 2 and said in refused.stderr


def test_the_environment_signs_nanopublications_and_hinders_nothing_else(
    run: Runner, key: Path, small: Path
) -> None:
    run.environment |= {"MNGRAPH_NANOPUB_KEY": str(key), "MNGRAPH_ORCID": ORCID,
                        "MNGRAPH_GRAPH": str(small)}  # fmt: skip
    assert run("export", "x.nt").exit_code == 0
    assert run("export", "x.trig", "-f", "nanopub").exit_code == 0
    assert b"hasSignature" in Path("x.trig").read_bytes()


def test_without_the_extra_only_signing_is_refused(
    run: Runner, key: Path, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "Crypto.PublicKey", None)
    run.environment["MNGRAPH_GRAPH"] = str(small)
    assert run("export", "x.trig", "-f", "nanopub").exit_code == 0
    refused = run("export", "y.trig", "-f", "nanopub", "--key", key)
    assert refused.exit_code == 2 and "pip install 'mngraph[nanopub]'" in refused.stderr


def test_graphs_without_claims_and_names_of_others_are_refused(few: Store) -> None:
    with pytest.raises(NoStudiesError, match="no claims and studies"):
        written(LocalStore.memory([]))
    with pytest.raises(UsageError, match="claim:nobody is neither"):
        written(few, "https://w3id.org/mngraph/claim/nobody")


HOSTILE = (
    'a "b" \\n \\ \n@prefix x: <y> .\r\t<script>alert(1)</script> \u202e \U0001d6fc é e\u0301 \x07'
)


def hostile(term: object) -> LocalStore:
    """A graph of one study, without its pack, whose label and note are a given term."""
    study, label = (
        ox.NamedNode("http://a.org/s'(1)/ü%20"),
        "http://www.w3.org/2000/01/rdf-schema#label",
    )
    kind = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
    reported = ox.NamedNode("https://w3id.org/mngraph/ontology#reportedIn")
    quads = [
        ox.Quad(study, kind, ox.NamedNode("https://w3id.org/mngraph/ontology#Study")),
        ox.Quad(study, reported, ox.NamedNode("http://a.org/p")),
        ox.Quad(study, ox.NamedNode(label), term),
    ]
    return LocalStore.memory(quads)


def test_hostile_labels_stay_what_they_are() -> None:
    for term in (ox.Literal(HOSTILE), ox.Literal(HOSTILE, language="en-GB"),
                 ox.Literal(HOSTILE, datatype=ox.NamedNode("http://a.org/d"))):  # fmt: skip
        [(thing, quads)] = read(written(hostile(term))).items()
        assert thing == "http://a.org/s'(1)/ü%20"
        assert term in [quad.object for quad in quads]
        check(quads)


def test_a_blank_node_is_refused_since_nobody_can_cite_it() -> None:
    with pytest.raises(UnrepresentableError, match="give it an IRI"):
        written(hostile(ox.BlankNode("x")))


def test_an_iri_that_stands_for_a_draft_is_refused() -> None:
    draft = "http://purl.org/nanopub/temp/"
    for name in ("elsewhere", "http%3A%2F%2Fa.org%2Ft"):
        store = hostile(ox.NamedNode(draft + name))
        study, back = (
            ox.NamedNode("http://a.org/t"),
            "http%3A%2F%2Fa.org%2Fs%27%281%29%2F%C3%BC%2520",
        )
        kind = next(q for q in store.quads() if q.predicate.value.endswith("#type"))
        store.oxigraph.add(ox.Quad(study, kind.predicate, kind.object))
        store.oxigraph.add(
            ox.Quad(study, ox.NamedNode("http://a.org/x"), ox.NamedNode(draft + back))
        )
        with pytest.raises(UnrepresentableError, match="give it another one"):
            written(store)


def test_a_study_or_claim_of_which_little_is_known_is_valid_all_the_same() -> None:
    kind = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
    for name in ("Study", "Claim"):
        bare = ox.Quad(ox.NamedNode("http://a.org/s"), kind,
                       ox.NamedNode(f"https://w3id.org/mngraph/ontology#{name}"))  # fmt: skip
        [quads] = read(written(LocalStore.memory([bare]))).values()
        check(quads)


def test_iris_are_those_of_the_network_and_stay_the_same(few: Store) -> None:
    made = Nanopublications(few)
    first = [q.graph_name.value for qs in read(written(few)).values() for q in qs]
    assert all(iri.startswith(f"{NETWORK}RA") and iri.count("#") == 1 for iri in first)
    assert len({iri.partition("#")[0] for iri in first}) == len(made.things)
