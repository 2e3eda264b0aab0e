"""The evidence finder: boxes for a question, and the answer at an address that can be sent."""

from __future__ import annotations

import asyncio
import shlex
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

from mngraph import concepts, context, queries, sparql
from mngraph.drawing.answerpage import Evidence, for_answer
from mngraph.errors import MngraphError, UsageError
from mngraph.graph import Graph
from mngraph.serving.pages import frame

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from mngraph.serving.site import Site

TITLE = "What is the evidence?"
LEAD = (
    "Which studies tested a procedure, alone or combined, for an indication, what they found, how "
    "strong that evidence is, and which harms were reported. Every fact leads back to its "
    "publication."
)
COUNTED = {"mn:Study": "studies", "mn:Publication": "publications", "mn:Outcome": "outcomes",
           "mn:AdverseEventReport": "reports of harms", "mn:Claim": "claims"}  # fmt: skip
FORMATS = {
    "html": ("text/html", "Page to print"), "csv": ("text/csv", "CSV"),
    "json": ("application/json", "JSON"), "md": ("text/markdown", "Markdown"),
    "ris": ("application/x-research-info-systems", "RIS"),
    "bib": ("application/x-bibtex", "BibTeX"),
    "csl.json": ("application/vnd.citationstyles.csl+json", "CSL-JSON"),
    "ttl": ("text/turtle", "Turtle"),
}  # fmt: skip
"""The formats of an answer: media type, and what the link is called."""
PLOTS = ("direction", "albatross", "harvest", "forest")
OPTIONS = {"-i": "indication", "-w": "with", "-p": "procedure", "--event": "event"}
FLAGS = ("--alone", "--randomized")
"""The options of `mngraph evidence` that stand for a box each."""
EXAMPLES = 4
"""Questions that the first page links to."""
LONGEST = 200
"""Most characters of one box."""
MATCHES = 10
NEAR = 3
"""Names that are offered for one that no concept has."""
NAMES = 4
"""Names of one box for which others are offered."""
BOXES = {"indication": "indication", "with_": "modality", "procedure": "procedure",
         "event": "event"}  # fmt: skip
"""The boxes, and the kind of concept that stands in each."""


class Asked(NamedTuple):
    """What stands in the boxes."""

    indication: str = ""
    with_: str = ""
    procedure: str = ""
    event: str = ""
    randomized: bool = False
    alone: bool = False

    @property
    def values(self) -> dict[str, Any]:
        """The boxes as the template names them."""
        return {**self._asdict(), "with": self.with_}

    def query(self, **more: str) -> str:
        """Return the parameters of the question's address."""
        named = {"indication": self.indication, "with": self.with_, "procedure": self.procedure,
                 "event": self.event, "randomized": "yes" * self.randomized,
                 "alone": "yes" * self.alone, **more}  # fmt: skip
        return urlencode({name: value for name, value in named.items() if value})


def asked(values: Mapping[str, str]) -> Asked:
    """Return the question of an address.

    >>> asked({"with": "PRP", "randomized": "yes"}).query()
    'with=PRP&randomized=yes'
    """
    texts = {name: values.get(name, "").strip()[:LONGEST] for name in Asked._fields}
    return Asked(
        texts["indication"], values.get("with", "").strip()[:LONGEST], texts["procedure"],
        texts["event"], bool(texts["randomized"]), bool(texts["alone"]),
    )  # fmt: skip


@lru_cache(maxsize=128)
def answer(site: Site, question: Asked) -> Evidence:
    """Return the answer to a question.

    Raises:
        UsageError: a name is not known, or nothing was asked.
    """
    if not (question.indication or question.with_ or question.procedure or question.event):
        raise UsageError("fill in at least one box")
    modalities = [name.strip() for name in question.with_.split("+") if name.strip()]
    return Graph(site.store).evidence(
        question.indication or None, modalities, question.procedure or None,
        question.event or None, randomized=question.randomized, alone=question.alone,
    )  # fmt: skip


