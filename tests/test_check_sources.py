"""check-sources: reading PubMed's files, finding facts, flags, notices, and the graph written."""

from __future__ import annotations

import dataclasses
import datetime
import gzip
import hashlib
import http.server
import io
import json
import re
import threading
import time
import urllib.parse
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from click.testing import CliRunner
from eutilities import pubmed
from standin import answer

from mngraph import build, export, store, yamlfile
from mngraph.cli import cli
from mngraph.errors import LocationError, RecordError
from mngraph.sources import abstracts, check, report, stream
from mngraph.sources.annotations import source_triples
from mngraph.sources.article import Abstract, Section
from mngraph.sources.finders import number_pattern

DATA = Path(__file__).parent / "data" / "sources"
XML, NBIB = DATA / "fictitious.xml", DATA / "fictitious.nbib"
RIS = DATA / "fictitious.ris"
OA = "http://www.w3.org/ns/oa#"


@pytest.fixture(scope="module")
def fictitious() -> store.LocalStore:
    filled, sources = build.build_graph([DATA / "pmid-99000001.yaml"])
    assert sources.problems == []
    return filled


@pytest.fixture
def location(fictitious: store.LocalStore, tmp_path: Path) -> str:
    export.write_graph(fictitious, tmp_path / "fictitious.nq", "nq")
    return str(tmp_path / "fictitious.nq")


def test_xml_and_nbib_give_the_same_article() -> None:
    one, other = (next(iter(abstracts.read_abstracts(path))) for path in (XML, NBIB))
    assert (one.pmid, one.doi, one.revised) == ("99000001", "10.5555/fictitious.1", "2025-03-09")
    assert (other.pmid, other.doi, other.revised) == (one.pmid, one.doi, one.revised)
    assert [section.label for section in one.sections] == [
        "TITLE",
        "BACKGROUND",
        "METHODS",
        "RESULTS",
    ]
    assert one.sections[2:] == other.sections[2:] or one.text.replace("·", ".") == other.text
    assert one.pmcid == "PMC99000001"


def test_offsets_and_digest_refer_to_the_text() -> None:
    abstract = next(iter(abstracts.read_abstracts(XML)))
    assert abstract.sha256 == hashlib.sha256(abstract.text.encode("utf-8")).hexdigest()
    for span, section in zip(abstract.spans, abstract.sections, strict=True):
        assert abstract.text[span.start : span.end].endswith(section.text)
        assert span.label == section.label
    joined = [abstract.text[s.start : s.end] for s in abstract.sentences]
    assert len(joined) == 6
    assert joined[-1] == "Erythema was seen in 8 (38.1%) patients of the first group."


def test_packed_files_are_unpacked(tmp_path: Path) -> None:
    packed = tmp_path / "export.xml.gz"
    packed.write_bytes(gzip.compress(XML.read_bytes()))
    assert [a.pmid for a in abstracts.read_abstracts(packed)] == ["99000001", "99000002"]
    packed.write_bytes(gzip.compress(XML.read_bytes())[:-40])
    with pytest.raises(RecordError, match="cut off"):
        list(abstracts.read_abstracts(packed))


