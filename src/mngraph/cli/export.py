"""`mngraph export`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from mngraph.cli.options import graph_option, output_stream, write_output
from mngraph.cli.process import say
from mngraph.errors import UsageError
from mngraph.faces import FACES, check_options

if TYPE_CHECKING:
    from mngraph.faces import Face
    from mngraph.store import Store


class _Export(click.Command):
    """Lists the formats of claims below the options, one a line."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options and the formats."""
        super().format_options(ctx, formatter)
        with formatter.section("Formats of claims, for -f"):
            formatter.write_dl([(face.name, face.about) for face in FACES.values()])


def _complete_format(_context: click.Context, _option: click.Parameter, start: str) -> list[Any]:
    from click.shell_completion import CompletionItem

    from mngraph.drawing.networkfiles import GRAPH_WRITERS
    from mngraph.export import RDF_FORMATS

    known = dict.fromkeys((*RDF_FORMATS, *GRAPH_WRITERS), "")
    known |= {face.name: face.about for face in FACES.values()}
    return [
        CompletionItem(name, help=about)
        for name, about in known.items()
        if name.startswith(start.lower())
    ]


@click.command("export", cls=_Export)
@click.argument("target", metavar="FILE", type=click.Path(path_type=Path, readable=False))
@click.option(
    "-f",
    "--format",
    metavar="FORMAT",
    shell_complete=_complete_format,
    help="ttl nt nq trig rdf jsonld graphml gexf csv cytoscape, or one of the formats of claims; "
    "by default the ending of FILE.",
)
@click.option(
    "--only",
    multiple=True,
    metavar="CLAIM|STUDY",
    help="Only this claim or study, in a format of claims (may be given again).",
)
@click.option(
    "--graph-name",
    "names",
    multiple=True,
    metavar="GRAPH",
    help="Only this named graph, e.g. graph:claims (may be given again).",
)
@click.option(
    "--key",
    metavar="KEYFILE",
    envvar="MNGRAPH_NANOPUB_KEY",
    type=click.Path(path_type=Path, readable=False),
    help="Sign nanopublications with this RSA key. Nothing is published.",
)
@click.option(
    "--orcid",
    metavar="ID",
    envvar="MNGRAPH_ORCID",
    help="The ORCID iD of who makes the nanopublications.",
)
@graph_option
def export_command(
    target: Path,
    format: str | None,
    only: tuple[str, ...],
    names: tuple[str, ...],
    key: Path | None,
    orcid: str | None,
    location: str | None,
) -> None:
    """Write the graph to a file: RDF, the network for drawing programs, or a format of claims.

    The same graph gives the same bytes. ttl, nt and rdf hold the union of the named graphs; nq,
    trig and jsonld keep them apart; with --only, jsonld has the shape of a study's record. What a
    format cannot hold is refused before anything is written. FILE may also end in .gz, .bz2, .xz or
    .zst, which compresses it; - is stdout.

    \b
    mngraph export microneedling.ttl
    mngraph export claims.jsonld --graph-name graph:claims
    mngraph export study.jsonld --only study:pmid-31469914
    mngraph export network.graphml.gz
    mngraph export sources.bib
    mngraph export tables -f review-tables
    mngraph export one.trig -f nanopub --only "microneedling for acne scar"
    mngraph export signed.trig -f nanopub --key ~/.nanopub/id_rsa --orcid 0000-0002-1825-0097
    mngraph export - -f nq | sort
    """  # noqa: D301
    from mngraph import context, export, packing, rdffiles
    from mngraph.store import open_store

    chosen = _chosen(target, format)
    if names and chosen not in export.RDF_FORMATS:
        raise UsageError(f"--graph-name goes with RDF formats, not with {chosen}")
    if only and chosen not in (*FACES, "jsonld"):
        raise UsageError(f"--only goes with {', '.join((*FACES, 'jsonld'))}, not with {chosen}")
    if only and names:
        raise UsageError("--only and --graph-name do not go together")
    signing = _signing(chosen, key, orcid)
    if only and chosen == "jsonld":
        held = _write_documents(open_store(location), target, only)
    elif chosen in FACES:
        held = _write_face(open_store(location), target, FACES[chosen], only, signing)
    elif chosen not in export.RDF_FORMATS:
        held = _write_network(open_store(location), target, chosen)
    else:
        graphs = [context.expand(name) for name in names]
        if location is not None and rdffiles.names_file(location):
            quads = export.file_quads(location, graphs)
        else:
            quads = export.dataset_quads(open_store(location), graphs)
        statements = export.statements(quads, chosen)
        with output_stream(str(target)) as out, packing.packed(target, out) as stream:
            export.write_statements(statements, chosen, stream)
        held = export.counted(statements, chosen)
    say(f"{target}: {held}")


