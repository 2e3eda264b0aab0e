"""Reading files of literature: all that each record states, and what is wrong with a file."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from mngraph.errors import RecordError
from mngraph.sources import stream
from mngraph.sources.article import TITLE, Section
from mngraph.sources.citation import Author, Citation, Deletion, Entry, Grant, Rejected
from mngraph.sources.entries import parse_entries, read_entries

DATA = Path(__file__).parent / "data" / "sources"
ARTICLE = (
    '<PubmedArticle><MedlineCitation><PMID Version="1">{0}</PMID><Article>'
    "<ArticleTitle>Number {0}</ArticleTitle>{1}</Article></MedlineCitation></PubmedArticle>"
)


def articles(*numbers: int, more: str = "") -> str:
    """A set of articles, as PubMed has them."""
    inside = "\n".join(ARTICLE.format(number, more) for number in numbers)
    return f'<?xml version="1.0"?>\n<PubmedArticleSet>\n{inside}\n</PubmedArticleSet>\n'


def entries(path: Path) -> list[Entry]:
    return list(read_entries(path))


def written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def names(found: list[Entry]) -> list[str]:
    """The PMID of each article, and what is wrong with an article that has none."""
    return [e.reason if isinstance(e, Rejected) else e.pmid for e in found]


# --- what an article states ------------------------------------------------------------------


def test_an_article_of_xml_states_all_of_it() -> None:
    one = entries(DATA / "everything.xml")[0]
    assert isinstance(one, Citation)
    assert (one.pmid, one.doi, one.pmcid) == ("99000101", "10.5555/made.101", "PMC99000101")
    assert one.title == "[Needles of 1.5 mm & CO2 in striae: H0 x]."
    assert one.vernacular == "Aiguilles et vergetures."
    assert one.sections[1:] == (
        Section("AIM", "To make things up.", "OBJECTIVE"),
        Section("UNLABELLED", "Text < text.", "UNASSIGNED"),
        Section("", "Ends with <PubmedArticle> that is none & more."),
    )
    assert one.authors == (
        Author("Roe RM Jr", "0000-0002-1825-0097"), Author("Müller-O'Doe JP"),
        Author("Made-up Scar Group", collective=True), Author("Plato"),
    )  # fmt: skip
    assert (one.journal, one.issn, one.issued) == ("J Made-up Ex", "0000-0001", "1998")
    assert (one.volume, one.issue, one.pages) == ("12 Suppl 1", "3", "101-9")
    assert one.languages == ("fre", "eng")
    assert one.types == ("Randomized Controlled Trial", "Journal Article")
    assert one.registrations == ("ClinicalTrials.gov/NCT00000000",)
    assert one.substances == ("Made-up Agents", "Made-up Acid (6T84R30KC1)")
    assert one.grants == (Grant("M 1/2", "Made-up Fund", "Nowhere"),)
    assert [(h.name, h.major, h.qualifiers) for h in one.headings] == [
        ("Striae Distensae", True, ("therapy",)), ("Humans", False, ()),
    ]  # fmt: skip
    assert one.keywords == ("needling", "striae")
    assert [(c.kind, c.pmid) for c in one.comments] == [
        ("ExpressionOfConcernIn", "99000109"), ("CommentIn", ""),
    ]  # fmt: skip
    assert [notice.kind for notice in one.notices] == ["expression-of-concern"]
    assert one.other_abstracts == ((Section("", "Inventer."),),)
    assert one.revised == "2024"


def test_a_chapter_has_its_book_and_its_own_authors() -> None:
    chapter = entries(DATA / "everything.xml")[1]
    assert isinstance(chapter, Citation)
    assert (chapter.kind, chapter.pmid, chapter.bookshelf) == (
        "book-chapter",
        "99000102",
        "NBK000000",
    )
    assert (chapter.title, chapter.journal) == ("Needles", "A Made-up Book")
    assert (chapter.publisher, chapter.issued) == ("Made-up Press", "2025-01")
    assert chapter.authors == (Author("Doe J"),)
    assert chapter.types == ("Study Guide",)


def test_what_cannot_be_read_costs_itself_alone_and_is_named() -> None:
    found = entries(DATA / "everything.xml")
    assert [type(e) for e in found] == [Citation, Citation, Rejected, Citation, Deletion, Deletion]
    broken = found[2]
    assert isinstance(broken, Rejected)
    assert (broken.name, broken.place) == ("PMID 99000103", 81)
    assert broken.reason.startswith("not XML")
    assert found[4:] == [Deletion("99000105", 83), Deletion("99000106", 83)]


def test_medline_states_the_same_as_xml() -> None:
    (one, none, chapter), xml = entries(DATA / "everything.nbib"), entries(DATA / "everything.xml")
    other = xml[0]
    assert isinstance(one, Citation)
    assert isinstance(other, Citation)
    for name in (
        "pmid", "doi", "pmcid", "title", "vernacular", "issn", "issued", "volume", "issue", "pages",
        "languages", "types", "registrations", "substances", "grants", "keywords", "comments",
        "notices", "other_abstracts", "revised",
    ):  # fmt: skip
        assert getattr(one, name) == getattr(other, name), name
    assert one.authors == other.authors[:3]
    assert one.sections[1:] == (
        Section("AIM", "To make things up."),
        Section("RESULTS", "Text < text. A word that goes on."),
    )
    assert [(h.name, h.major) for h in one.headings] == [
        ("Striae Distensae", True),
        ("Humans", False),
    ]
    assert isinstance(none, Rejected)
    assert isinstance(chapter, Citation)
    assert (chapter.kind, chapter.journal, chapter.bookshelf) == (
        "book-chapter", "A Made-up Book", "NBK000000",
    )  # fmt: skip


def test_ris_as_programs_write_it(tmp_path: Path) -> None:
    content = (
        "\ufeffTY  - JOUR\r\nTI  - Needles\r\nAU  - Roe, Rita Maria\r\nAU  - Doe, Jane, Jr\r\n"
        "PY  - 2024/04/07/\r\nJO  - J Made Up Ex\r\nSN  - 0000-0001\r\nVL  - 7\r\nSP  - 1\r\n"
        "EP  - 9\r\nDO  - https://doi.org/10.5555/MADE.1\r\nN1  - PMID: 99000107\r\n"
        "AB  - METHODS: Made up.\r\nKW  - needling\r\nER  - \r\n\r\nTY  - CHAP\r\nER  - \r\n"
    )
    one, other = entries(written(tmp_path / "export.ris", content))
    assert isinstance(one, Citation)
    assert (one.pmid, one.doi, one.issued) == ("99000107", "10.5555/made.1", "2024-04-07")
    assert one.authors == (Author("Roe RM"), Author("Doe J Jr"))
    assert (one.journal, one.issn, one.pages) == ("J Made Up Ex", "0000-0001", "1-9")
    assert one.sections == (Section(TITLE, "Needles"), Section("METHODS", "Made up."))
    assert isinstance(other, Citation)
    assert other.kind == "book-chapter"


def test_the_csv_of_pubmed(tmp_path: Path) -> None:
    content = (
        "\ufeffPMID,Title,Authors,Citation,First Author,Journal/Book,Publication Year,Create Date,"
        'PMCID,NIHMS ID,DOI\n99000101,"Needles, ""again""","Roe RM, Doe J.",J Made Up Ex. 2024,'
        "Roe RM,J Made Up Ex,2024,2024/04/07,PMC99000101,,10.5555/MADE.101\nnone,x,,,,,,,,,\n"
    )
    one, other = entries(written(tmp_path / "csv-needles.csv", content))
    assert isinstance(one, Citation)
    assert (one.pmid, one.title) == ("99000101", 'Needles, "again"')
    assert (one.doi, one.pmcid, one.issued) == ("10.5555/made.101", "PMC99000101", "2024")
    assert one.authors == (Author("Roe RM"), Author("Doe J"))
    assert isinstance(other, Rejected)
    assert other.place == 3