BOMB = """<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><x>&b;</x>"""
OUTSIDE = """<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>
<x>&a;</x>"""


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (BOMB, "declares entities"),
        (OUTSIDE, "declares entities"),
        ("<PubmedArticleSet><PubmedArticle>", "not XML"),
        ("%PDF-1.7", "not PubMed XML, MEDLINE .nbib., RIS"),
        ("", "the file is empty"),
    ],
)
def test_hostile_and_broken_files_are_refused(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "export.xml"
    path.write_text(content, "utf-8")
    with pytest.raises(RecordError, match=message):
        list(abstracts.read_abstracts(path))


ARTICLE = "<PubmedArticle><MedlineCitation><PMID>1</PMID></MedlineCitation></PubmedArticle>"


def damaged() -> bytes:
    """Return a gzip file whose header is whole and whose content is not."""
    packed = gzip.compress(XML.read_bytes(), mtime=0)
    return packed[:10] + b"\xff" * 40 + packed[50:]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (damaged(), "the compressed file is damaged"),
        (b"<?xml version='1.0' encoding='nonsense'?><a/>", "this XML cannot be read"),
        (b"<?xml version='1.0' encoding='rot13'?><a/>", "this XML cannot be read"),
        (b"<html><body>Sign in</body></html>", "no PubMed article in this XML (its root is html)"),
        (b"<PubmedArticleSet></PubmedArticleSet>", "no PubMed article in this XML"),
    ],
)
def test_what_cannot_be_read_ends_the_command_in_one_line_with_3(
    location: str, tmp_path: Path, content: bytes, message: str
) -> None:
    path = tmp_path / "export.xml"
    path.write_bytes(content)
    result = CliRunner().invoke(cli, ["check-sources", str(path), "-g", location])
    assert result.exit_code == 3
    assert (result.stdout, result.stderr.count("\n")) == ("", 1)
    assert result.stderr.startswith(f"error: {path}:1: ")
    assert message in result.stderr


def test_ncbi_may_know_none_of_the_articles(monkeypatch: pytest.MonkeyPatch) -> None:
    def page(handler: Any, server: Any, tool: str, fields: dict[str, str]) -> bool:
        answer(handler, b"<html/>", "text/html")
        return True

    monkeypatch.setattr("mngraph.connection.WAITS", (0.01,))
    with pubmed() as server:
        assert list(abstracts.fetch_abstracts(["1"], server.url)) == []
        server.fault = page
        with pytest.raises(LocationError, match="a web page in place of data"):
            list(abstracts.fetch_abstracts(["1"], server.url))


def test_an_article_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "MAX_ARTICLE", 100_000)
    path = tmp_path / "many.xml"
    path.write_text(f"<PubmedArticleSet>{ARTICLE * 5000}</PubmedArticleSet>", "utf-8")
    assert len(list(abstracts.read_abstracts(path))) == 5000
    path.write_text(f"<PubmedArticleSet><PubmedArticle>{'<i>' * 100_000}", "utf-8")
    with pytest.raises(RecordError, match=r"an article of more than 100,000 bytes"):
        list(abstracts.read_abstracts(path))


@pytest.mark.parametrize(
    ("number", "text", "found"),
    [
        ("30", "30 patients", True),
        ("30", "Thirty patients", True),
        ("30", "130 patients", False),
        ("30", "3.30 patients", False),
        ("30", "30.5 years", False),
        ("20", "twenty-one patients", False),
        ("1", "twenty-one patients", False),
        ("1234", "1,234 patients", True),
        ("0.04", "p = .04", True),
        ("2.97", "OR 2·97", True),
        ("2.5", "OR 2.50", True),
        ("2.5", "OR 2.51", False),
        ("-1.2", "MD \u22121.2", True),
        ("-1.2", "MD 1.2", False),
    ],
)
def test_numbers_are_found_as_papers_print_them(number: str, text: str, found: bool) -> None:
    assert bool(re.search(number_pattern(number), text)) is found


@pytest.mark.parametrize("path", [XML, NBIB], ids=["xml", "nbib"])
def test_each_fact_is_found_or_listed(fictitious: store.LocalStore, path: Path) -> None:
    made = check.check(fictitious, abstracts.read_abstracts(path))
    checked = made.checked[0]
    text = checked.abstract.text
    found = {f.fact.field: text[f.start : f.end].replace("·", ".") for f in checked.found}
    assert found["participants"] == "Forty-two"
    assert found["follow_up_weeks"] == "6 months"
    assert found["arms/A/procedure"] == "dermaroller"
    assert found["arms/A/interval_weeks"] == "4-week"
    assert found["outcomes/1/effect/value"] == "3.19"
    assert found["outcomes/1/effect/upper"] == "9.20"
    assert found["outcomes/1/p_value"] == "< .05"
    assert found["outcomes/1/first_events"] == "17 of 21"
    assert found["outcomes/1/second_events"] == "12/21"
    assert found["adverse_events/1/affected"].startswith("8 (38.1")
    missing = [(fact.field, fact.value) for fact in checked.missing]
    assert missing == [("completed", "40"), ("adverse_events/2/affected", "3/21")]
    assert len(made.without_record) == 1


