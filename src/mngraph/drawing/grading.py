"""The certainty of an answer: its ceiling, the summary of findings, and what nobody judged."""

from __future__ import annotations

import json
from dataclasses import dataclass

from mngraph import tables
from mngraph.drawing import pages
from mngraph.errors import UsageError
from mngraph.evidence import sensitivity
from mngraph.evidence.answer import Answer
from mngraph.evidence.certainty import Ceiling

NO_GRADE = (
    "Comparisons with another combination are left out. A ceiling follows from data by rules. Only "
    "people give a level of certainty; "
)
NONE_GIVEN, SOME_GIVEN = "none is given here.", "those who did are named."


@dataclass(frozen=True)
class Grading:
    """What can be said of the certainty of an answer.

    Args:
        answer: the answer to a question on treatment.

    Raises:
        UsageError: the question is one of safety, or no study has a result on it.
    """

    answer: Answer

    def __post_init__(self) -> None:
        self.ceiling  # noqa: B018

    @property
    def ceiling(self) -> Ceiling:
        """The ceiling over all outcomes."""
        if self.answer.question.event:
            raise UsageError("certainty is that of a treatment: leave --event out")
        if not self.answer.certainty:
            raise UsageError(f"no study has a result on {self.answer.subject}: nothing to judge")
        return self.answer.certainty

    @property
    def title(self) -> str:
        """What was asked, as a title."""
        return self.answer.subject[:1].upper() + self.answer.subject[1:]

    def __str__(self) -> str:
        return self._text("table")

    def to_markdown(self) -> str:
        """Return the ceiling and the tables as Markdown."""
        return self._text("markdown")

    def to_csv(self) -> str:
        """Return the summary of findings as CSV."""
        return tables.render(self.answer.summary, "csv")

    def to_json(self) -> str:
        """Return the ceiling, its domains and the summary of findings as JSON."""
        plain = self.answer.to_dict()
        kept = {
            "subject": plain["subject"], "certainty": plain["certainty"],
            "summary": plain["summary"], "left_out": plain["left_out"],
            "subgroups": plain["subgroups"], "dataset": plain["dataset"],
        }  # fmt: skip
        return json.dumps(kept, ensure_ascii=False, indent=2) + "\n"

    def to_html(self) -> str:
        """Return one HTML page that opens offline."""
        return pages.render(
            "certainty.html.j2", found=self, title=self.title, ceiling=self.ceiling.table(),
            findings=self.answer.summary, judgments=self.answer.judgments,
            style=pages.read_template("style.css") + pages.read_template("answer.css"),
            footer=pages.footer(self.answer.dataset.named),
        )  # fmt: skip

    def _text(self, style: str) -> str:
        written = tables.markdown_text if style == "markdown" else str
        found = [self.answer.summary, self.ceiling.table(), self.answer.judgments]
        told = (self.answer.verdict, self.answer.certainty_line)
        blocks = [f"{written(said)}\n" for said in told]
        for table in filter(len, found):
            blocks += [f"**{table.title}**\n"] if style == "markdown" else []
            blocks.append(tables.render(table, style))
        beside = sensitivity.line(self.answer.left_out, self.answer.groupings)
        blocks += [f"{written(beside)}\n"] if beside else []
        blocks.append(f"{NO_GRADE}{SOME_GIVEN if self.answer.judged else NONE_GIVEN}\n")
        cited = self.answer.dataset.citation
        blocks += [f"Data: {written(cited)}. Not medical advice.\n"] if cited else []
        return "\n".join(blocks)
