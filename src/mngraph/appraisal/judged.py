"""The judgments of a graph: by study and appraiser, and how far two appraisers agree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations

from mngraph import iris, sparql
from mngraph.appraisal.tools import Judgement, Tool, tools
from mngraph.errors import SynthesisError
from mngraph.statistics.agreement import cohens_kappa
from mngraph.store import Store
from mngraph.tables import Table


@dataclass
class Appraisal:
    """What one file says.

    Attributes:
        iri: the appraisal.
        study: the study's IRI.
        label: what the study is called.
        outcome: the IRI of the outcome that was judged; empty for the study as a whole.
        tool: the tool.
        appraiser: the short name of who judged.
        resolves: whether it is the consensus on others.
        stands: whether it counts.
        domains: the judgment on each domain, by the domain's word.
        overall: the judgment on the whole; None where nobody gave one and no rule does.
        by_rule: whether that follows by the tool's rule, and nobody gave it.
    """

    iri: str
    study: str
    label: str
    outcome: str
    tool: Tool
    appraiser: str
    resolves: bool
    stands: bool
    domains: dict[str, Judgement] = field(default_factory=dict)
    overall: Judgement | None = None
    by_rule: bool = False

    @property
    def subject(self) -> tuple[str, str]:
        """What was judged: study and outcome."""
        return self.study, self.outcome


def appraisals(store: Store, studies: Iterable[str] = ()) -> list[Appraisal]:
    """Return the appraisals of a graph by tool, study and file.

    Args:
        store: the graph.
        studies: the IRIs of the studies that are wanted; by default all.
    """
    wanted = set(studies)
    named = {tool.iri: tool for tool in tools().values()}
    found: dict[str, Appraisal] = {}
    for row in store.select_internal(sparql.internal("judgements")):
        tool = named.get(row["tool"].value)
        if tool is None or (wanted and row["study"].value not in wanted):
            continue
        given = {name: row[name].value if row[name] else "" for name in ("label", "outcome")}
        one = found.setdefault(
            row["appraisal"].value,
            Appraisal(
                row["appraisal"].value, row["study"].value,
                given["label"] or iris.study_key(row["study"].value), given["outcome"], tool,
                row["appraiser"].value, sparql.is_true(row["resolves"].value),
                sparql.is_true(row["stands"].value),
            ),
        )  # fmt: skip
        _note(one, row["domain"].value if row["domain"] else "", row["judgement"].value)
        one.by_rule = one.by_rule or bool(row["computed"])
    return list(found.values())


def _note(one: Appraisal, domain: str, judgement: str) -> None:
    """Note a judgment, on a domain or, without one, on the whole."""
    if not domain:
        one.overall = next((j for j in one.tool.overall if j.iri == judgement), None)
    for each in one.tool.domains:
        if each.iri == domain:
            found = next((j for j in each.allows if j.iri == judgement), None)
            one.domains |= {each.word: found} if found else {}


# --- agreement --------------------------------------------------------------------------------


def agreement(every: Iterable[Appraisal]) -> Table:
    """Return how far each two appraisers agree, by tool, with Cohen's kappa.

    Counted are the domains that both judged in the same studies and outcomes; a consensus is no
    second opinion. Kappa takes every disagreement alike; see `statistics.agreement`.

    Args:
        every: appraisals.
    """
    columns = [
        "tool", "first", "second", "judged_by_both", "agreed", "kappa", "lower", "upper", "note"
    ]  # fmt: skip
    return Table(columns, [list(row) for row in _pairs(every)])


def _pairs(every: Iterable[Appraisal]) -> Iterator[tuple[object, ...]]:
    by_tool: dict[str, list[Appraisal]] = {}
    for one in every:
        if not one.resolves:
            by_tool.setdefault(one.tool.word, []).append(one)
    for word, ours in sorted(by_tool.items()):
        names = sorted({one.appraiser for one in ours})
        for first, second in combinations(names, 2):
            both = list(_both(ours, first, second))
            if both:
                yield word, first, second, *_measured(both, tools()[word].judgements)


def _both(ours: list[Appraisal], first: str, second: str) -> Iterator[tuple[str, str]]:
    """Yield what each of two people judged, as words, where both judged the same."""
    theirs = {one.subject: one for one in ours if one.appraiser == second}
    for one in ours:
        other = theirs.get(one.subject) if one.appraiser == first else None
        for domain in one.domains.keys() & other.domains.keys() if other else ():
            yield one.domains[domain].word, other.domains[domain].word  # type: ignore[union-attr]


def _measured(
    both: list[tuple[str, str]], judgements: Mapping[str, Judgement]
) -> tuple[object, ...]:
    words = [word for word in judgements if any(word in pair for pair in both)]
    table = [[both.count((one, other)) for other in words] for one in words]
    agreed = sum(one == other for one, other in both)
    if len(words) < 2:
        return len(both), agreed, None, None, None, "kappa is not defined: one judgment throughout"
    try:
        found = cohens_kappa(table).kappa
    except SynthesisError as error:
        return len(both), agreed, None, None, None, f"kappa is not defined: {error}"
    limits = (round(value, 3) + 0.0 for value in (found.estimate, found.lower, found.upper))
    return len(both), agreed, *limits, ""