def test_a_fact_in_a_background_sentence_alone_is_flagged(fictitious: store.LocalStore) -> None:
    flags = check.check(fictitious, abstracts.read_abstracts(XML)).checked[0].flags
    assert len(flags) == 1
    assert flags[0].startswith("adverse_events/2/event ")
    assert flags[0].endswith("background sentence only")


def article(label: str, category: str, text: str) -> Abstract:
    """Return an article whose abstract is one section, as PubMed's XML states it."""
    said = "".join(
        f' {name}="{value}"'
        for name, value in (("Label", label), ("NlmCategory", category))
        if value
    )
    section = f"<Article><Abstract><AbstractText{said}>{text}</AbstractText></Abstract></Article>"
    stream = ARTICLE.replace("</MedlineCitation>", f"{section}</MedlineCitation>").encode()
    return next(iter(abstracts.parse_abstracts(io.BytesIO(stream), "test")))


@pytest.mark.parametrize(
    ("label", "category", "background"),
    [
        ("BACKGROUND AND OBJECTIVES", "", True),
        ("Background and Aims", "", True),
        ("BACKGROUND/AIM", "", True),
        ("INTRODUCTION AND BACKGROUND", "", True),
        ("WHAT WAS KNOWN", "BACKGROUND", True),
        ("THE QUESTION", "OBJECTIVE", True),
        ("", "BACKGROUND", True),
        ("BACKGROUND AND METHODS", "BACKGROUND", False),
        ("RESULTS", "RESULTS", False),
        ("CONTEXTUAL FACTORS", "RESULTS", False),
        ("", "", False),
    ],
)
def test_labels_and_categories_tell_background(label: str, category: str, background: bool) -> None:
    (sentence,) = article(label, category, "Scars are many.").sentences
    assert check.is_background(sentence) is background


def test_labels_of_medline_tell_background_as_well() -> None:
    text = "PMID- 1\nAB  - BACKGROUND/AIM: Scars are many. RESULTS: All improved.\n"
    (found,) = abstracts.parse_abstracts(io.BytesIO(text.encode()), "test")
    assert [check.is_background(s) for s in found.sentences] == [True, False]


OUTCOME = {"measure": "goodman-baron-qualitative-grade", "first": "A", "second": "B"}
ODDS = {"type": "odds-ratio", "value": 2.97, "lower": 1.96, "upper": 4.51, "i_squared": 0}
MEAN = {"type": "mean-difference", "value": -0.32}


