"""`mngraph serve`."""

from __future__ import annotations

import re

import click

from mngraph.cli.options import graph_option, origins_option, services_option
from mngraph.cli.process import say
from mngraph.errors import UsageError

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
@click.option("--open", "show", is_flag=True, help="Open the site in a browser.")
@graph_option
def serve_command(  # noqa: PLR0913
    host: str, port: int, timeout: float, queries: int, answer: float, services: tuple[str, ...],
    origins: tuple[str, ...], root: str, log: bool, show: bool, location: str | None,
) -> None:  # fmt: skip
    """Serve web pages and a read-only SPARQL 1.1 endpoint (/sparql).

    Prints the address once it answers; Ctrl-C ends it. Nothing but this machine can reach it,
    unless --host names another address.

    \b
    mngraph serve
    mngraph serve --port 0 --no-access-log
    mngraph serve -g my-store --cors https://yasgui.example.org
    """  # noqa: D301
    from mngraph.serving.running import Options, serve
    from mngraph.serving.site import Limits

    if not re.fullmatch(r"(/[A-Za-z0-9._~-]+)*", root):
        raise UsageError(
            f"--root-path is a path such as /evidence, without a slash at its end, not {root!r}"
        )
    if host not in LOOPBACK:
        say(f"anybody who reaches {host} can read this graph and ask queries")
    options = Options(
        location=location, host=host, port=port, root=root, services=frozenset(services),
        origins=frozenset(origins or ([] if location else ["*"])),
        limits=Limits(seconds=timeout, running=queries, answer=int(answer * 2**20)), log=log,
    )  # fmt: skip

    def ready(address: str) -> None:
        click.echo(address)
        if show:
            click.launch(address)

    serve(options, ready)
