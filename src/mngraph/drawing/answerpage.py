"""One answer as a page to print: verdict, effects, studies, gaps, sources, and how to cite it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from itertools import compress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mngraph.drawing import forest, pages, panels
from mngraph.drawing.panels import Panel
from mngraph.drawing.studytable import for_studies, web_address
from mngraph.errors import UsageError
from mngraph.evidence import harms, nearby, partners, phrasing, weighing, words
from mngraph.evidence.answer import Answer
from mngraph.visible import escape_controls
from mngraph.wording import counted

if TYPE_CHECKING:
    from mngraph.drawing.figure import Figure


class Evidence(weighing.Evidence):
    """An answer that can be saved to a file, also as a page to print.

    >>> import mngraph
    >>> found = mngraph.load().evidence(indication="acne scar", combined_with="PRP")
    >>> found.to_html().startswith("<!doctype html>")
    True
    """

    def plot(self, kind: str = "forest") -> Figure:
        """Return a drawing of the answer, which saves itself and shows itself in a notebook.

        Args:
            kind: forest, direction, albatross, harvest or funnel.

        Raises:
            UsageError: there is no such kind, or nothing can be drawn.

        >>> import mngraph
        >>> found = mngraph.load().evidence(indication="acne scar", combined_with="PRP")
        >>> found.plot("harvest").to_svg().startswith("<svg")
        True
        """
        from mngraph.drawing.figure import Figure

        return Figure(self, kind)

    @classmethod
    def of(cls, found: weighing.Evidence) -> Evidence:
        """Return the same answer, printable."""
        return cls(**{field.name: getattr(found, field.name) for field in fields(found)})

    def to_html(self) -> str:
        """Return the answer as one HTML page that opens offline and runs no script."""
        return to_html(self)

    def save(self, target: str | Path) -> Path:
        """Write the answer to a file, in the format that its name ends in.

        Args:
            target: a file that ends in .html (a page to print), .md, .json, .csv (the studies
                alone), .txt, or .ris, .bib or .csl.json (the sources alone, for a reference
                manager).

        Returns:
            The file.

        Raises:
            UsageError: the name has another ending.
            OutputError: the file cannot be written.

        >>> import mngraph
        >>> found = mngraph.load().evidence(indication="melasma", combined_with="tranexamic acid")
        >>> found.save("melasma.html").name
        'melasma.html'
        """
        from mngraph.files import write_bytes

        path = Path(target)
        writers = {
            ".html": self.to_html, ".md": self.to_markdown, ".csl.json": self.to_csl,
            ".json": self.to_json,
            ".csv": self.to_csv, ".txt": self.__str__, ".ris": self.to_ris, ".bib": self.to_bibtex,
        }  # fmt: skip
        ending = next((each for each in writers if path.name.lower().endswith(each)), "")
        if not ending:
            raise UsageError(f"{path}: the name must end with one of {', '.join(writers)}")
        text = writers[ending]()
        if ending in (".md", ".txt"):
            text = escape_controls(text)
        write_bytes(path, text.encode(errors="backslashreplace"))
        return path


def to_html(found: Answer) -> str:
    """Return an answer as one HTML page that opens offline and runs no script."""
    return pages.render(
        "answer.html.j2",
        style=pages.read_template("style.css") + pages.read_template("answer.css"),
        footer=pages.footer(found.dataset.named),
        **for_answer(found),
    )


def for_answer(found: Answer) -> dict[str, Any]:
    """Return an answer as the templates of its pages take it."""
    every = _panels(found)
    drawn = forest.for_page(every)
    values: dict[str, Any] = {
        "near": [(nearby.sentence(entry), entry.command) for entry in found.nearby],
        "partners": partners.readable(found.partners),
        "notes": partners.notes(found.question, found.partners, found.noun, found.graph),
        "left_out": " ".join(_left_out(found, len(every) - len(drawn["panels"]))),
        "pooled": found.pooled_table(),
        "harms": list(_harms(found)),
        "others": found.others,
        **for_certainty(found),
        **for_studies(found),
    }
    return {
        "found": found,
        "title": found.subject[:1].upper() + found.subject[1:],
        "dated": _dated(found),
        "contents": list(_contents(found, values, drawn)),
        "cited": pages.citation(found.dataset.named),
        "command": phrasing.command(found.question, found.graph),
        "address": None,
        **values,
        **drawn,
    }


def for_certainty(found: Answer) -> dict[str, Any]:
    """Return the tables on certainty, as the template takes them; none on a short page."""
    has = found.certainty and found.certainty.domains and not found.is_short
    return {
        "ceiling": found.certainty.table() if found.certainty and has else None,
        "findings": found.summary,
    }


def _panels(found: Answer) -> list[Panel]:
    try:
        return panels.panels(found)
    except UsageError:  # no study states an effect
        return []


def _harms(found: Answer) -> Iterator[dict[str, Any]]:
    """Yield the tables of harms, without empty columns; a comparison links to its publication."""
    if not found.harms:
        return
    for table in found.harms.tables():
        linked = {
            harms.COMPARED: [entry.study for entry in found.harms.comparisons],
            harms.REPORTED: [entry.study for entry in found.harms.reports],
        }
        filled = [
            any(row[n] not in (None, "") for row in table.rows) for n in range(len(table.columns))
        ]
        yield {
            "title": table.title,
            "columns": list(compress(table.columns, filled)),
            "rows": [list(compress(row, filled)) for row in table.rows],
            "links": [web_address(study.link) for study in linked.get(table.title, ())],
        }


def _left_out(found: Answer, number: int) -> Iterator[str]:
    """Yield the sentences on what is not drawn: effects that stand alone, studies without one."""
    if number and not found.question.event:
        one = "has no second one to compare it with, and is given in the table of studies."
        many = "have no second one to compare them with, and are given in the table of studies."
        yield counted(number, f"effect {one}", f"effects {many}")
    yield words.unestimated_sentence(found.without_estimate)


def _dated(found: Answer) -> str:
    """Return the version and the date of the data, where they are stated."""
    about = found.dataset
    version = f"version {about.version}" if about.version else ""
    date = f"of {about.issued}" if about.issued else ""
    stated = " ".join(filter(None, (version, date)))
    return f"Evidence in data {stated}. Not medical advice." if stated else "Not medical advice."


def _contents(
    found: Answer, values: dict[str, Any], drawn: dict[str, Any]
) -> Iterator[tuple[str, str]]:
    """Yield the id and the name of each part that is there."""
    there = {
        "related": ("Related evidence", values["near"]),
        "partners": (values["partners"].title, len(values["partners"])),
        "effects": ("Effects", drawn["panels"] or values["left_out"]),
        "pooled": (values["pooled"].title, len(values["pooled"])),
        "others": (values["others"].title, len(values["others"])),
        "harms": ("Harms", values["harms"]),
        "certainty": ("Certainty", values["ceiling"]),
        **{id: (name, blocks) for id, name, blocks in values["tables"]},
        "gaps": ("Gaps", found.gaps),
        "sources": ("Sources", found.sources),
        "cite": ("How to cite", True),
    }
    yield from ((id, name) for id, (name, present) in there.items() if present)