@pytest.mark.parametrize(
    ("effect", "text", "found"),
    [
        (ODDS, "OR 2.97 (95% CI 1.96 to 4.51; I2 = 0%).", "2.97 1.96 4.51 0"),
        (ODDS, "OR2\u00b797, CI1\u00b796-4\u00b751, no doubt.", "2\u00b797 1\u00b796 4\u00b751"),
        (ODDS, "The odds ratio was 2.97. Heterogeneity was absent (0%).", "2.97 0"),
        (ODDS, "No trial was withdrawn.", ""),
        (ODDS, "No heterogeneity was seen.", ""),
        (ODDS, "A needle of 2.97 mm was used.", ""),
        (ODDS, "Needles of 1.96 mm or 2.97 mm did better (p &lt; 0.05).", ""),
        (ODDS, "One or 2.97 of them.", ""),
        ({**ODDS, "i_squared": 2}, "The I2 was 53%.", ""),
        ({**ODDS, "value": 1}, "One odds ratio was given.", ""),
        (MEAN, "The mean difference was \u22120.32.", "\u22120.32"),
        (MEAN, "Scores fell by \u22120.32.", "\u22120.32"),
        ({**MEAN, "value": 2.5}, "Compared with a needle of 2.5 mm.", ""),
        ({"type": "proportion", "value": 62.5}, "So 62.5% were content.", "62.5"),
        ({"type": "proportion", "value": 10}, "Ten percent were content.", ""),
        ({"text": "75% success"}, "Success in 75% of them.", "75"),
        ({"text": "75% success"}, "Success in 75 of them.", ""),
        ({"text": "12.0 (SD 0.8) to 7.1 (SD 1.4)"}, "From 12.0 (SD 0.8) to 7.1 (SD 1.4) points.",
         "12.0 (SD 0.8) to 7.1 (SD 1.4"),
    ],
)  # fmt: skip
def test_figures_are_found_where_the_sentence_speaks_of_them(
    tmp_path: Path, effect: dict[str, object], text: str, found: str
) -> None:
    record = yamlfile.read_yaml(DATA / "pmid-99000001.yaml")[0]
    record["outcomes"] = [{**OUTCOME, "direction": "favours-first", "effect": effect}]
    path = tmp_path / "pmid-99000001.yaml"
    path.write_text(yamlfile.write_yaml(record), "utf-8")
    filled, sources = build.build_graph([path])
    assert sources.problems == []
    abstract = dataclasses.replace(article("RESULTS", "RESULTS", text), pmid="99000001")
    (checked,) = check.check(filled, [abstract]).checked
    places = [f for f in checked.found if f.fact.field.startswith("outcomes/1/effect")]
    order = ["value", "lower", "upper", "i_squared", "text"]
    places.sort(key=lambda f: order.index(f.fact.field.rpartition("/")[2]))
    assert " ".join(abstract.text[f.start : f.end] for f in places) == found


def test_words_stand_for_people_not_for_figures() -> None:
    assert re.search(number_pattern("0"), "No patient had a scar")
    assert not re.search(number_pattern("0", words=False), "No trial was withdrawn")


def test_a_sentence_that_backs_too_much_is_flagged(fictitious: store.LocalStore) -> None:
    made = check.check(fictitious, abstracts.read_abstracts(XML), max_facts=5)
    flags = [flag for flag in made.checked[0].flags if "found in one sentence" in flag]
    assert [flag.partition(":")[0] for flag in flags] == ["7 facts were found in one sentence"]


def test_notices_mark_the_publication_and_every_claim(fictitious: store.LocalStore) -> None:
    checked = check.check(fictitious, abstracts.read_abstracts(XML)).checked[0]
    assert [(n.kind, n.pmid) for n in checked.notices] == [
        ("retraction", "99000009"), ("correction", ""),
    ]  # fmt: skip
    claims = {row["c"].value for row in fictitious.query("SELECT ?c { ?c mn:hasEvidenceLine ?l }")}
    assert claims == set(checked.direct)
    assert set(checked.direct) < set(checked.claims)
    nbib = check.check(fictitious, abstracts.read_abstracts(NBIB)).checked[0]
    assert [n.kind for n in nbib.notices] == ["retraction", "expression-of-concern"]


def test_the_notice_itself_is_not_marked_as_retracted() -> None:
    notice = list(abstracts.read_abstracts(XML))[1]
    assert notice.pmid == "99000002"
    assert notice.notices == ()


