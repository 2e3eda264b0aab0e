"""The pages of a served graph, asked over HTTP: what they say, negotiate, and never run."""

from __future__ import annotations

import csv
import io
import json
import re
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urldefrag, urljoin, urlsplit

import pytest
import rdflib
from conftest import CHECKOUT, Runner
from rdflib.compare import isomorphic
from rdflib.namespace import RDF

import mngraph
from mngraph import build, contexts, export
from mngraph.store import LocalStore, Store, open_store

pytest.importorskip("starlette", reason="starlette is not installed")
pytest.importorskip("uvicorn", reason="uvicorn is not installed")
httpx = pytest.importorskip("httpx", reason="httpx is not installed")

BASE = "https://w3id.org/mngraph/"
CLAIM = "microneedling_with_platelet-rich-plasma_for_acne-scar"
QUESTION = "/evidence?indication=acne+scar&with=PRP"
FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
RECORD = CHECKOUT / "data/studies/doi-10.3760-cma.j.issn.0412-4030.2018.09.009.yaml"
KEY = RECORD.stem
HOSTILE = (
    '</script><script>alert(1)</script><img src=x onerror="alert(2)">',
    "\"'><svg/onload=alert(3)> & &amp; ]]> --> <!-- ${1} {{ 7*7 }}",
    "</textarea></title></pre></style><b onclick=alert(4)>",
)

Get = Callable[..., Any]


@contextmanager
def site(store: Store, folder: Path, root: str = "") -> Iterator[Get]:
    """Yield what asks a graph that is served on loopback, in this process."""
    import uvicorn

    from mngraph.serving.app import application
    from mngraph.serving.engine import Pool
    from mngraph.serving.site import Site

    served = Site(store=store, public=f"http://site.example{root}", root=root)
    config = uvicorn.Config(
        application(served, Pool(folder)), root_path=root, ws="none", log_config=None,
    )  # fmt: skip
    server = uvicorn.Server(config)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            here = f"http://127.0.0.1:{listener.getsockname()[1]}"
            with httpx.Client(base_url=here, timeout=60, trust_env=False) as client:

                def get(address: str, accept: str = "text/html", follow: bool = True) -> Any:
                    headers = {"accept": accept}
                    return client.get(address, headers=headers, follow_redirects=follow)

                yield get
        finally:
            server.should_exit = True
            thread.join(30)


@pytest.fixture(scope="module")
def get(store: LocalStore, release: Path) -> Iterator[Get]:
    """What asks the application of the release."""
    with site(store, release) as ask:
        yield ask


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Get]:
    """What asks the application of a graph of one study, in which a stranger wrote every name."""
    names = "(?:label|prefLabel|title|definition|summary|note|description|bibliographicCitation)"
    texts = [json.dumps(text) for text in HOSTILE]
    number = 0

    def stranger(found: re.Match[str]) -> str:
        nonlocal number
        number += 1
        return f"{found[1]} {texts[number % len(texts)]}"

    where = tmp_path_factory.mktemp("hostile")
    build.build_store(
        [RECORD], where / "one.nq", content=lambda store: export.to_rdf(store.quads(), "nq")
    )
    written = re.sub(
        rf'(?m)(<[^<>]*[#/]{names}>) "(?:[^"\\]|\\.)*"', stranger,
        (where / "one.nq").read_text("utf-8"),
    )  # fmt: skip
    written += f"<{BASE}study/{KEY}> <http://www.w3.org/2000/01/rdf-schema#seeAlso> "
    written += f"<javascript:alert(5)> <{BASE}graph/study/{KEY}> .\n"
    assert number > 100
    (where / "one.nq").write_text(written, "utf-8")
    from mngraph.loading import load

    load([str(where / "one.nq")], where / "store")
    with site(open_store(str(where / "store")), where / "store") as ask:
        yield ask