def routes(site: Site) -> list[BaseRoute]:
    """Return the routes of the finder."""
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    async def home(request: Request) -> Response:
        return frame.page(await asyncio.to_thread(_home, site))

    async def evidence(request: Request) -> Response:
        question = asked(request.query_params)
        form, plot = request.query_params.get("format", ""), request.query_params.get("plot", "")
        try:
            if plot:
                text = await asyncio.to_thread(lambda: answer(site, question).plot(plot).to_html())
                return frame.page(text)
            if form:
                return await asyncio.to_thread(_download, site, question, form)
            return frame.page(await asyncio.to_thread(_page, site, question))
        except MngraphError as error:
            return frame.page(await asyncio.to_thread(_problem, site, question, str(error)), 404)

    async def complete(request: Request) -> Response:
        kind, text = (request.query_params.get(name, "")[:LONGEST] for name in ("kind", "q"))
        if kind not in concepts.KINDS or not text.strip():
            return JSONResponse([])
        found = await asyncio.to_thread(_matches, site, kind, text.strip())
        return JSONResponse(
            [{"label": m.label, "matched": m.matched, "iri": m.iri} for m in found],
            headers={"Cache-Control": "max-age=300"},
        )

    return [Route("/", home), Route("/evidence", evidence), Route("/complete", complete)]


def _home(site: Site) -> str:
    found = _examples(site)
    return frame.render(
        site, "served-home.html.j2", "/", title=TITLE, lead=LEAD, asked=Asked().values,
        examples=[(label, f"{site.root}/evidence?{asked.query()}") for label, asked in found],
        counts=_counts(site), hints=hints(site),
    )  # fmt: skip


@lru_cache(maxsize=8)
def _examples(site: Site) -> tuple[tuple[str, Asked], ...]:
    """Return what was studied most, each indication once: the claim's label, and its question."""
    found: dict[str, tuple[str, Asked]] = {}
    for row in site.store.select_internal(sparql.internal("example-questions")):
        indication, modality = row["indication"].value, row["modality"].value
        question = Asked(indication=indication, with_=modality)
        found.setdefault(indication, (row["label"].value, question))
    return tuple(found.values())[:EXAMPLES]


def hints(site: Site) -> Asked:
    """Return what stands in gray in the empty boxes."""
    return next((question for _, question in _examples(site)), Asked())


@lru_cache(maxsize=32)
def _counts(site: Site) -> tuple[tuple[str, int], ...]:
    table = queries.run_table(site.store, queries.find_query("classes-and-counts"))
    instances = {context.expand(str(row[0])): row[-1] for row in table.rows}
    found = ((name, instances.get(context.expand(curie))) for curie, name in COUNTED.items())
    return tuple((name, number) for name, number in found if isinstance(number, int))


@lru_cache(maxsize=64)
def _page(site: Site, question: Asked) -> str:
    found = answer(site, question)
    base = f"{site.root}/evidence"
    plots = [(name, f"{base}?{question.query(plot=name)}") for name in PLOTS if _drawn(found, name)]
    return frame.render(
        site, "served-evidence.html.j2", "/", asked=question.values, problem="", hints=hints(site),
        drawings=[drawing] if (drawing := first_drawing(found)) else [], plots=plots,
        downloads=[
            (name, f"{base}?{question.query(format=form)}") for form, (_, name) in FORMATS.items()
        ],
        sparql=_sparql(site, found), **{**for_answer(found), "address": asking(site)},
    )  # fmt: skip


def asking(site: Site) -> Callable[[str], str]:
    """Return what turns the command that asks a question into the address that asks it here.

    >>> from mngraph.serving.site import Site
    >>> asking(Site(store=None, public=""))("mngraph evidence -i acne-scar -w PRP --alone")
    '/evidence?indication=acne-scar&with=PRP&alone=yes'
    """

    def address(command: str) -> str:
        words = iter(shlex.split(command)[2:])
        found: dict[str, str] = {}
        for word in words:
            if word in OPTIONS:
                value, name = next(words, ""), OPTIONS[word]
                found[name] = "+".join(filter(None, (found.get(name), value)))
            elif word in FLAGS:
                found[word[2:]] = "yes"
        return f"{site.root}/evidence?{asked(found).query()}"

    return address