def test_the_graph_leads_from_each_fact_to_its_place(fictitious: store.LocalStore) -> None:
    made = check.check(fictitious, abstracts.read_abstracts(XML))
    triples = source_triples(made, datetime.date(2026, 11, 22))
    written = store.LocalStore.memory(
        ox.Quad(q.subject, q.predicate, q.object)
        for q in ox.parse(export.to_rdf_triples(triples, "ttl"), format=ox.RdfFormat.TURTLE)
    )
    assert not any(isinstance(t.subject, ox.BlankNode) for t in triples)
    rows = list(
        written.query("""
        SELECT ?object ?start ?end ?exact WHERE {
          ?note a oa:Annotation ; oa:hasBody ?body ; oa:hasTarget ?target .
          ?body rdf:predicate mn:participants ; rdf:object ?object .
          ?body rdf:subject study:pmid-99000001 .
          ?target oa:hasSelector ?position, ?quote ; oa:hasSource ?source .
          ?position oa:start ?start ; oa:end ?end . ?quote oa:exact ?exact }""")
    )
    assert len(rows) == 1
    text = made.checked[0].abstract.text
    assert rows[0]["object"].value == "42"
    assert text[int(rows[0]["start"].value) : int(rows[0]["end"].value)] == rows[0]["exact"].value
    marked = list(written.query("SELECT ?x { ?x mn:hasNotice/rdf:type mn:Retraction }"))
    assert len(marked) == 1 + len(made.checked[0].claims)
    longest = max(len(row["q"].value) for row in written.query("SELECT ?q { ?x oa:exact ?q }"))
    assert longest <= 60


def test_the_command_reports_writes_and_ends_with_1(location: str, tmp_path: Path) -> None:
    target = tmp_path / "checked.ttl"
    args = ["check-sources", str(XML), "-g", location, "-o", str(target), "--date", "2026-11-22"]
    result = CliRunner().invoke(cli, [*args, "-f", "json"])
    assert result.exit_code == 1, result.output
    data = json.loads(result.stdout)
    assert data["records"][0]["study"] == "study:pmid-99000001"
    assert {"field": "completed", "value": "40"} in data["records"][0]["not_found"]
    first = target.read_bytes()
    assert CliRunner().invoke(cli, args).exit_code == 1
    assert target.read_bytes() == first
    assert b"2026-11-22" in first


def test_the_command_names_a_study_that_is_not_there(location: str) -> None:
    args = ["check-sources", str(XML), "-g", location, "--study", "pmid-1"]
    result = CliRunner().invoke(cli, args)
    assert result.exit_code == 2
    assert "no study study:pmid-1" in result.stderr
    assert CliRunner().invoke(cli, ["check-sources", "-g", location]).exit_code == 2


class Eutils(http.server.BaseHTTPRequestHandler):
    """Answers as efetch does, and keeps what it was asked."""

    asked: list[tuple[str, dict[str, list[str]]]]
    status = 200

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        self.asked.append((self.path, urllib.parse.parse_qs(body)))
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(XML.read_bytes())

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def eutils() -> object:
    handler = type("Handler", (Eutils,), {"asked": []})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield handler, f"http://127.0.0.1:{server.server_port}/entrez/eutils"
    server.shutdown()
    server.server_close()
    thread.join()


def test_fetch_asks_for_the_records_of_the_graph(location: str, eutils: tuple) -> None:  # type: ignore[type-arg]
    handler, address = eutils
    args = ["check-sources", "--fetch", "-g", location, "--eutils", address, "--email", "a@b.org"]
    result = CliRunner().invoke(cli, args)
    assert "24 of 26 facts found" in result.stdout, result.output
    path, form = handler.asked[0]
    assert path == "/entrez/eutils/efetch.fcgi"
    assert form == {
        "db": ["pubmed"], "retmode": ["xml"], "id": ["99000001"], "tool": ["mngraph"],
        "email": ["a@b.org"],
    }  # fmt: skip


def test_fetch_tells_when_the_service_fails(eutils: tuple) -> None:  # type: ignore[type-arg]
    handler, address = eutils
    handler.status = 502
    with pytest.raises(LocationError, match="answered with HTTP status 502"):
        list(abstracts.fetch_abstracts(["1"], address))
    with pytest.raises(LocationError, match="cannot reach"):
        list(abstracts.fetch_abstracts(["1"], "http://127.0.0.1:9"))