class Page(HTMLParser):
    """A page: its text, its links, its elements, and what would run in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.runs: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.pieces: list[str] = []
        self.data: list[Any] = []
        self._inside = ""
        self.feed(text)

    @property
    def text(self) -> str:
        """The words of the page, with single spaces."""
        return " ".join(" ".join(self.pieces).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: str(value) for name, value in attrs}
        self.tags.append(tag)
        self.runs += [f"{name}={value}" for name, value in values.items() if name[:2] == "on"]
        self.runs += [v for v in values.values() if v.strip().lower().startswith("javascript:")]
        self.ids += [values["id"]] if "id" in values else []
        self.links += [values[name] for name in ("href", "src", "action") if name in values]
        self._inside = tag
        if tag == "script" and "src" not in values:
            if values.get("type") != "application/ld+json":
                self.runs.append("script")
            else:
                self._inside = "data"

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "data":
            self.data.append(json.loads(data))
        elif self._inside not in ("script", "style"):
            self.pieces.append(data)


def words(text: str) -> str:
    """Text with single spaces."""
    return " ".join(text.split())


# --- resources -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accept", "ending"),
    [
        (FIREFOX, "html"), ("*/*", "ttl"), ("text/turtle", "ttl"),
        ("application/ld+json", "jsonld"), ("application/json", "jsonld"),
        ("application/n-triples", "nt"), ("application/rdf+xml", "rdf"),
        ("text/turtle;q=0.5, application/ld+json", "jsonld"),
        ("application/ld+json;q=0.2, text/turtle;q=0.3, text/html;q=0.1", "ttl"),
        ("text/html;q=0, */*;q=0.1", "ttl"), ("text/*;q=0.3, text/turtle;q=0.1", "html"),
        ("TEXT/HTML ; Q=1.0", "html"), ("image/png", "html"),
        ("text/turtle;q=x, text/html", "html"),
    ],
)  # fmt: skip
def test_a_resource_leads_to_the_document_that_a_client_likes(
    get: Get, accept: str, ending: str
) -> None:
    """RFC 9110, section 12.5.1, and Cool URIs for the Semantic Web, section 4.2."""
    answer = get("/indication/acne-scar", accept, follow=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/indication/acne-scar.{ending}"
    assert "Accept" in answer.headers["vary"]


@pytest.mark.parametrize("path", ["indication/acne-scar", "study/pmid-31469914", f"claim/{CLAIM}"])
def test_each_ending_gives_the_same_statements(get: Get, path: str) -> None:
    kinds = {
        "ttl": "text/turtle", "nt": "application/n-triples", "jsonld": "application/ld+json",
        "rdf": "application/rdf+xml",
    }  # fmt: skip
    names = {"ttl": "turtle", "nt": "nt", "jsonld": "json-ld", "rdf": "xml"}
    graphs = []
    for ending, media in kinds.items():
        answer = get(f"/{path}.{ending}", "*/*")
        assert answer.status_code == 200
        assert answer.headers["content-type"].partition(";")[0] == media
        assert answer.headers["link"] == f'<{BASE}{path}>; rel="describes"'
        content = answer.content
        if ending == "jsonld":
            content = contexts.WithContent(io.BytesIO(content)).read()
        graphs.append(rdflib.Graph().parse(data=content, format=names[ending]))
    record = graphs.pop(2)
    assert all(isomorphic(graphs[0], other) for other in graphs[1:])
    if path.startswith("study/"):  # its record, without what rules say of it; see test_framing
        lists = {s for s, p, o in record if p in (RDF.first, RDF.rest)}
        plain = {t for t in record if t[0] not in lists and t[2] not in lists}
        assert len(plain) > 20 and plain <= set(graphs[0])
    else:
        assert isomorphic(record, graphs[0])
    assert (rdflib.URIRef(BASE + path), None, None) in graphs[0]


def test_what_a_syntax_cannot_say_ends_no_answer(tmp_path: Path) -> None:
    """`<claim:z>` needs JSON-LD without that prefix; statements on statements it has none."""
    own = tmp_path / "own.ttl"
    two = "<http://e/a> <http://e/p> <claim:z> . <http://e/b> <http://e/p> <<( <a:b> <a:c> 1 )>> ."
    own.write_text(two, "utf-8")
    with site(open_store(own), tmp_path) as ask:
        plain = ask("/resource?iri=http://e/a&format=jsonld")
        assert plain.status_code == 200 and "claim:z" in plain.text
        refused = ask("/resource?iri=http://e/b&format=jsonld")
        assert refused.status_code == 406 and "use ttl" in refused.text


@pytest.mark.parametrize("name", ["context", "claim", "concept", "pack"])
def test_any_page_may_read_the_contexts(get: Get, name: str) -> None:
    """Also those that they build on, next to them, as a browser asks for them."""
    answer = get(f"/{name}.jsonld", "application/ld+json")
    assert answer.headers["content-type"].startswith("application/ld+json")
    assert answer.headers["access-control-allow-origin"] == "*"
    first = answer.json()["@context"][0]
    assert first == "context.jsonld" or first["mn"] == f"{BASE}ontology#"


def test_the_turtle_of_a_study_holds_its_arms_and_its_publication(get: Get) -> None:
    found = rdflib.Graph().parse(data=get("/study/pmid-31469914.ttl").content, format="turtle")
    study = rdflib.URIRef(f"{BASE}study/pmid-31469914")
    mn = rdflib.Namespace(f"{BASE}ontology#")
    arms = set(found.objects(study, mn.hasArm))
    assert {str(arm)[-1] for arm in arms} == {"A", "B", "C"}
    assert all((arm, mn.participants, None) in found for arm in arms)
    publication = found.value(study, mn.reportedIn)
    assert str(found.value(publication, rdflib.URIRef("http://purl.org/ontology/bibo/pmid"))) == (
        "31469914"
    )


def test_a_resource_that_is_not_there_names_what_is_near(get: Get) -> None:
    answer = get("/indication/acne-scra")
    page = Page(answer.text)
    assert answer.status_code == 404
    assert "/indication/acne-scar" in page.links
    assert f"{BASE}indication/acne-scra" in page.text


@pytest.mark.parametrize(
    "path",
    ["/x", "/indication/", "/indication", "/../etc/passwd", "/%00", "/%ff", "/a b", "/study/x.ttl"],
)  # fmt: skip
def test_any_other_path_is_a_page_that_says_so(get: Get, path: str) -> None:
    answer = get(path)
    assert answer.status_code == 404
    assert "states nothing about" in Page(answer.text).text


def test_a_concept_shows_its_definition_and_leads_to_the_whole_answer(get: Get) -> None:
    page = Page(get("/indication/acne-scar").text)
    assert "Scar left by inflammatory acne." in page.text
    answers = [link for link in page.links if link.startswith("/evidence?")]
    assert answers and get(answers[0]).status_code == 200
    (about,) = page.data
    assert (about["@type"], about["name"]) == ("MedicalCondition", "acne scar")
    assert about["@id"] == f"{BASE}indication/acne-scar"


def test_a_study_leads_to_its_publication_on_the_web(get: Get) -> None:
    page = Page(get("/study/pmid-31469914").text)
    assert "https://pubmed.ncbi.nlm.nih.gov/31469914/" in page.links
    assert "41" in page.text and "alopecia areata" in page.text
    title = "Combination of photodynamic therapy with 5-aminolaevulinic acid and microneedling"
    assert title in page.text and "/publication/pmid-31469914" in page.links


def test_a_publication_is_described_for_reference_managers(get: Get) -> None:
    """By the terms of https://schema.org/ScholarlyArticle, with authors in their order."""
    (about,) = Page(get("/publication/pmid-32897622").text).data
    assert about["@context"] == "https://schema.org"
    assert about["@type"] == "MedicalScholarlyArticle"
    assert about["headline"].startswith("Microneedling in androgenetic alopecia; comparing two")
    assert [author["name"] for author in about["author"]] == [
        "Faghihi G", "Nabavinejad S", "Mokhtari F", "Fatemi Naeini F", "Iraji F"
    ]  # fmt: skip
    assert "https://doi.org/10.1111/jocd.13714" in about["sameAs"]
    assert {"minoxidil", "androgenetic alopecia"} < {each["name"] for each in about["about"]}