def _signing(chosen: str, key: Path | None, orcid: str | None) -> dict[str, object]:
    """Return how nanopublications are signed; nothing for another format.

    Raises:
        UsageError: the command asks it of another format; the environment may do so.
    """
    context = click.get_current_context()
    given = {name: value for name, value in (("key", key), ("orcid", orcid)) if value}
    asked = [n for n in given if context.get_parameter_source(n) == ParameterSource.COMMANDLINE]
    check_options(chosen, asked)
    return {
        n: value for n, value in given.items() if n in getattr(FACES.get(chosen), "options", ())
    }


def _write_face(
    store: Store, target: Path, face: Face, only: tuple[str, ...], signing: dict[str, object]
) -> str:
    """Write a face of the claims to a file, a folder or stdout; return its size in words."""
    from mngraph.faces.writing import face_bytes, write_face

    if str(target) != "-":
        return write_face(store, target, face, only, **signing)
    content = face_bytes(store, face, only, **signing)
    write_output(content, None)
    return f"{len(content):,} bytes of {face.name}"


def _write_documents(store: Store, target: Path, only: tuple[str, ...]) -> str:
    """Write studies, claims and other resources as their own JSON-LD; return how many."""
    from mngraph import framing, packing
    from mngraph.search import resolve
    from mngraph.wording import counted

    content = framing.to_jsonld(store, [resolve(store, name) for name in only])
    write_output(packing.pack(target, content), str(target))
    return counted(len(only), "resource")


def _write_network(store: Store, target: Path, format: str) -> str:
    """Write the network in a format of drawing programs; return its size in words."""
    from mngraph import packing
    from mngraph.drawing import network, networkfiles

    drawn = network.network(store)
    content = networkfiles.GRAPH_WRITERS[format](drawn)
    write_output(packing.pack(target, content), str(target))
    return f"{drawn.number_of_nodes():,} nodes, {drawn.number_of_edges():,} edges"


def _chosen(target: Path, format: str | None) -> str:
    """Return the format that is asked for, by option or by the file's ending."""
    from mngraph.drawing.networkfiles import GRAPH_WRITERS
    from mngraph.export import RDF_FORMATS, format_of
    from mngraph.faces.writing import check_target, face_of
    from mngraph.nearest import nearest

    if (face := format or face_of(target)) and face in FACES:
        check_target(target, FACES[face])
        return face
    known = [*RDF_FORMATS, *GRAPH_WRITERS]
    ending = format_of(target)
    chosen = _named(format) if format else ending
    fitting = {chosen, "", "txt", *({"cytoscape"} if chosen == "jsonld" else ())}  # both are .json
    if chosen in known and str(target) != "-" and ending not in fitting:
        raise UsageError(
            f"cannot write {chosen} to {target}: its ending is that of something else; choose "
            f"another name, such as {target.stem}.{'cyjs' if chosen == 'cytoscape' else chosen}"
        )
    if chosen in known:
        return chosen
    listed = f"the formats are {', '.join([*map(_described, known), *FACES])}"
    if not chosen:
        raise UsageError(
            f"{target} has no ending that names a format; choose one with -f: {listed}"
        )
    near = nearest(chosen, [*known, *_other_names(), *FACES])
    meant = f"; did you mean {near}?" if near else ""
    raise UsageError(f"unknown format {chosen!r}{meant} ({listed})")


def _other_names() -> dict[str, str]:
    """Return the other endings that stand for a format of RDF, such as turtle for ttl."""
    from mngraph.syntaxes import SYNTAXES

    return {
        ending[1:]: name
        for name, syntax in SYNTAXES.items()
        for ending in syntax.endings[1:]
        if ending != ".json"  # is the network's, too
    }


def _named(format: str) -> str:
    return _other_names().get(format, format)


def _described(format: str) -> str:
    also = [other for other, name in _other_names().items() if name == format]
    return f"{format} ({', '.join(also)})" if also else format
