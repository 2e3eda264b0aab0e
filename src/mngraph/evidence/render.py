"""An answer as text for a terminal, as Markdown, as HTML for notebooks, as CSV and as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from html import escape
from textwrap import wrap

from mngraph import tables
from mngraph.evidence import nearby, partners, sensitivity, words
from mngraph.evidence.answer import Answer
from mngraph.evidence.rows import Cell, design_beside
from mngraph.tables import Table


def to_text(answer: Answer) -> str:
    """Return an answer as it is shown in a terminal."""
    narrow = _narrow_table(answer)
    sections = [
        Table(narrow.columns, _without_repeats(rows), title)
        for title, rows in _by_kind(answer, narrow)
    ]
    return _wrapped(_text(answer, sections, "table"))


def _wrapped(text: str) -> str:
    """Return text whose lines fit the terminal, broken between words; in a pipe as it is."""
    from shutil import get_terminal_size

    room = get_terminal_size((0, 24)).columns
    if not room:
        return text
    lines: list[str] = []
    for line in text.splitlines():
        hanging = "  " if line.startswith(("- ", "  ")) else ""
        wrapped = wrap(
            line, room, subsequent_indent=hanging, break_long_words=False, break_on_hyphens=False
        )
        lines += wrapped if len(line) > room else [line]
    return "\n".join(lines) + "\n"


def to_markdown(answer: Answer) -> str:
    """Return an answer as Markdown."""
    table = answer.table()
    sections = [
        Table(table.columns, [row for row, _ in rows], title)
        for title, rows in _by_kind(answer, table)
    ]
    return _text(answer, sections, "markdown")


def to_html(answer: Answer) -> str:
    """Return an answer as a fragment of HTML, as notebooks show it."""
    points = "".join(f"<li>{escape(point)}</li>" for point in answer.points)
    ceiling = f"<p>{escape(answer.certainty_line)}</p>" if answer.certainty else ""
    lines = f"<p><strong>{escape(answer.verdict)}</strong></p>{ceiling}<ul>{points}</ul>"
    lines += f"<p>{escape(answer.reviews)}</p>" if answer.reviews else ""
    lines += f"<p>{escape(answer.broader)}</p>" if answer.broader else ""
    gaps = "".join(f"<li>{escape(gap)}</li>" for gap in answer.gaps)
    near = "".join(f"<li>{escape(line)}</li>" for line in map(nearby.sentence, answer.nearby))
    lines += f"<p>Related evidence:</p><ul>{near}</ul>" if near else ""
    shown = partners.readable(answer.partners)
    lines += f"<p>{escape(shown.title)}</p>{shown._repr_html_()}" if len(shown) else ""
    pooled, cited = answer.pooled_table(), data_line(answer, escape)
    more = [*(answer.harms.tables() if answer.harms else ()), pooled, answer.others]
    told = filter(len, more)
    after = "".join(f"<p>{escape(table.title)}</p>{table._repr_html_()}" for table in told)
    after += f"<p>Gaps:</p><ul>{gaps}</ul>" if gaps else ""
    after += f"<p>{cited}</p>" if cited else ""
    return f"{lines}{answer.table()._repr_html_()}{after}"


def to_csv(answer: Answer) -> str:
    """Return the table of studies as CSV, with the numbers of effects and the publications."""
    return tables.render(answer.full_table(), "csv")


def to_json(answer: Answer) -> str:
    """Return everything as JSON."""
    return json.dumps(answer.to_dict(), ensure_ascii=False, indent=2) + "\n"


def _text(answer: Answer, sections: Sequence[Table], style: str) -> str:
    """Return verdict, tables, gaps and citation, a blank line between them."""
    single = sum(group.studies == 1 and bool(group.estimates) for group in answer.pooled)
    pooled = answer.pooled_table()
    written = tables.markdown_text if style == "markdown" else str
    blocks = [
        _paragraph(written(answer.verdict)),
        _paragraph(written(answer.certainty_line)),
        _paragraph("\n".join(f"- {written(point)}" for point in answer.points)),
        _paragraph(written(answer.reviews)),
        _paragraph(written(answer.broader)),
        _paragraph("\n".join(_nearby(answer, style))),
        *_partners(answer, style),
        *(tables.render(section, style) for section in sections),
        *_harms(answer, style),
        tables.render(pooled, style) if len(pooled) else "",
        _paragraph(written(sensitivity.line(answer.left_out, answer.groupings))),
        *(_titled(answer.others, style) if len(answer.others) else ()),
        _paragraph(words.unpaired_sentence(single)),
        _paragraph(words.unestimated_sentence(answer.without_estimate)),
        *_certainty(answer, style),
        _paragraph(
            "\n".join(["Gaps:", *(f"- {written(gap)}" for gap in answer.gaps)])
            if answer.gaps
            else ""
        ),
        _paragraph("\n".join(_sources(answer)) if style == "markdown" else ""),
        _paragraph(data_line(answer, written)),
    ]
    return "\n".join(filter(None, blocks))


def _nearby(answer: Answer, style: str) -> list[str]:
    """Return the lines on what is near, with the command that asks for each."""
    lines = []
    for entry in answer.nearby:
        said = nearby.sentence(entry)
        if style == "markdown":
            asked = f"  \n  `{entry.command}`" if entry.command else ""
            lines.append(f"- {tables.markdown_text(said)}{asked}")
        else:
            lines += [f"- {said}", *([f"  {entry.command}"] if entry.command else [])]
    return ["Related evidence:", *([""] if style == "markdown" else []), *lines] if lines else []


def _partners(answer: Answer, style: str) -> list[str]:
    """Return the table of what was combined with the procedure, and how it is read."""
    shown = partners.readable(answer.partners)
    if not len(shown):
        return []
    lines = partners.notes(answer.question, answer.partners, answer.noun, answer.graph)
    if style == "markdown":
        said = (f"{tables.markdown_text(line)}\n" for line in lines)
        return [f"**{shown.title}**\n", tables.render(shown, style), *said]
    return [tables.render(shown, style), _paragraph("\n".join(lines))]


def _sources(answer: Answer) -> list[str]:
    """Return the publications as lines of Markdown, each with its address as text."""
    cited = (f"{source.citation} {source.link}".rstrip() for source in answer.sources)
    lines = [f"- {tables.markdown_text(text)}" for text in cited]
    return ["Sources:", "", *lines] if lines else []


def data_line(answer: Answer, written: Callable[[str], str] = str) -> str:
    """Return the line on what the data is and that it is no advice; empty where it has no name."""
    cited = answer.dataset.citation
    return f"Data: {written(cited)}. Not medical advice." if cited else ""


def _harms(answer: Answer, style: str) -> list[str]:
    """Return the tables of harms, with their titles."""
    found = answer.harms.tables() if answer.harms else []
    return [part for table in found for part in _titled(table, style)]


def _certainty(answer: Answer, style: str) -> list[str]:
    """Return the table of the domains of certainty; nothing where there is no comparison."""
    domains = bool(answer.certainty and answer.certainty.domains) and not answer.is_short
    if not (answer.certainty and domains):
        return []
    shown = filter(len, (answer.certainty.table(), answer.judgments))
    return [part for table in shown for part in _titled(table, style)]


def _titled(table: Table, style: str) -> list[str]:
    """Return a table with its title; text for terminals holds the title already."""
    title = [f"**{table.title}**\n"] if style == "markdown" else []
    return [*title, tables.render(table, style)]


def _paragraph(text: str) -> str:
    return f"{text}\n" if text else ""


Row = tuple[list[Cell], str]
"""The cells of a row, and the IRI of its study."""


def _by_kind(answer: Answer, table: Table) -> list[tuple[str, list[Row]]]:
    """Return the rows of studies and those of reviews, each with a title, where there are any."""
    rows = [
        ((cells, entry.study.iri), entry.study.review)
        for cells, entry in zip(table.rows, answer.entries, strict=True)
    ]
    kinds = (("Studies", False), ("Reviews", True))
    found = [(title, [row for row, review in rows if review == wanted]) for title, wanted in kinds]
    return [(title, some) for title, some in found if some]


def _narrow_table(answer: Answer) -> Table:
    """Return the table of studies with fewer columns, as a terminal has room for them."""
    full = answer.table()
    rows = [dict(zip(full.columns, row, strict=True)) for row in full.rows]
    if answer.question.event:
        columns = [name for name in full.columns if name not in ("year", "level", "design")]
        rows = [row | {"study": _study(row)} for row in rows]
        return Table(columns, [[row[name] for name in columns] for row in rows])
    cells = [
        [
            _study(row), row["n"], f"{row['given']} against {row['comparator']}", row["measure"],
            _result(row), row["link"],
        ]
        for row in rows
    ]  # fmt: skip
    return Table(["study", "n", "comparison", "measure", "result", "link"], cells)


def _study(row: dict[str, Cell]) -> str:
    """Return a study by name, design and level; the design once, where the name has it."""
    name, design = str(row["study"]), design_beside(str(row["study"]), row["design"])
    level = f"level {row['level']}" if row["level"] else ""
    return ", ".join(filter(None, (name, design, level)))


def _result(row: dict[str, Cell]) -> str:
    parts = (row["direction"], row["effect"], f"p {row['p']}" if row["p"] else None)
    return "; ".join(str(part) for part in parts if part)


def _without_repeats(rows: Sequence[Row]) -> list[list[Cell]]:
    """Return rows that name study, number, comparison and link once for each study."""
    shown: list[list[Cell]] = []
    above: Row = ([], "")
    for row, study in rows:
        comparison = "" if above[0] and row[2] == above[0][2] else row[2]
        repeated = ["", None, comparison, *row[3:-1], None]
        shown.append(repeated if study == above[1] else row)
        above = (row, study)
    return shown