@pytest.mark.parametrize("claim", [CLAIM, "microneedling_reported_erythema"])
def test_a_claim_is_described_with_what_it_is_about_and_cites(get: Get, claim: str) -> None:
    (about,) = Page(get(f"/claim/{claim}").text).data
    assert about["@type"] == "Claim"
    assert "microneedling" in {each["name"] for each in about["about"]}
    cited = {each["@id"].removeprefix(BASE) for each in about["citation"]}
    assert len(cited) > 2 and all(get(f"/{path}").status_code == 200 for path in sorted(cited)[:2])


def test_a_claim_says_what_evidence_and_explain_say(get: Get, run: Runner) -> None:
    page = Page(get(f"/claim/{CLAIM}").text)
    asked = ("-p", "microneedling", "-w", "platelet-rich plasma", "-i", "acne scar")
    told = json.loads(run("evidence", *asked, "-f", "json").stdout)
    assert told["verdict"] and told["verdict"] in page.text
    assert told["gaps"] and [gap for gap in told["gaps"] if gap not in page.text] == []
    for study in {row["study"] for row in told["rows"]}:
        assert study in page.text
    steps = run("explain", f"claim:{CLAIM}").stdout
    assert len(steps.splitlines()) > 50
    assert all(words(line) in page.text for line in steps.splitlines())


