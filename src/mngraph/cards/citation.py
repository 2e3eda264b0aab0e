"""A publication as people cite it and find it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Properties = Mapping[str, Sequence[str]]
"""One resource: its values by the CURIE of the property, sorted."""

MOST_AUTHORS = 6
"""How many authors are named before *et al*."""
ADDRESSES = (
    ("PubMed", "bibo:pmid", "https://pubmed.ncbi.nlm.nih.gov/{}/"),
    ("DOI", "bibo:doi", "https://doi.org/{}"),
    ("PMC", "fabio:hasPubMedCentralId", "https://pmc.ncbi.nlm.nih.gov/articles/{}/"),
)
"""Each address of a publication: its name, the identifier it is made of, and its form."""


def citation(paper: Properties, authors: Sequence[str], title: str) -> str:
    """Return a reference in the format of MEDLINE, of what is known.

    Args:
        paper: what a graph states about a publication.
        authors: their names in order.
        title: the title.

    >>> paper = {"mn:journal": ["J Cosmet Dermatol"], "dcterms:issued": ["2019-06"],
    ...          "bibo:volume": ["18"], "bibo:pages": ["5-9"], "bibo:pmid": ["1"]}
    >>> citation(paper, ["Doe J", "Roe K"], "Needles")
    'Doe J, Roe K. Needles. J Cosmet Dermatol. 2019;18:5-9. PMID 1'
    >>> citation({"dcterms:issued": ["2022"], "bibo:pages": ["e15913"]}, [], "Needles")
    'Needles. 2022:e15913.'
    """
    names = ", ".join(authors[:MOST_AUTHORS]) + (", et al" if len(authors) > MOST_AUTHORS else "")
    volume, issue, pages, doi, pmid = (
        first_value(paper, f"bibo:{name}") for name in ("volume", "issue", "pages", "doi", "pmid")
    )
    where = volume + (f"({issue})" if issue else "") + (f":{pages}" if pages else "")
    year = first_value(paper, "dcterms:issued")[:4]
    when = f"{year}{where}" if where.startswith(":") else ";".join(filter(None, [year, where]))
    parts = [names, title, first_value(paper, "mn:journal"), when, f"doi:{doi}" if doi else ""]
    text = " ".join(
        part if part.endswith((".", "?", "!")) else f"{part}." for part in parts if part
    )
    return f"{text} PMID {pmid}" if pmid else text.rstrip()


def links(paper: Properties) -> tuple[tuple[str, str], ...]:
    """Return the names and addresses under which a publication is found.

    >>> links({"bibo:pmid": ["31469914"]})
    (('PubMed', 'https://pubmed.ncbi.nlm.nih.gov/31469914/'),)
    """
    found = ((name, first_value(paper, curie), form) for name, curie, form in ADDRESSES)
    return tuple((name, form.format(value)) for name, value, form in found if value)


def first_value(properties: Properties, name: str) -> str:
    """Return the first value of a property, or nothing."""
    values = properties.get(name)
    return values[0] if values else ""