def first_drawing(found: Evidence) -> dict[str, str] | None:
    """Return the effect direction plot of an answer, where two studies or more are in it."""
    plot = _drawn(found, "direction")
    return {"name": f"Effect direction plot of {found.subject}", "svg": plot} if plot else None


def _drawn(found: Evidence, kind: str) -> str:
    """Return a plot as SVG; nothing where there is nothing to draw."""
    try:
        return found.plot(kind).to_svg()
    except UsageError:
        return ""


def _problem(site: Site, question: Asked, why: str) -> str:
    near = [
        (label, f"{site.root}/evidence?{other.query()}") for label, other in _near(site, question)
    ]
    said = why.partition("; did you mean")[0] if near else why
    return frame.render(
        site, "served-evidence.html.j2", "/", asked=question.values, title="No answer",
        problem=frame.sentence(said), near=near, found=None, hints=hints(site),
    )  # fmt: skip


def _near(site: Site, question: Asked) -> Iterator[tuple[str, Asked]]:
    """Yield the names that are like those which no concept has, and the question with each."""
    for box, kind in BOXES.items():
        text = getattr(question, box)
        names = filter(None, (name.strip() for name in text.split("+")))
        for name in islice(dict.fromkeys(names), NAMES):
            if not _is_known(site, kind, name):
                for match in _matches(site, kind, name)[:NEAR]:
                    text_then = text.replace(name, match.label)
                    yield match.label, question._replace(**{box: text_then})


@lru_cache(maxsize=1024)
def _matches(site: Site, kind: str, text: str) -> tuple[concepts.Match, ...]:
    return tuple(concepts.search(site.store, text, (kind,), MATCHES))


@lru_cache(maxsize=1024)
def _is_known(site: Site, kind: str, name: str) -> bool:
    try:
        concepts.resolve(site.store, name, (kind,))
    except UsageError:
        return False
    return True


def _download(site: Site, question: Asked, form: str) -> Response:
    from starlette.responses import Response

    if form not in FORMATS:
        raise UsageError(f"the formats are {', '.join(FORMATS)}")
    found = answer(site, question)
    writers: dict[str, Callable[[], str | bytes]] = {
        "html": found.to_html, "csv": found.to_csv, "json": found.to_json,
        "md": found.to_markdown, "ris": found.to_ris, "bib": found.to_bibtex,
        "csl.json": found.to_csl,
        "ttl": lambda: _turtle(site, found),
    }  # fmt: skip
    media, _ = FORMATS[form]
    named = f'attachment; filename="evidence.{form}"'
    headers = {} if form == "html" else {"Content-Disposition": named}
    return Response(writers[form](), media_type=f"{media}; charset=utf-8", headers=headers)


def _turtle(site: Site, found: Evidence) -> bytes:
    """Return what the graph states about the studies of an answer."""
    from mngraph.export import to_rdf_triples

    studies = sorted({entry.study.iri for entry in found.entries})
    if not studies:
        return to_rdf_triples([], "ttl")
    text = sparql.internal("study-graphs", studies=studies)
    return to_rdf_triples(list(site.store.construct(text)), "ttl")


def _sparql(site: Site, found: Evidence) -> dict[str, str] | None:
    """Return a query that lists the comparisons of an answer, with its concepts put in."""
    question = found.question
    values: dict[str, Any] = {}
    if question.event:
        query = queries.find_query("adverse-events-of")
        values = {"within": question.event}
        values |= {"procedure": question.procedure} if question.procedure else {}
    elif question.indication:
        query = queries.find_query("comparisons-of")
        values = {"indication": question.indication}
        values |= {"combined_with": question.modalities[0]} if question.modalities else {}
    else:
        return None
    text = queries.shown_text(site.store, query, values)
    address = f"{site.root}/sparql?{urlencode({'query': text})}"
    return {"title": query.title, "text": text, "address": address}
