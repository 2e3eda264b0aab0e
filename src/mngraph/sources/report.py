"""The report of a check of records against abstracts: as text, and as data for JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from mngraph import context
from mngraph.sources.check import Checked, Report
from mngraph.wording import counted


def report_data(report: Report) -> dict[str, object]:
    """Return the report as plain data for JSON."""
    return {
        "records": [_checked_data(each) for each in report.checked],
        "records_without_abstract": len(report.without_abstract),
        "abstracts_without_record": report.without_record,
    }


def _checked_data(checked: Checked) -> dict[str, object]:
    text = checked.abstract
    return {
        "study": context.compact(checked.study),
        "label": checked.label,
        "text": {"pmid": text.pmid, "origin": text.origin, "revised": text.revised or None,
                 "sha256": text.sha256},
        "found": [{"field": f.fact.field, "value": f.fact.value, "start": f.start, "end": f.end,
                   "section": f.sentence.label if f.sentence else ""} for f in checked.found],
        "not_found": [{"field": f.field, "value": f.value} for f in checked.missing],
        "flags": checked.flags,
        "notices": [asdict(notice) for notice in checked.notices],
        "claims_resting_on_it": [context.compact(claim) for claim in checked.claims],
    }  # fmt: skip


def report_text(report: Report) -> str:
    """Return the report as lines of text."""
    lines = [line for each in report.checked for line in _checked_lines(each)]
    without = len(report.without_abstract)
    if report.selected:
        lines += [
            f"{context.compact(study)}: no abstract here" for study in report.without_abstract
        ]
    total = f"Checked {counted(len(report.checked), 'record')}"
    lines.append(f"{total}; {without:,} {'has' if without == 1 else 'have'} no abstract here.")
    if report.without_record:
        lines.append(f"No record for {counted(len(report.without_record), 'abstract')}.")
    lines.append("A fact that is not in the abstract is not wrong: it may be in the full text.")
    return "\n".join(lines) + "\n"


def _checked_lines(checked: Checked) -> Iterator[str]:
    found = len(checked.found)
    name = f"{context.compact(checked.study)}  {checked.label}".strip()
    total = counted(found + len(checked.missing), "fact")
    yield f"{name}: {found} of {total} found in the abstract"
    for notice in checked.notices:
        source = f"{notice.citation} {notice.pmid and f'PMID {notice.pmid}'}".strip()
        yield f"  ! {notice.kind.replace('-', ' ')}: {source}"
    if checked.claims:
        rest = "claim rests" if len(checked.claims) == 1 else "claims rest"
        yield f"  ! {len(checked.claims)} {rest} on it, {len(checked.direct)} directly:"
        yield from (f"      {context.compact(claim)}" for claim in checked.direct)
    yield from (f"  ? {flag}" for flag in checked.flags)
    yield from (f"  not found: {fact.field} ({fact.value})" for fact in checked.missing)