def test_a_claim_of_the_procedure_alone_is_not_answered_with_combinations(
    get: Get, run: Runner
) -> None:
    page = Page(get("/claim/microneedling_for_acne-scar").text)
    told = run("evidence", "-p", "microneedling", "-i", "acne scar", "--alone", "-f", "json")
    assert json.loads(told.stdout)["verdict"] in page.text


def test_a_claim_of_harm_counts_who_was_affected(get: Get, run: Runner) -> None:
    page = Page(get("/claim/microneedling_reported_erythema").text)
    told = run("evidence", "-p", "microneedling", "--event", "erythema", "--alone", "-f", "json")
    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout)["verdict"] in page.text


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("indication/keloid", ("-i", "keloid")),
        ("modality/platelet-rich-plasma", ("-w", "platelet-rich plasma")),
        ("procedure/roller-microneedling", ("-p", "roller microneedling")),
        ("event/pain", ("--event", "pain")),
    ],
)
def test_the_page_of_a_concept_has_the_evidence_on_it(
    get: Get, run: Runner, path: str, asked: tuple[str, str]
) -> None:
    told = json.loads(run("evidence", *asked, "-f", "json").stdout)
    assert told["verdict"] and told["verdict"] in Page(get(f"/{path}").text).text


# --- questions -------------------------------------------------------------------------------


def test_the_first_page_counts_what_the_records_hold(get: Get) -> None:
    page = Page(get("/").text)
    number = len(list((CHECKOUT / "data/studies").glob("*.yaml")))
    assert f"{number} studies" in page.text or f"studies {number}" in page.text
    examples = [link for link in page.links if link.startswith("/evidence?")]
    assert len(examples) >= 2
    assert [link for link in examples if get(link).status_code != 200] == []


def test_an_answer_says_what_the_command_says(get: Get, run: Runner) -> None:
    page = Page(get(QUESTION).text)
    told = json.loads(run("evidence", "-i", "acne scar", "-w", "PRP", "-f", "json").stdout)
    assert told["verdict"] in page.text
    assert [gap for gap in told["gaps"] if gap not in page.text] == []
    assert {"effects", "harms", "studies", "gaps", "sources", "take"} <= set(page.ids)


@pytest.mark.parametrize(
    ("form", "media"),
    [
        ("csv", "text/csv"), ("json", "application/json"), ("md", "text/markdown"),
        ("ris", "application/x-research-info-systems"), ("bib", "application/x-bibtex"),
    ],
)  # fmt: skip
def test_downloads_are_what_the_command_writes(
    get: Get, run: Runner, form: str, media: str
) -> None:
    links = [link for link in Page(get(QUESTION).text).links if f"format={form}" in link]
    answer = get(links[0])
    assert answer.headers["content-type"] == f"{media}; charset=utf-8"
    assert answer.headers["content-disposition"] == f'attachment; filename="evidence.{form}"'
    file = Path(f"answer.{form}")
    result = run("evidence", "-i", "acne scar", "-w", "PRP", "-o", file)
    assert result.exit_code == 0, result.output
    if form == "json":
        told, written = answer.json(), json.loads(file.read_text("utf-8"))
        assert {**told, "command": ""} == {**written, "command": ""}
    elif form != "md":
        assert answer.text == file.read_bytes().decode()
    else:
        assert answer.text.splitlines()[0] == file.read_text("utf-8").splitlines()[0]


def test_the_turtle_of_an_answer_holds_the_studies_of_its_table(get: Get) -> None:
    rows = list(csv.DictReader(io.StringIO(get(f"{QUESTION}&format=csv").text)))
    found = rdflib.Graph().parse(data=get(f"{QUESTION}&format=ttl").content, format="turtle")
    kind = rdflib.URIRef(f"{BASE}ontology#Study")
    titles = {row["study"] for row in rows}
    studies = set(found.subjects(rdflib.RDF.type, kind))
    assert len(titles) == len(studies) > 5
    assert all((study, rdflib.URIRef(f"{BASE}ontology#hasArm"), None) in found for study in studies)


