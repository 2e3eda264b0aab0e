"""An empty appraisal to fill in, with what record or data state beside each question."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from mngraph import context, iris, sparql
from mngraph.appraisal.tools import Domain, Judgement, Tool
from mngraph.store import Store
from mngraph.visible import escape_controls
from mngraph.wording import alternatives

Facts = Mapping[str, tuple[str, list[str]]]
"""For the IRI of a property: its name, and its values as text."""

LONGEST = 160
"""The most characters of one value that a line shows."""


def empty_appraisal(store: Store, study: str, tool: Tool) -> str:
    """Return an appraisal in YAML in which the judgments are left to fill in.

    What people have to write is empty, so that `mngraph appraise --check` refuses the file until
    each judgment is made; comments have the questions, and what the record of the study states.

    Args:
        store: the graph that holds the study.
        study: the study's IRI.
        tool: the tool.

    >>> from mngraph.store import open_store
    >>> from mngraph.appraisal.tools import tool_named
    >>> study = iris.study("pmid-31469914")
    >>> text = empty_appraisal(open_store(), study, tool_named("rob2"))
    >>> [line for line in text.splitlines() if "1.1" in line][0].partition(" (")[2]
    'the record states: allocation randomized)'
    """
    facts = _facts(store, study)
    return "".join(f"{line}\n" for line in _lines(facts, iris.study_key(study), tool))


def empty_judgment(claim: str, label: str, tool: Tool, beside: Mapping[str, str]) -> str:
    """Return a judgment of certainty in YAML in which the judgments are left to fill in.

    Args:
        claim: the claim's IRI.
        label: what the claim is called.
        tool: the tool.
        beside: what data say of the domains, by the label of the domain; that of the whole by "".

    >>> from mngraph.appraisal.tools import tool_named
    >>> iri = "https://w3id.org/mngraph/claim/microneedling_for_scar"
    >>> beside = {"": "Certainty cannot be higher than low.", "imprecision": "20 participants"}
    >>> text = empty_judgment(iri, "Microneedling for scar", tool_named("grade"), beside)
    >>> [line for line in text.splitlines() if "20 participants" in line]
    ['  #    By data: 20 participants']
    """
    return "".join(f"{line}\n" for line in _judgment_lines(claim, label, tool, beside))


def _judgment_lines(claim: str, label: str, tool: Tool, beside: Mapping[str, str]) -> Iterator[str]:
    yield f"# {tool.label} on: {_shown(label)}"
    yield f"# The tool: {tool.citation}, {tool.source}"
    yield "# Fill in what is empty, then run: mngraph appraise --check FILE"
    if beside.get(""):
        yield f"# {_shown(beside[''])} That is no judgment."
    yield "id:  # a short name of this file, such as your initials; no other of the claim has it"
    yield f"claim: {iris.last_segment(claim)}"
    yield "# measure: clinical-response  # the one outcome that is judged; without it, all outcomes"
    yield f"tool: {tool.word}"
    yield "appraiser:  # a short name for you, the same in each of your files"
    yield "name:  # your name as you sign; or leave it out and give your ORCID iD"
    yield "# orcid: https://orcid.org/0000-0002-1825-0097"
    yield "# stated_in:  # instead of a name: the id of the review that states it, with the place"
    yield "# place:  # page, section or table of that review"
    yield 'appraised:  # the day, such as "2026-11-28"'
    yield "domains:"
    for domain in tool.domains:
        yield from _judged_domain(domain, beside.get(domain.label, ""))
    yield f"overall:  # {_words(tool.overall)}"
    yield "# overall_reason:"


def _judged_domain(domain: Domain, told: str) -> Iterator[str]:
    """Yield a domain to judge; one that may be left out is a comment."""
    mark = "# " if domain.is_optional else ""
    yield f"  # {domain.number}. {domain.label[:1].upper()}{domain.label[1:]}"
    yield f"  #    {domain.text}" + (" May be left out." if domain.is_optional else "")
    if told:
        yield f"  #    By data: {_shown(told)}"
    yield f"  {mark}- domain: {domain.word}"
    yield f"  {mark}  judgement:  # {_words(domain.allows)}"
    yield f"  {mark}  reason:"


def misfit(store: Store, study: str, tool: Tool) -> str:
    """Return that a tool is not made for the design of a study, with those that are; '' if it is.

    Args:
        store: the graph that holds the study.
        study: the study's IRI.
        tool: the tool.
    """
    rows = list(store.select_internal(sparql.internal("fitting-tools", study=study)))
    fitting = [row["word"].value for row in rows if row["word"]]
    if not rows or tool.word in fitting:
        return ""
    instead = f"use {alternatives(fitting)}" if fitting else "none of the tools here is"
    return f"{tool.word} is not made for this design ({rows[0]['name'].value}): {instead}"


def _facts(store: Store, study: str) -> Facts:
    found: dict[str, tuple[str, list[str]]] = {}
    for row in store.select_internal(sparql.internal("appraised-study", study=study)):
        _, values = found.setdefault(row["predicate"].value, (row["name"].value, []))
        values.append(_shown(row["value"].value))
    return found


def _shown(value: str) -> str:
    """Return a value on one line of bounded length, so that it stays inside its comment."""
    text = escape_controls(" ".join(value.split()))
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "\N{HORIZONTAL ELLIPSIS}"


def _lines(facts: Facts, key: str, tool: Tool) -> Iterator[str]:
    title = ", ".join(facts.get(context.expand("dcterms:title"), ("", ["no title"]))[1])
    yield f"# {tool.label} on {key}: {title}"
    yield f"# The tool: {tool.citation}, {tool.source}"
    yield "# Fill in what is empty, then run: mngraph appraise --check FILE"
    yield f"# {_stated(facts, map(context.expand, ('prov:hadPrimarySource', 'mn:seen')))}"
    yield "id:  # a short name of this file, such as your initials; no other of the study has it"
    yield f"study: {key.rpartition(':')[2]}"
    yield '# outcome: "1"  # the one outcome that is judged, by its place in the record'
    yield f"tool: {tool.word}"
    yield "appraiser:  # a short name for you, the same in each of your files"
    yield "name:  # your name as you sign; or leave it out and give your ORCID iD"
    yield "# orcid: https://orcid.org/0000-0002-1825-0097"
    yield 'appraised:  # the day, such as "2026-11-28"'
    yield "domains:"
    for domain in tool.domains:
        yield from _domain(facts, domain)
    yield f"# overall:  # {_words(tool.overall)}"
    yield "# overall_reason:"


def _domain(facts: Facts, domain: Domain) -> Iterator[str]:
    yield f"  # {domain.number}. {domain.label[:1].upper()}{domain.label[1:]}"
    beside = "" if domain.questions else _beside(facts, domain.informed_by)
    yield f"  #    {domain.text}{beside}"
    for question in domain.questions:
        yield f"  #    {question.number} {question.text}{_beside(facts, question.informed_by)}"
    yield f"  - domain: {domain.word}"
    yield f"    judgement:  # {_words(domain.allows)}"
    yield "    reason:"
    yield "    place:  # page, section or table; leave it out where there is none"


def _beside(facts: Facts, properties: Iterable[str]) -> str:
    """Return what stands beside a question: the facts that help to answer it."""
    named = list(properties)
    return f" ({_stated(facts, named)})" if named else ""


def _stated(facts: Facts, properties: Iterable[str]) -> str:
    """Return what the record states by some properties, and what it does not state."""
    wanted = list(properties)
    told = [f"{facts[iri][0]} {', '.join(facts[iri][1])}" for iri in wanted if iri in facts]
    silent = [_plain(iri) for iri in wanted if iri not in facts]
    parts = [f"the record states: {'; '.join(told)}"] if told else []
    parts += [f"the record does not state: {', '.join(silent)}"] if silent else []
    return "; ".join(parts)


def _plain(iri: str) -> str:
    """Return the name of a property as words.

    >>> _plain("https://w3id.org/mngraph/ontology#followUpWeeks")
    'follow up weeks'
    """
    name = iris.term_name(iri)
    return "".join(f" {char.lower()}" if char.isupper() else char for char in name)


def _words(judgements: Iterable[Judgement]) -> str:
    return alternatives(each.word for each in judgements)
