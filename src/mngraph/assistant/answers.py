"""The tools `search`, `evidence` and `explain`: questions to a graph, and answers as data and text.

Each takes the graph and its arguments, which were checked before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from mngraph import context, iris, tables
from mngraph import search as searching
from mngraph.assistant import studies
from mngraph.assistant.described import reworded, said
from mngraph.assistant.fitting import Page, Reply, fitted, paged
from mngraph.drawing.answerpage import Evidence
from mngraph.drawing.pages import footer
from mngraph.errors import UsageError, WrongKindError
from mngraph.evidence.chain import Step, tree_lines
from mngraph.evidence.facts import Facts
from mngraph.evidence.render import data_line
from mngraph.graph import Graph
from mngraph.question import NAMES, read_question
from mngraph.store import Store
from mngraph.studies import require_studies
from mngraph.tables import Table
from mngraph.wording import alternatives, counted

ARGUMENTS = {
    "procedure": "procedure", "modality": "combined_with", "indication": "indication",
    "event": "event",
}  # fmt: skip
"""The argument of `evidence` that takes each kind of concept."""
LIMITS = ("alone", "only", "randomized", "level", "since")
ELSEWHERE = ("sources", "dataset", "nearby", "columns", "rows")
"""What the data of an answer have under another name."""
STEPS = 300
"""Steps of a chain that one answer shows."""


def not_advice(store: Store) -> str:
    """Return what data an answer is from, and that it is no advice: the line that ends pages."""
    return footer(Facts(store).dataset().named)


# --- search ----------------------------------------------------------------------------------


def search(graph: Graph, asked: dict[str, Any]) -> Reply:
    """Return the concepts, studies and publications that a text names."""
    store, page = graph.store, Page(0, asked["limit"])
    every = searching.search(
        store, asked["text"], asked.get("kinds") or searching.KINDS, asked["limit"] + 1
    )
    matches = page.of(every)
    named = studies.among(match.iri for match in matches)
    data = {
        "matches": [
            {
                "iri": m.iri, "name": context.compact(m.iri), "kind": m.kind, "label": m.label,
                **({"matched": m.matched} if m.matched not in ("", m.label) else {}),
                "score": m.score,
            }
            for m in matches
        ],
        "studies": studies.listed(store, named),
        "says_not": [said("search"), not_advice(store)],
        "page": page.told(len(matches), len(matches)),
        "left_out": ["more names that are alike (give limit)"] * (len(every) > len(matches)),
    }  # fmt: skip
    rows = [[m.label, m.kind, context.compact(m.iri), m.matched, m.score] for m in matches]
    table = Table(["label", "kind", "name", "matched", "score"], rows)
    nothing = "No concept, study or publication has such a name: try other words, or fewer."
    return fitted(Reply(data, tables.render(table, "markdown") if rows else nothing))


# --- evidence --------------------------------------------------------------------------------


def evidence(graph: Graph, asked: dict[str, Any]) -> Reply:
    """Return what the studies of a question found."""
    require_studies(graph.store)
    limits: Any = {name: asked[name] for name in LIMITS if name in asked}
    try:
        found = graph.evidence(**_question(graph.store, asked), **limits)
    except WrongKindError as error:
        kinds = [kind for kind in error.kinds if kind in ARGUMENTS]
        if not kinds:
            raise
        what = alternatives(NAMES[kind] for kind in kinds)
        use = alternatives(ARGUMENTS[kind] for kind in kinds)
        raise UsageError(f"{error.text!r} is {what}: give it as {use}") from error
    return paged(
        lambda page: _weighed(graph.store, found, page), Page(asked["offset"], asked["limit"])
    )


def _question(store: Store, asked: dict[str, Any]) -> dict[str, Any]:
    """Return the concepts that plain words and arguments name.

    Raises:
        UsageError: nothing is asked, or words and arguments name the same kind.
    """
    words = asked.get("question", "")
    single = {kind: asked.get(kind) or None for kind in ("indication", "procedure", "event")}
    given = [each for each in asked.get("combined_with", ()) if each.strip()]
    if not (words.strip() or given or any(single.values())):
        raise UsageError(
            "nothing is asked: give a question in plain words, or an indication, combined_with, a "
            "procedure or an event"
        )
    read = read_question(store, [words] if words.strip() else [])
    for kind, named in single.items():
        if named and getattr(read, kind):
            raise UsageError(f"the question and {kind} each name the {kind}: leave out one of them")
        single[kind] = named or getattr(read, kind)
    return single | {"combined_with": [*read.modalities, *given]}


def _weighed(store: Store, found: Evidence, page: Page) -> Reply:
    """Return a part of the results of an answer, with the verdict on all of them."""
    findings, reports = page.of(found.findings), page.of(found.reports)
    entries: Sequence[Any] = findings or reports
    cited = {entry.study.key for entry in entries}
    sources = tuple(source for source in found.sources if source.key in cited)
    part = replace(found, findings=findings, reports=reports, sources=sources)
    plain: Any = _reworded(part.to_dict())
    named = list(dict.fromkeys(entry.study.iri for entry in entries))
    data: dict[str, Any] = {
        **{name: value for name, value in plain.items() if name not in ELSEWHERE},
        "claims": _claims(store, found),
        "results": [_without_nothing(row) for row in plain["rows"]],
        "nearby": [_without_nothing(each) for each in plain["nearby"]],
        "studies": studies.listed(store, named),
        "says_not": [found.quality, found.certainty_line, said("level"), data_line(found)],
        "page": page.told(len(entries), len(found.entries)),
        "left_out": studies.left_out(named),
    }
    data["says_not"] = [sentence for sentence in data["says_not"] if sentence]
    return Reply(data, reworded(part.to_markdown()))


def _reworded(value: Any) -> Any:
    """Return plain data that names tools where the answer of the command line names commands."""
    if isinstance(value, dict):
        return {name: _reworded(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_reworded(each) for each in value]
    return reworded(value) if isinstance(value, str) and "mngraph " in value else value


def _without_nothing(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value not in (None, "")}


def _claims(store: Store, found: Evidence) -> list[str]:
    """Return the IRIs of the claims of the graph that are on exactly what was asked."""
    asked = found.question
    about = asked.indication or asked.event
    if not about:
        return []
    procedures = [asked.procedure] if asked.procedure else Facts(store).roots
    names = (
        iris.ClaimName(
            procedure=iris.last_segment(procedure),
            modalities=tuple(map(iris.last_segment, asked.modalities)),
            indication="" if asked.event else iris.last_segment(about),
            event=iris.last_segment(about) if asked.event else "",
        ).iri
        for procedure in procedures
    )
    return [name for name in names if store.has(name)]


# --- explain ---------------------------------------------------------------------------------


def explain(graph: Graph, asked: dict[str, Any]) -> Reply:
    """Return the chain from a claim or an edge to its sources."""
    found = graph.explain(*_terms(graph.store, asked["terms"]))
    return paged(
        lambda page: _traced(graph.store, found.root, page), Page(asked["offset"], asked["limit"])
    )


def _terms(store: Store, given: list[str]) -> list[str]:
    """Return the terms of a claim where one text names them all, such as "microneedling for scar".

    Without that, a study whose title has the same words would be taken for what is meant.
    """
    if len(given) != 1 or " " not in given[0].strip() or searching.claim_called(store, given[0]):
        return given
    try:
        named = read_question(store, given)
    except UsageError:  # the name of a study, or nothing
        return given
    procedures = [named.procedure] if named.procedure else Facts(store).roots[:1]
    about = named.indication or named.event
    return [*procedures, *named.modalities, about] if about and procedures else given


def _traced(store: Store, root: Step, page: Page) -> Reply:
    """Return some branches of a chain: as many as fit, and at least one."""
    branches: list[Step] = []
    left, dropped = STEPS, 0
    for branch in page.of(root.behind):
        size = sum(1 for _ in _steps(branch))
        if branches and size > left:
            break
        kept, dropped = _pruned(branch, left), dropped + max(0, size - left)
        branches.append(kept)
        left -= size
    shown = Step(_line(root.text), root.iri, branches)
    named = studies.among(context.expand(step.iri) for step in _steps(shown) if ":" in step.iri)
    data = {
        "root": _plain(shown),
        "studies": studies.listed(store, named),
        "says_not": [
            sentence
            for sentence in (studies.appraised(store, named), said("level"), not_advice(store))
            if sentence
        ],
        "page": page.told(len(branches), len(root.behind)),
        "left_out": [
            *studies.left_out(named),
            *([f"{counted(dropped, 'step')} of a long branch"] if dropped else []),
        ],
    }
    return Reply(data, "\n".join(tree_lines(shown)))


def _steps(step: Step) -> Iterator[Step]:
    yield step
    for inner in step.behind:
        yield from _steps(inner)


def _pruned(step: Step, left: int) -> Step:
    """Return the first steps of a branch, each on one line."""
    taken = 0

    def copied(step: Step) -> Step:
        nonlocal taken
        taken += 1
        same = Step(_line(step.text), step.iri)
        for inner in step.behind:
            if taken < left:
                same.behind.append(copied(inner))
        return same

    return copied(step)


def _line(text: str) -> str:
    """Return a text on one line, so that no label can draw branches of its own."""
    return " ".join(text.split())


def _plain(step: Step) -> dict[str, Any]:
    iri = {"iri": context.expand(step.iri) if ":" in step.iri else step.iri} if step.iri else {}
    behind = {"behind": [_plain(inner) for inner in step.behind]} if step.behind else {}
    return {"text": step.text, **iri, **behind}
