"""`mngraph serve`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mngraph.cli.options import graph_option, origins_option, services_option
from mngraph.cli.process import say
from mngraph.errors import UsageError

if TYPE_CHECKING:
    from mngraph.candidates.deciding import Review

PORT = 7878
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=PORT, show_default=True,
    help="Port to listen on; 0 takes a free one.",
)  # fmt: skip
@click.option(
    "--timeout", type=click.FloatRange(min=0.1), metavar="SECONDS", default=30, show_default=True,
    help="Give up a query after this time.",
)  # fmt: skip
@click.option(
    "--queries", type=click.IntRange(1, 256), metavar="N", default=8, show_default=True,
    help="Queries that run at once; others wait.",
)  # fmt: skip
@click.option(
    "--max-answer", "answer", type=click.FloatRange(min=0.001), metavar="MIB", default=100,
    show_default=True, help="Break off answers that are larger.",
)  # fmt: skip
@services_option
@origins_option
@click.option(
    "--root-path", "root", default="", metavar="/PATH",
    help="Path under which a reverse proxy shows the site.",
)  # fmt: skip
@click.option("--access-log/--no-access-log", "log", default=True, help="Log requests to stderr.")
@click.option("--review", "candidates", metavar="DIR",
              type=click.Path(path_type=Path, readable=False),
              help="Let candidates of mngraph ingest be decided on at /review.")  # fmt: skip
@click.option("--to", default="data/studies", show_default=True, metavar="FOLDER",
              type=click.Path(path_type=Path, readable=False),
              help="Folder of study records that accepted candidates are written to.")  # fmt: skip
@click.option("--curator", default="", envvar="MNGRAPH_CURATOR", metavar="NAME",
              help="Who decides: a name, an ORCID iD, or both.")  # fmt: skip
@click.option("--open", "show", is_flag=True, help="Open the site in a browser.")
@graph_option
def serve_command(  # noqa: PLR0913
    host: str, port: int, timeout: float, queries: int, answer: float, services: tuple[str, ...],
    origins: tuple[str, ...], root: str, log: bool, show: bool, location: str | None,
    candidates: Path | None, to: Path, curator: str,
) -> None:  # fmt: skip
    """Serve web pages and a read-only SPARQL 1.1 endpoint (/sparql).

    Prints the address once it answers; Ctrl-C ends it. Nothing but this machine can reach it,
    unless --host names another address.

    \b
    mngraph serve
    mngraph serve --port 0 --no-access-log
    mngraph serve -g my-store --cors https://yasgui.example.org
    mngraph serve --review candidates --curator "Roe R 0000-0002-1825-0097"
    """  # noqa: D301
    from mngraph.serving.running import Options, serve
    from mngraph.serving.site import Limits

    if not re.fullmatch(r"(/[A-Za-z0-9._~-]+)*", root):
        raise UsageError(
            f"--root-path is a path such as /evidence, without a slash at its end, not {root!r}"
        )
    if host not in LOOPBACK:
        say(f"anybody who reaches {host} can read this graph and ask queries")
    review = _review(candidates, to, curator, host) if candidates else None
    options = Options(
        location=location, host=host, port=port, root=root, services=frozenset(services),
        origins=frozenset(origins or ([] if location else ["*"])),
        limits=Limits(seconds=timeout, running=queries, answer=int(answer * 2**20)), log=log,
        review=review,
    )  # fmt: skip

    def ready(address: str) -> None:
        click.echo(address)
        if show:
            click.launch(address)

    serve(options, ready)


def _review(folder: Path, to: Path, name: str, host: str) -> Review:
    """Return what decides on candidates.

    Raises:
        UsageError: it would be open to others, or a folder is missing.
    """
    from mngraph.candidates.deciding import Review, curator
    from mngraph.candidates.folder import Folder

    if host not in LOOPBACK:
        raise UsageError(f"--review is for this machine alone: leave out --host {host}")
    if not folder.is_dir():
        raise UsageError(f"there is no folder {folder}: mngraph ingest FILE… -o {folder} makes it")
    who = curator(name)
    if not to.is_dir():
        raise UsageError(f"there is no folder {to} for records: make it, or name another with --to")
    return Review(Folder(folder), who, to)
