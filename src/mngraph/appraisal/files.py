"""Appraisals read from YAML: `appraisals/*.yaml` of a pack, with the keys of appraisal.jsonld.

id: roe
study: pmid-00000000
tool: rob2
appraiser: roe
name: Roe R
appraised: "2026-11-28"
domains:
  - {domain: randomization, judgement: low, reason: A computer drew the order., place: p. 2}
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mngraph import keys, yamlfile
from mngraph.appraisal.tools import Judgement, Tool, tools
from mngraph.errors import RecordError
from mngraph.keys import Kind, Term
from mngraph.records import Record, check_record
from mngraph.wording import alternatives

if TYPE_CHECKING:
    from mngraph.packs import Pack


def read_appraisals(
    paths: Iterable[Path], pack: Pack, studies: Collection[str] | None = None
) -> Iterator[Record]:
    """Yield appraisals, each with what is wrong with it; each is read once.

    Args:
        paths: their files.
        pack: the pack whose studies they judge.
        studies: the ids of the studies that are wanted; by default all. Appraisals of other
            studies of the pack are left out, and if there are any, so are those of claims, which
            rest on all of them.
    """
    known = {path.stem: f"{pack.base}study/{path.stem}" for path in pack.files()}
    seen: dict[tuple[str, ...], Record] = {}
    for path in paths:
        record = _read(path, pack, known)
        missing = known.keys() - set(studies) if studies is not None else set()
        if record.study in missing or (missing and _is_on_claim(record)):
            continue
        record.problems += _repeats(record, seen)
        yield record


def _read(path: Path, pack: Pack, studies: Mapping[str, str]) -> Record:
    try:
        data, lines = yamlfile.read_yaml(path)
        word = data.get("tool") if isinstance(data, dict) else None
        tool = tools().get(word) if isinstance(word, str) else None
        on_claim = tool.judges_claims if tool else "claim" in (data or {})
        term = _term(tool, studies, on_claim=on_claim)
        record = check_record(data, lines, path, pack.known, pack.prefix, term)
    except RecordError as error:
        return Record(path, {}, {}, term=keys.appraisal(), problems=[error])
    if tool:
        record.problems += _domain_faults(record, tool)
    record.problems.sort(key=lambda problem: problem.line)
    return record


def _is_on_claim(record: Record) -> bool:
    return record.term.type == keys.appraisal("grade").type


def _term(tool: Tool | None, studies: Mapping[str, str], *, on_claim: bool) -> Term:
    """Return an appraisal as a term, with the words that a tool allows; all where none is known."""
    every = [each for each in tools().values() if each.judges_claims is on_claim]
    chosen = [tool] if tool else every
    domains = {each.word: each.iri for one in chosen for each in one.domains}
    judged = {word: each.iri for one in chosen for word, each in one.judgements.items()}
    overall = {each.word: each.iri for one in chosen for each in one.overall}
    root = keys.appraisal("grade" if on_claim else "")
    inner = root.terms["domains"]
    within = _with_choices(inner.terms, {"domain": domains, "judgement": judged})
    words: dict[str, Mapping[str, str]] = {
        "tool": {name: each.iri for name, each in tools().items()},
        "overall": overall,
    }
    if not on_claim:
        words["study"] = studies
    around = {**_with_choices(root.terms, words), "domains": replace(inner, terms=within)}
    return replace(root, terms=around)


def _with_choices(
    terms: Mapping[str, Term], words: Mapping[str, Mapping[str, str]]
) -> dict[str, Term]:
    """Return terms, some of them as closed lists of words."""
    chosen = {
        name: replace(terms[name], kind=Kind.CHOICE, namespace="", choices=allowed)
        for name, allowed in words.items()
    }
    return {**terms, **chosen}


def _domain_faults(record: Record, tool: Tool) -> Iterator[RecordError]:
    """Yield a problem for each domain without a judgment, with two, or with a wrong one."""
    judged = record.data.get("domains")
    items = judged if isinstance(judged, list) else []
    given = [item.get("domain") if isinstance(item, dict) else None for item in items]
    counts = Counter(word for word in given if isinstance(word, str))
    for domain in tool.domains:
        if not (counts[domain.word] or domain.is_optional) and items:
            yield RecordError(
                record.path, record.lines.get(("domains",), 1),
                f"no judgment on `{domain.word}` ({domain.label}): {_allowed(domain.allows)}",
            )  # fmt: skip
        for n in (n for n, word in enumerate(given) if word == domain.word):
            word, where = items[n].get("judgement"), ("domains", n, "judgement")
            fits = [each.word for each in domain.allows]
            if word in tool.judgements and word not in fits:
                reason = f"`{domain.word}` does not allow {word}: {_allowed(domain.allows)}"
                yield RecordError(record.path, record.lines.get(where, 1), reason)
            if counts[domain.word] > 1 and n != given.index(domain.word):
                line = record.lines.get(("domains", n), 1)
                yield RecordError(record.path, line, f"`{domain.word}` is judged twice")


def _allowed(judgements: Iterable[Judgement]) -> str:
    return f"allowed: {', '.join(each.word for each in judgements)}"


def _repeats(record: Record, seen: dict[tuple[str, ...], Record]) -> Iterator[RecordError]:
    """Yield a problem where another file has the same id, or the same judged by the same person."""
    if not record.id:
        return
    part, about = ("measure", "claim") if _is_on_claim(record) else ("outcome", "study")
    tool, outcome, who = (str(record.data.get(key, "")) for key in ("tool", part, "appraiser"))
    places = {
        ("id", record.study, record.id): ("id", f"the id `{record.id}` is that of another one"),
        ("who", record.study, tool, outcome, who): (
            "appraiser",
            f"`{who}` has judged this {about} with {tool} already",
        ),
    }
    for place, (key, reason) in places.items():
        first = seen.setdefault(place, record)
        if first is not record:
            mend = alternatives([f"correct this `{key}`", "leave one of the files out"])
            yield RecordError(
                record.path, record.lines.get((key,), 1), f"{reason}, in {first.path}: {mend}"
            )
            return
