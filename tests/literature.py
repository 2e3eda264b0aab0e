"""Made-up literature for tests: PubMed XML and nbib of papers that nobody wrote."""

from __future__ import annotations

from html import escape

TITLE = (
    "Microneedling with tranexamic acid versus microneedling alone for melasma: a randomized trial"
)
TEXT = (
    "Thirty patients were enrolled and 27 completed. One side received microneedling (1.5 mm) with "
    "tranexamic acid, the other side microneedling alone, 4 sessions at 4-week intervals. "
    "Melasma improved more on the combined side (P < 0.001). Erythema occurred in 3 of 30 patients."
)


def article(
    pmid: str = "99200001", title: str = TITLE, text: str = TEXT, doi: str = "",
    revised: str = "2026-01-02", year: str = "2026", notice: str = "", family: str = "Roe",
) -> str:  # fmt: skip
    """Return a `PubmedArticle`.

    Args:
        pmid: its PMID.
        title: its title.
        text: its abstract.
        doi: its DOI.
        revised: the day of its last revision.
        year: the year in which it came out.
        notice: a RefType, such as `RetractionIn`, of a link to another publication.
        family: the family name of its author.
    """
    y, m, d = revised.split("-")
    linked = (
        f'<CommentsCorrectionsList><CommentsCorrections RefType="{notice}"><RefSource>J Made-up '
        'Ex. 2026;1:2</RefSource><PMID Version="1">99299999</PMID></CommentsCorrections>'
        "</CommentsCorrectionsList>"
        if notice
        else ""
    )
    ids = f'<ArticleId IdType="doi">{doi}</ArticleId>' if doi else ""
    return f"""<PubmedArticle><MedlineCitation Status="MEDLINE" Owner="NLM">
<PMID Version="1">{pmid}</PMID>
<DateRevised><Year>{y}</Year><Month>{m}</Month><Day>{d}</Day></DateRevised>
<Article PubModel="Print"><Journal><JournalIssue CitedMedium="Print"><Volume>1</Volume>
<PubDate><Year>{year}</Year></PubDate></JournalIssue><Title>Journal of Made-up Examples</Title>
</Journal><ArticleTitle>{escape(title)}</ArticleTitle>
<Abstract><AbstractText>{escape(text)}</AbstractText></Abstract>
<AuthorList><Author><LastName>{family}</LastName><Initials>A</Initials></Author></AuthorList>
<Language>eng</Language><PublicationTypeList>
<PublicationType UI="D016449">Randomized Controlled Trial</PublicationType></PublicationTypeList>
</Article>{linked}</MedlineCitation>
<PubmedData><ArticleIdList><ArticleId IdType="pubmed">{pmid}</ArticleId>{ids}</ArticleIdList>
</PubmedData></PubmedArticle>"""


def pubmed(*articles: str, deleted: str = "") -> str:
    """Return a file of PubMed XML, with the PMID of an entry that it takes back, if any."""
    gone = f"<DeleteCitation><PMID>{deleted}</PMID></DeleteCitation>" if deleted else ""
    body = "\n".join(articles)
    return f'<?xml version="1.0"?>\n<PubmedArticleSet>\n{body}{gone}\n</PubmedArticleSet>\n'


def ris(title: str = TITLE, doi: str = "", year: str = "2026", family: str = "Roe") -> str:
    """Return a RIS file of one article without an abstract."""
    number = f"DO  - {doi}\n" if doi else ""
    return f"TY  - JOUR\nTI  - {title}\nAU  - {family}, A.\nPY  - {year}\n{number}ER  - \n"