# --- nothing is lost -------------------------------------------------------------------------


@given(some.lists(some.sampled_from(["good", "open", "cut", "empty", "comment"]), max_size=30))
def test_as_many_records_come_out_as_go_in(kinds: list[str]) -> None:
    forms = {
        "good": ARTICLE.format(1, ""), "open": ARTICLE.format(2, "<b>"),
        "cut": "<PubmedArticle><MedlineCitation><PMID>3</PMID>", "empty": "<PubmedArticle/>",
        "comment": "<!-- <PubmedArticle> -->",
    }  # fmt: skip
    text = "".join(forms[kind] for kind in kinds)
    content = f"<PubmedArticleSet>{text}</PubmedArticleSet>".encode()
    found = list(parse_entries(io.BytesIO(content), "made up", may_be_empty=True))
    assert [isinstance(e, Citation) for e in found] == [
        kind == "good" for kind in kinds if kind != "comment"
    ]


@pytest.mark.parametrize("math", ["", "<mml:math><mml:mi>x</mml:mi></mml:math>"])
def test_what_is_wrong_among_references_costs_no_record(math: str) -> None:
    wrong = '<ReferenceList><Reference a="1" a="2"/></ReferenceList>'
    text = ARTICLE.format(1, math).replace("</PubmedArticle>", f"{wrong}</PubmedArticle>")
    content = f"<PubmedArticleSet>{text}</PubmedArticleSet>".encode()
    (found,) = parse_entries(io.BytesIO(content), "made up")
    assert isinstance(found, Citation) and found.pmid == "1"