def test_the_query_that_an_answer_shows_runs(get: Get) -> None:
    links = [link for link in Page(get(QUESTION).text).links if link.startswith("/sparql?query=")]
    found = get(links[0], "application/sparql-results+json").json()["results"]["bindings"]
    assert len(found) > 5


def test_several_modalities_in_one_box_are_one_combination(get: Get, run: Runner) -> None:
    page = Page(get("/evidence?indication=androgenetic+alopecia&with=minoxidil+%2B+PRP").text)
    asked = ("-i", "androgenetic alopecia", "-w", "minoxidil", "-w", "PRP", "-f", "json")
    assert json.loads(run("evidence", *asked).stdout)["verdict"] in page.text


def test_a_question_without_a_word_asks_for_one(get: Get) -> None:
    answer = get("/evidence")
    assert "fill in at least one box" in answer.text.lower()
    assert "form" in Page(answer.text).tags


def test_a_misspelled_question_leads_to_the_right_one(get: Get) -> None:
    answer = get("/evidence?indication=acne+scrs&with=PRP+%2B+minoxydil&randomized=yes")
    page = Page(answer.text)
    assert answer.status_code == 404 and "acne scrs" in page.text
    asked = [dict(parse_qsl(urlsplit(link).query)) for link in page.links if "/evidence?" in link]
    assert {"indication": "acne scar", "with": "PRP + minoxydil", "randomized": "yes"} in asked
    assert {"indication": "acne scrs", "with": "PRP + minoxidil", "randomized": "yes"} in asked


def test_many_wrong_names_in_a_box_are_not_all_looked_up(get: Get) -> None:
    """The work for one address has a bound; who asks for more gets the first."""
    answer = get(f"/evidence?with={'+'.join(f'x{n}qz' for n in range(40))}".replace("+", "%2B"))
    links = [link for link in Page(answer.text).links if "/evidence?" in link]
    assert answer.status_code == 404 and len(links) <= 12


def test_completion_knows_synonyms_and_misspellings(get: Get) -> None:
    def first(kind: str, text: str) -> str:
        return str(get(f"/complete?kind={kind}&q={quote(text)}").json()[0]["label"])

    assert first("modality", "minoxydil") == "minoxidil"
    assert first("modality", "PRP") == "platelet-rich plasma"
    assert first("indication", "akne scar") == "acne scar"
    assert first("event", "redness") == "erythema"
    assert first("procedure", "dermaroller") == "roller microneedling"
    for address in ("/complete", "/complete?kind=x&q=a", "/complete?kind=event&q=%20"):
        assert get(address).json() == []


# --- named queries ---------------------------------------------------------------------------


def test_a_named_query_runs_with_its_values_and_can_be_taken_along(get: Get, run: Runner) -> None:
    page = Page(get("/queries/studies-of?indication=melasma&combined_with=PRP&run=yes").text)
    told = run("query", "studies-of", "-p", "indication=melasma", "-p", "combined_with=PRP",
               "-f", "json")  # fmt: skip
    rows = json.loads(told.stdout)["results"]["bindings"]
    assert rows and f"{len(rows)} rows" in page.text
    assert all(row["label"]["value"] in page.text for row in rows)
    (link,) = [link for link in page.links if "format=csv" in link]
    taken = list(csv.DictReader(io.StringIO(get(link, "*/*").text)))
    assert [row["label"] for row in taken] == [row["label"]["value"] for row in rows]


def test_every_named_query_has_a_page(get: Get, run: Runner) -> None:
    listed = {link for link in Page(get("/queries").text).links if link.startswith("/queries/")}
    rows = csv.DictReader(io.StringIO(run("queries", "-f", "csv").stdout))
    names = {f"/queries/{row['query']}" for row in rows}
    assert listed == names and len(names) > 60
    assert [address for address in sorted(names) if get(address).status_code != 200] == []
    assert get("/queries/no-such-query").status_code == 404


def test_a_value_that_no_concept_has_is_named(get: Get) -> None:
    answer = get("/queries/studies-of?indication=akne+skar&run=yes")
    assert answer.status_code == 400
    assert "akne skar" in Page(answer.text).text


# --- one site --------------------------------------------------------------------------------

