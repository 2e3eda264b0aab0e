"""Claims and studies as nanopublications: signed or not, and published by nobody but the user.

What each holds is written in ontology/faces/nanopub/: a folder a kind, a query a named graph. The
queries run once each. A graph of one nanopublication is what leads from its claim or study, and
from its own IRIs, through what the query found, as far as the next claim or study.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from mngraph import context, resources, sparql
from mngraph.errors import NoStudiesError, UnrepresentableError, UsageError
from mngraph.faces.signing import Signer, orcid_iri
from mngraph.faces.trusty import GAP, artifact_code, normalized
from mngraph.yamlfile import read_yaml

if TYPE_CHECKING:
    import pyoxigraph as ox

    from mngraph.faces.trusty import Statement
    from mngraph.store import Store


DECIMAL = "http://www.w3.org/2001/XMLSchema#decimal"
SIGNATURE = "http://purl.org/nanopub/x/hasSignature"


def parts(
    store: Store,
    name: str,
    only: Sequence[str] = (),
    *,
    key: str | Path | None = None,
    orcid: str | None = None,
) -> Iterator[tuple[str, bytes]]:
    """Yield the one file of nanopublications, TriG.

    Args:
        store: the graph.
        name: the name of the face.
        only: IRIs of claims and studies to keep; none for all. The nanopublications that these
            refer to have the same IRIs as in a file of all.
        key: the file of an RSA key to sign with; none for unsigned nanopublications.
        orcid: the ORCID iD of who makes them; none to name nobody.

    Raises:
        NoStudiesError: the graph has no claims and studies.
        UsageError: one of `only` is none of them, or key or ORCID iD are not in order.
        UnrepresentableError: a statement has a blank node, which has no name to be cited by.
        MissingExtraError: a key is given, and the extra `nanopub` is not installed.

    >>> from mngraph.store import open_store
    >>> study = "https://w3id.org/mngraph/study/pmid-31469914"
    >>> [(name, content)] = parts(open_store(), "nanopub", [study])
    >>> name, content.count(b"np:Nanopublication")
    ('nanopublications.trig', 1)
    """
    made = Nanopublications(store, Signer(key) if key else None, orcid_iri(orcid) if orcid else "")
    if not made.things:
        raise NoStudiesError(f"{store.location} has no claims and studies to publish")
    if missing := [iri for iri in only if iri not in made.things]:
        raise UsageError(f"{context.compact(missing[0])} is neither a claim nor a study of it")
    kept = sorted(set(only)) if only else made.things
    yield "nanopublications.trig", made.head() + b"".join(map(made.trig, kept))


class _Found:
    """What a query found: triples by their subject, and each nanopublication's own subjects."""

    def __init__(self, triples: Iterable[ox.Triple], draft: str) -> None:
        self.triples: defaultdict[str, list[ox.Triple]] = defaultdict(list)
        self.own: defaultdict[str, list[str]] = defaultdict(list)
        for triple in triples:
            self.triples[getattr(triple.subject, "value", "")].append(triple)
        for subject in self.triples:
            if subject.startswith(draft):
                self.own[_split(subject, draft)[0]].append(subject)