def test_records_across_blocks_are_whole(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Wherever a block of the file ends: in a tag, a name, or a comment."""
    from mngraph.sources import xmlrecords

    path = written(tmp_path / "set.xml", articles(*range(1, 40), more="<!-- </PubmedArticle> -->"))
    for size in (7, 64, 65, 100, 1000):
        monkeypatch.setattr(xmlrecords, "BLOCK", size)
        assert names(entries(path)) == [str(n) for n in range(1, 40)]


def test_an_article_that_is_too_large_costs_itself_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(stream, "MAX_ARTICLE", 2000)
    large = ARTICLE.format(2, f"<Abstract>{'x' * 600_000}</Abstract>")
    content = articles(1, 3).replace("\n</PubmedArticleSet>", f"{large}\n</PubmedArticleSet>")
    found = entries(written(tmp_path / "set.xml", content))
    assert names(found) == ["1", "3", "an article of more than 2,000 bytes"]


MEDLINE = "PMID- {0}\r\nOWN - NLM\r\nTI  - Number {0}\r\nDP  - 2024\r\n"


def test_an_article_of_medline_without_pmid_is_no_part_of_the_one_before(tmp_path: Path) -> None:
    nameless = MEDLINE.format(2).partition("\r\n")[2]
    content = "\r\n".join([MEDLINE.format(1), nameless, MEDLINE.format(3)])
    one, none, three = entries(written(tmp_path / "set.nbib", content))
    assert names([one, three]) == ["1", "3"]
    assert isinstance(one, Citation)
    assert one.title == "Number 1"
    assert isinstance(none, Rejected)
    assert (none.name, none.place) == ("“Number 2”", 6)


def test_a_blank_line_inside_an_article_of_medline_loses_nothing(tmp_path: Path) -> None:
    content = MEDLINE.format(1) + "\r\nVI  - 7\r\n\r\nAB  - Made up.\r\n\r\n      And more.\r\n"
    (one,) = entries(written(tmp_path / "set.nbib", content))
    assert isinstance(one, Citation)
    assert (one.volume, one.sections[1].text) == ("7", "Made up. And more.")


def test_lines_between_entries_of_ris_are_no_entries(tmp_path: Path) -> None:
    """As libraries of reviews export them; an entry without its type is one, and is named."""
    content = (
        "Record #1 of 3\nProvider: Nobody\n1.\nTY  - JOUR\nTI  - One\nER  - \n\nRecord #2 of 3\n"
        "TI  - Two\nDO  - 10.5555/two\nER  - \n\nRecord #3 of 3\nTY  - JOUR\nTI  - Three\nER  -\n"
    )
    one, two, three = entries(written(tmp_path / "export.ris", content))
    assert isinstance(one, Citation)
    assert isinstance(three, Citation)
    assert (one.title, three.title) == ("One", "Three")
    assert isinstance(two, Rejected)
    assert (two.name, two.place) == ("DOI 10.5555/two", 9)


CSV = "PMID,Title,Authors,Journal/Book,Publication Year,PMCID,DOI\n"


@pytest.mark.parametrize(
    "row", ['2,"An open quote,,,,,', '2,"A "second" one",,,,,', "2,N\xfcmber,,,,,"]
)
def test_a_broken_row_of_csv_costs_itself_alone(row: str, tmp_path: Path) -> None:
    content = f'\n{CSV}1,"One, and\nmore",Roe R,,,,\n{row}\n3,Three,,,,,\nx,Four,,,,,\n'
    found = entries(written(tmp_path / "csv.csv", content.encode("latin-1")))
    assert [isinstance(e, Citation) for e in found] == [True, False, True, False]
    broken = found[1]
    assert isinstance(found[0], Citation)
    assert isinstance(broken, Rejected)
    assert found[0].title == "One, and more"
    assert (broken.name, broken.place) == ("PMID 2", 5)


@pytest.mark.parametrize("form", ["nbib", "ris"])
def test_bytes_that_are_not_utf8_cost_one_record(form: str, tmp_path: Path) -> None:
    text = MEDLINE if form == "nbib" else "TY  - JOUR\r\nTI  - Number {0}\r\nER  - \r\n"
    content = "\r\n".join(map(text.format, (1, 2, 3))).encode()
    found = entries(written(tmp_path / f"set.{form}", content.replace(b"Number 2", b"N\xfcm 2")))
    assert [isinstance(e, Citation) for e in found] == [True, False, True]
    broken = found[1]
    assert isinstance(broken, Rejected)
    assert broken.reason.startswith("not in UTF-8 (line ")


# --- what is wrong with a file ---------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1", "windows-1252"])
def test_the_encoding_that_a_file_names_is_used(encoding: str, tmp_path: Path) -> None:
    declared = encoding.removesuffix("-sig")
    text = articles(1).replace('"1.0"', f'"1.0" encoding="{declared}"').replace("Number", "Nühmer")
    (one,) = entries(written(tmp_path / "set.xml", text.encode(encoding)))
    assert isinstance(one, Citation)
    assert one.title == "Nühmer 1"


def test_bytes_of_another_encoding_cost_one_record(tmp_path: Path) -> None:
    content = articles(1, 2, 3).encode().replace(b"Number 2", b"N\xfcmber 2")
    found = entries(written(tmp_path / "set.xml", content))
    assert [isinstance(e, Citation) for e in found] == [True, False, True]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.xml", b"", "the file is empty"),
        ("empty.xml.gz", gzip.compress(b"", mtime=0), "the file is empty"),
        ("other.xml", b"<?xml version='1.0'?><rss><channel/></rss>", "its root is rss"),
        ("page.html", b"<!DOCTYPE html><html><body>Busy</body></html>", "its root is html"),
        ("text.txt", b"Needles are sharp.\n", "this is not PubMed XML"),
        ("cut.xml.gz", gzip.compress(articles(1, 2).encode(), mtime=0)[:-20], "is cut off"),
        ("proteins.xml", b"<IPGReportSet><IPGReport/>", "its root is IPGReportSet"),
        ("utf-16.nbib", MEDLINE.format(1).encode("utf-16"), "save the file in UTF-8"),
        ("cut.xml", articles(1, 2).encode()[:-40], "cut off"),
    ],
    ids=lambda value: value if isinstance(value, str) and "." in value else "",
)
def test_a_file_that_cannot_be_read_says_why(
    name: str, content: bytes, message: str, tmp_path: Path
) -> None:
    with pytest.raises(RecordError, match=message):
        entries(written(tmp_path / name, content))


def test_what_came_before_the_end_of_a_damaged_file_is_kept(tmp_path: Path) -> None:
    found = read_entries(written(tmp_path / "cut.xml", articles(1, 2, 3).encode()[:-40]))
    first = [next(found), next(found)]
    assert names(first) == ["1", "2"]


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="is a folder: give the files in it"):
        entries(tmp_path)


def test_deep_nesting_costs_one_record(tmp_path: Path) -> None:
    deep = f"<Abstract><AbstractText>{'<i>' * 200_000}{'</i>' * 200_000}</AbstractText></Abstract>"
    content = articles(1, 2).replace("Number 1</ArticleTitle>", f"Number 1</ArticleTitle>{deep}")
    found = entries(written(tmp_path / "set.xml", content))
    assert len(found) == 2
    assert names(found)[1] == "2"