PAGES = [
    "/", QUESTION, "/evidence?event=erythema&procedure=microneedling", "/evidence?indication=xyz",
    "/evidence?indication=vitiligo&with=PRP", "/indication/acne-scar.html",
    "/procedure/microneedling.html", "/event/erythema.html", "/study/pmid-31469914.html",
    "/publication/pmid-31469914.html", f"/claim/{CLAIM}.html", "/indication/acne-scra", "/queries",
    "/queries/studies-of?run=yes", "/sparql", "/sparql?query=ASK%7B%7D", "/ontology.html",
]  # fmt: skip


def elsewhere(address: str) -> bool:
    """Whether an address is a drawing, which takes long, or one of the web."""
    return bool(re.match(r"data:|https?://(?!site.example/)|/view|/map|.*[?&]plot=", address))


def test_no_link_of_a_page_is_dead(get: Get) -> None:
    """Of each kind of link a few, and with them the part of the page that they name."""
    pages = {address: Page(get(address).text) for address in PAGES}
    wanted: dict[str, str] = {}
    kinds: Counter[str] = Counter()
    for address, page in pages.items():
        seen: Counter[str] = Counter()
        for link in page.links:
            whole = urljoin(f"http://site.example{address}", link)
            kind = re.sub(r"[^/]*$", "", urlsplit(whole).path)
            few = seen[kind] < 1 and kinds[kind] < 3 and whole not in wanted
            if few or link.startswith("/ontology#"):
                seen[kind] += 1
                kinds[kind] += 1
                wanted.setdefault(whole, address)
    dead = []
    known: dict[str, set[str]] = {}
    for whole, address in wanted.items():
        path, fragment = urldefrag(whole)
        short = path.removeprefix("http://site.example")
        if elsewhere(short):
            continue
        if path not in known:
            answer = get(short)
            is_page = answer.headers["content-type"].startswith("text/html")
            known[path] = set(Page(answer.text).ids) if is_page else set()
            here = urljoin("http://site.example", address) == path
            dead += [(address, short)] if answer.status_code != 200 and not here else []
        if fragment and fragment not in known[path]:
            dead.append((address, f"{short}#{fragment}"))
    assert len(wanted) > 50
    assert dead == []


def test_every_page_guards_itself(get: Get) -> None:
    for address in (*PAGES, "/static/none", "/healthz", "/complete?kind=event&q=a"):
        headers = get(address).headers
        policy = headers["content-security-policy"]
        assert "default-src 'self'" in policy and "frame-ancestors 'self'" in policy
        assert headers["x-content-type-options"] == "nosniff"


def test_a_site_below_a_path_stays_there(store: LocalStore, release: Path) -> None:
    with site(store, release, "/below") as ask:
        for address in PAGES[::3]:  # the proxy takes the path away
            page = Page(ask(address).text)
            own = [link for link in page.links if link.startswith("/")]
            assert own, address
            assert [link for link in own if not link.startswith("/below/")] == []
        moved = ask("/indication/acne-scar", "text/turtle", follow=False)
        assert moved.headers["location"] == "/below/indication/acne-scar.ttl"


def test_files_of_pages_are_kept_until_they_change(get: Get) -> None:
    page = Page(get("/").text)
    files = [link for link in page.links if link.startswith("/static/")]
    assert len(files) >= 2
    for file in files:
        answer = get(file)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
    assert get("/static/../pages.py").status_code == 404
    assert get("/favicon.ico").status_code < 300


# --- strangers -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "/", "/evidence?procedure=microneedling", "/evidence?procedure=microneedling&format=html",
        f"/study/{KEY}", f"/publication/{KEY}", "/procedure/microneedling", "/queries",
        "/queries/studies-of?run=yes", "/ontology", "/indication/x",
        f"/sparql?query={quote('SELECT ?s ?l { ?s rdfs:label|skos:prefLabel|dcterms:title ?l }')}",
        f"/sparql?query={quote(f'DESCRIBE <{BASE}study/{KEY}>')}",
    ],
)  # fmt: skip
def test_what_a_stranger_wrote_into_a_graph_never_runs(hostile: Get, address: str) -> None:
    page = Page(hostile(address).text)
    assert page.runs == []
    assert not {"img", "b"} & set(page.tags)


def test_names_that_a_stranger_wrote_are_shown_as_text(hostile: Get) -> None:
    text = Page(hostile(f"/study/{KEY}").text).text
    assert any(words(name) in text for name in HOSTILE)
    found = hostile("/complete?kind=indication&q=script")
    assert found.headers["content-type"].startswith("application/json")