class Nanopublications:
    """The nanopublications of a graph, each made when it is asked for.

    Args:
        store: the graph.
        signer: what signs them; None to leave them unsigned.
        creator: the IRI of who makes them; empty to name nobody.

    Attributes:
        things: the IRIs of the claims and studies, sorted.
    """

    def __init__(self, store: Store, signer: Signer | None = None, creator: str = "") -> None:
        import pyoxigraph as ox

        folder = resources.folder("ontology") / "faces" / "nanopub"
        self.settings: dict[str, Any] = read_yaml(folder / "nanopub.yaml")[0]
        self.signer = signer
        terms: dict[str, Sequence[ox.NamedNode | ox.Literal]] = {
            "creator": [sparql.node(creator)] if creator else [],
            "publicKey": [ox.Literal(signer.public_key)] if signer else [],
        }
        draft = self.settings["draft"]
        self._graphs: dict[str, dict[str, _Found]] = {}
        self._done: dict[str, tuple[str, list[Statement]]] = {}
        self._making: set[str] = set()
        self._kinds: dict[str, str] = {}
        for kind in sorted(path for path in folder.iterdir() if path.is_dir()):
            found = {
                path.stem: _Found(
                    store.construct(sparql.bind_own(path.read_text("utf-8"), terms)), draft
                )
                for path in sorted(kind.glob("*.rq"))
            }
            self._graphs[kind.name] = found
            self._kinds |= dict.fromkeys(found["Head"].own, kind.name)
        self.things = sorted(self._kinds)

    def head(self) -> bytes:
        """Return the prefixes that a file declares once."""
        prefixes = context.own_prefixes() | self.settings["prefixes"]
        lines = [f"@prefix {name}: <{iri}> .\n" for name, iri in sorted(prefixes.items())]
        return "".join(lines).encode()

    def trig(self, thing: str) -> bytes:
        """Return the nanopublication of a claim or study, without the common prefixes."""
        import pyoxigraph as ox

        gap, (iri, statements) = self.settings["base"] + GAP, self._made(thing)

        def final(text: str) -> ox.NamedNode:
            return ox.NamedNode(iri + text[len(gap) :] if text.startswith(gap) else text)

        quads = [
            ox.Quad(final(s), final(p), final(o) if isinstance(o, str) else o, final(g))
            for g, s, p, o in sorted(statements, key=_reading_order)
        ]
        own = {"this": iri, "sub": f"{iri}#"}
        prefixes = context.own_prefixes() | self.settings["prefixes"] | own
        content = ox.serialize(quads, format=ox.RdfFormat.TRIG, prefixes=prefixes) or b""
        body = (line for line in content.splitlines(True) if not line.startswith(b"@prefix"))
        head = "".join(f"@prefix {name}: <{value}> .\n" for name, value in own.items())
        return b"\n" + head.encode() + b"".join(body)

    def _made(self, thing: str) -> tuple[str, list[Statement]]:
        """Return a nanopublication's IRI, and its statements with a gap for the hash in it."""
        if thing not in self._done:
            self._making.add(thing)
            statements = [
                self._statement(thing, graph, triple)
                for graph, found in self._graphs[self._kinds[thing]].items()
                for triple in self._reached(thing, found)
            ]
            gap = self.settings["base"] + GAP
            if self.signer:
                signature = self.signer.sign(normalized(statements))
                statements.append(_signed(gap, signature))
            iri = self.settings["base"] + artifact_code(statements)
            self._done[thing] = (iri, statements)
            self._making.remove(thing)
        return self._done[thing]

    def _reached(self, thing: str, found: _Found) -> Iterator[ox.Triple]:
        """Yield the triples that lead from a claim or study, up to the next claim or study."""
        import pyoxigraph as ox

        waiting = [thing, *found.own.get(thing, ())]
        seen = set(waiting)
        while waiting:
            for triple in found.triples.get(waiting.pop(), ()):
                yield triple
                if not isinstance(triple.object, ox.NamedNode):
                    continue
                following = triple.object.value
                if following not in seen and self._is_free(following):
                    seen.add(following)
                    waiting.append(following)

    def _is_free(self, iri: str) -> bool:
        """Return whether an IRI is that of no claim or study, and of none of their drafts."""
        return iri not in self._kinds and not iri.startswith(self.settings["draft"])

    def _statement(self, thing: str, graph: str, triple: ox.Triple) -> Statement:
        """Return a triple with the IRIs of nanopublications for those of drafts."""
        import pyoxigraph as ox

        value = triple.object
        return (
            f"{self.settings['base']}{GAP}#{graph}",
            self._named(thing, triple.subject),
            triple.predicate.value,
            _lasting(value) if isinstance(value, ox.Literal) else self._named(thing, value),
        )

    def _named(self, thing: str, term: object) -> str:
        """Return the IRI of a term; a gap stands for the hash of the thing's nanopublication."""
        import pyoxigraph as ox

        if not isinstance(term, ox.NamedNode):
            raise UnrepresentableError(
                f"a nanopublication cannot hold {term}, which the statements on "
                f"{context.compact(thing)} have: give it an IRI"
            )
        if not term.value.startswith(self.settings["draft"]):
            return term.value
        other, fragment = _split(term.value, self.settings["draft"])
        if other not in self._kinds or (other != thing and other in self._making):
            raise UnrepresentableError(
                f"the statements on {context.compact(thing)} use {term}, and IRIs that begin like "
                "this stand for nanopublications that have no IRI yet: give it another one"
            )
        own = self.settings["base"] + GAP if other == thing else self._made(other)[0]
        return own + fragment


def _split(iri: str, draft: str) -> tuple[str, str]:
    """Return whose draft an IRI is of, and what it names in it."""
    name, mark, fragment = iri.removeprefix(draft).partition("#")
    return unquote(name), mark + fragment


def _lasting(literal: ox.Literal) -> ox.Literal:
    """Return a literal as rdflib leaves it, which writes the decimal 3 as 3.0 when it publishes."""
    import pyoxigraph as ox

    if literal.datatype.value != DECIMAL or "." in literal.value:
        return literal
    return ox.Literal(f"{literal.value}.0", datatype=literal.datatype)


def _signed(gap: str, signature: str) -> Statement:
    import pyoxigraph as ox

    return (f"{gap}#pubinfo", f"{gap}#sig", SIGNATURE, ox.Literal(signature))


def _reading_order(statement: Statement) -> tuple[str, ...]:
    return tuple(map(str, statement))