def test_ris_gives_the_same_article_as_nbib(fictitious: store.LocalStore) -> None:
    one, other = list(abstracts.read_abstracts(RIS))
    assert one.text == next(iter(abstracts.read_abstracts(NBIB))).text
    assert (one.doi, one.pmid) == ("10.5555/fictitious.1", "")
    assert (other.pmid, [n.kind for n in other.notices]) == ("99000003", ["retraction"])
    found, expected = (
        check.check(fictitious, abstracts.read_abstracts(path)).checked[0] for path in (RIS, NBIB)
    )
    assert [(f.fact.field, f.start, f.end) for f in found.found] == [
        (f.fact.field, f.start, f.end) for f in expected.found
    ]


@pytest.mark.parametrize(
    ("lines", "pmid"),
    [
        ("N1  - PMID: 12345678", "12345678"),
        ("AN  - 12345678\nDB  - PubMed", "12345678"),
        ("DP  - NLM\nAN  - 12345678", "12345678"),
        ("AN  - 12345678\nDB  - Embase", ""),
        ("UR  - http://www.ncbi.nlm.nih.gov/pubmed/12345678", "12345678"),
        ("UR  - https://example.org/12345678", ""),
        ("AN  - rayyan-12345678", ""),
    ],
)
def test_a_pmid_is_read_of_ris_where_it_is_named_as_such(lines: str, pmid: str) -> None:
    text = f"TY - JOUR\r\nTI  - Needles\n{lines}\nC2  - PMC123\nER  -\n"
    (found,) = abstracts.parse_abstracts(io.BytesIO(text.encode()), "test")
    assert (found.pmid, found.pmcid) == (pmid, "PMC123")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            "TY  - JOUR\nTI  - Unknown to the graph\nDO  - 10.5555/none\nER  - \n",
            "of 1 abstract, no",
        ),
        ("PMID- 1\nTI  - One\n\nPMID- 2\nTI  - Two\n", "of 2 abstracts, none belongs"),
        ("OWN - NLM\nTI  - Without a PMID\n", "begins with its PMID"),
        ("AU  - Example\nTI  - Without a type\n", "begins with its PMID"),
    ],
)
@pytest.mark.parametrize("form", ["text", "json"])
def test_a_check_of_nothing_does_not_pass(
    location: str, tmp_path: Path, content: str, message: str, form: str
) -> None:
    path = tmp_path / "export.txt"
    path.write_text(content, "utf-8")
    result = CliRunner().invoke(cli, ["check-sources", str(path), "-g", location, "-f", form])
    assert (result.exit_code, result.stdout) == (3, "")
    assert message in result.stderr


def test_a_graph_without_studies_cannot_be_checked(tmp_path: Path) -> None:
    (tmp_path / "empty.ttl").write_text("", "utf-8")
    args = ["check-sources", str(XML), "-g", str(tmp_path / "empty.ttl")]
    result = CliRunner().invoke(cli, args)
    assert (result.exit_code, result.stdout) == (3, "")
    assert "no study" in result.stderr


def whole(sections: tuple[str, ...] = ()) -> Abstract:
    """Return an article on the fictitious study in which every fact of the record stands."""
    found = next(iter(abstracts.read_abstracts(XML)))
    more = ("All 40 patients completed it.", "Post-inflammatory hyperpigmentation: 3 of 21.")
    extra = tuple(Section("RESULTS", text) for text in (*more, *sections))
    return dataclasses.replace(found, sections=found.sections + extra, notices=())