def test_the_map_of_harms_has_procedures_for_columns(get: Get) -> None:
    page = Page(get("/map?rows=event&focus=erythema").text)
    assert "Adverse events reported after needling, by procedure" in page.text
    assert get("/map?rows=nothing").status_code == 404


@pytest.mark.parametrize("kind", ["view?focus=procedure:microneedling", "map"])
def test_drawings_run_their_own_scripts_alone(hostile: Get, kind: str) -> None:
    answer = hostile(f"/{kind}")
    assert answer.status_code == 200
    page = Page(answer.text)
    assert set(page.runs) <= {"script"}
    assert page.tags.count("script") <= 3
    assert not {"img", "b"} & set(page.tags)


@pytest.mark.parametrize(
    "address",
    [
        "/evidence?indication={}", "/evidence?with={}&procedure={}&event={}",
        "/evidence?indication=acne+scar&format={}", "/evidence?indication=acne+scar&plot={}",
        "/queries/studies-of?indication={}&country={}&run=yes", "/queries/{}", "/sparql?query={}",
        "/sparql?query=SELECT+*+WHERE+%7B+VALUES+%3Fx+%7B+%22a%22+%7D+%7D+%23{}&edit=yes",
        "/resource?iri={}", "/resource?iri=javascript:alert(1)//{}", "/view?focus={}",
        "/map?columns={}", "/map?focus={}", "/{}", "/indication/{}.html", "/static/{}",
    ],
)  # fmt: skip
def test_what_a_stranger_asks_never_runs(get: Get, address: str) -> None:
    answer = get(address.replace("{}", quote("".join(HOSTILE), safe="")))
    assert 200 <= answer.status_code < 500
    if answer.headers["content-type"].startswith("text/html"):
        page = Page(answer.text)
        assert page.runs == []
        assert not {"img", "b"} & set(page.tags)
    else:
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_answer_of_a_query_links_to_the_web_alone(get: Get) -> None:
    cells = "<javascript:alert(1)> 'javascript:alert(2)' <data:text/html,x> <http://e/%22onx=1>"
    page = Page(get(f"/sparql?query={quote(f'SELECT * {{ VALUES ?x {{ {cells} }} }}')}").text)
    assert page.runs == []
    assert "4 rows" in page.text
    assert not [link for link in page.links if link.startswith(("javascript:", "data:text"))]


def test_an_address_keeps_the_question(get: Get) -> None:
    """What is asked stands in the boxes again, and in the addresses of the downloads."""
    page = get("/evidence?indication=acne+scar&with=PRP&randomized=yes").text
    assert 'value="acne scar"' in page and 'value="PRP"' in page
    assert re.search(r'name="randomized"[^>]* checked', page)
    links = [link for link in Page(page).links if "format=csv" in link]
    asked = dict(parse_qsl(urlsplit(links[0]).query))
    assert asked["randomized"] == "yes" and asked["with"] == "PRP"
    rows = list(csv.DictReader(io.StringIO(get(links[0]).text)))
    assert rows and all("random" in row["design"] for row in rows)


def test_a_graph_without_our_vocabulary_has_its_pages_too(tmp_path: Path) -> None:
    file = tmp_path / "own.ttl"
    file.write_text('<http://e/a> <http://www.w3.org/2000/01/rdf-schema#label> "A thing"@en .')
    from mngraph.loading import load

    load([str(file)], tmp_path / "store")
    with site(open_store(str(tmp_path / "store")), tmp_path / "store") as ask:
        assert ask("/").status_code == 200
        page = ask("/resource?iri=http://e/a")
        assert page.status_code == 200 and "A thing" in page.text
        found = rdflib.Graph().parse(data=ask("/resource?iri=http://e/a", "text/turtle").content)
        assert len(found) == 1
        for address in ("/evidence?procedure=x", "/map", "/view", "/queries", "/ontology"):
            assert ask(address).status_code < 500, address


def test_mngraph_is_the_graph_that_is_served(get: Get, graph: mngraph.Graph) -> None:
    query = "SELECT (COUNT(*) AS ?n) { ?s a mn:Study }"
    answer = get(f"/sparql?query={quote(query)}", "application/sparql-results+json").json()
    assert int(answer["results"]["bindings"][0]["n"]["value"]) == graph.query(query).rows[0][0]