def test_a_study_that_was_asked_for_must_be_checked(
    fictitious: store.LocalStore, tmp_path: Path
) -> None:
    other = yamlfile.read_yaml(DATA / "pmid-99000001.yaml")[0]
    other["id"], other["publication"]["pmid"] = "pmid-99000004", "99000004"
    other["publication"]["doi"] = "10.5555/fictitious.4"
    paths = [tmp_path / "pmid-99000004.yaml", DATA / "pmid-99000001.yaml"]
    paths[0].write_text(yamlfile.write_yaml(other), "utf-8")
    filled, _ = build.build_graph(paths)
    studies = [entry.study for entry in check.entries(filled)]
    assert len(studies) == 2
    assert check.check(filled, [whole()]).clean
    named = check.check(filled, [whole()], studies=studies)
    assert not named.clean
    assert "study:pmid-99000004: no abstract here\n" in report.report_text(named)
    assert "Checked 1 record; 1 has no abstract here.\n" in report.report_text(named)


LONG = {
    "sentences": "A. " * 1_500_000,
    "labels": "A: B. " * 300_000,
    "letters": "A " * 3_000_000,
}


@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
@pytest.mark.parametrize("form", ["nbib", "ris", "xml"])
def test_an_endless_abstract_is_refused(text: str, form: str) -> None:
    forms = {
        "nbib": f"PMID- 1\nAB  - {text}\n",
        "ris": f"TY  - JOUR\nAB  - {text}\nER  - \n",
        "xml": ARTICLE.replace(
            "</PMID>",
            f"</PMID><Article><Abstract><AbstractText>{text}</AbstractText></Abstract></Article>",
        ),
    }
    with pytest.raises(RecordError, match=r"has an abstract of .* characters, more than 50,000"):
        list(abstracts.parse_abstracts(io.BytesIO(forms[form].encode()), "test"))


@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
def test_the_longest_abstract_is_searched_in_seconds(
    fictitious: store.LocalStore, text: str
) -> None:
    start = time.process_time()
    check.check(fictitious, [whole((text[:40_000],))])
    assert time.process_time() - start < 10


FOREIGN = """@prefix mn: <https://w3id.org/mngraph/ontology#> .
@prefix study: <https://w3id.org/mngraph/study/> .
@prefix bibo: <http://purl.org/ontology/bibo/> .
study:s a mn:Study ; mn:reportedIn study:p ; mn:participants "(many" ; mn:sessions 1e0 ;
    mn:followUpWeeks "long" ; mn:completed [] ; mn:hasOutcome study:o .
study:o mn:firstEvents "[1" ; mn:firstTotal "n" ; mn:pValue "?" ; mn:effectText "x" .
study:p a mn:Publication ; bibo:pmid "99000001" ."""


def test_values_of_a_foreign_graph_that_are_no_numbers_are_not_found(tmp_path: Path) -> None:
    (tmp_path / "foreign.ttl").write_text(FOREIGN, "utf-8")
    args = ["check-sources", str(XML), "-g", str(tmp_path / "foreign.ttl")]
    result = CliRunner().invoke(cli, args)
    assert result.exit_code == 1, result.stderr
    assert "not found: participants ((many)" in result.stdout


def test_one_abstract_serves_every_record_of_its_publication(tmp_path: Path) -> None:
    data = yamlfile.read_yaml(DATA / "pmid-99000001.yaml")[0]
    data["id"] = "a-second-record"
    (tmp_path / "a-second-record.yaml").write_text(yamlfile.write_yaml(data), "utf-8")
    filled, _ = build.build_graph([DATA / "pmid-99000001.yaml", tmp_path / "a-second-record.yaml"])
    assert len(check.check(filled, abstracts.read_abstracts(XML)).checked) == 2


@pytest.mark.parametrize("pmid", ["<i>1</i> 2", "1&gt;2", "x"])
def test_a_pmid_that_is_not_a_number_is_left_out(pmid: str) -> None:
    text = ARTICLE.replace("<PMID>1</PMID>", f"<PMID>{pmid}</PMID>")
    assert next(iter(abstracts.parse_abstracts(io.BytesIO(text.encode()), "test"))).pmid == ""
