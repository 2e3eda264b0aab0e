"""`mngraph mcp`."""

from __future__ import annotations

import sys

import click

from mngraph.cli.options import graph_option
from mngraph.cli.process import say
from mngraph.errors import UsageError

PORT = 7879
LOOPBACK = ("127.0.0.1", "localhost", "::1")
WILDCARDS = ("0.0.0.0", "::")  # noqa: S104


@click.command("mcp")
@click.option("--http", is_flag=True,
              help="Answer over HTTP (Streamable HTTP) instead of stdin and stdout.")  # fmt: skip
@click.option("--host", default="127.0.0.1", show_default=True,
              help="Address to listen on, with --http.")  # fmt: skip
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True,
              help="Port to listen on, with --http; 0 takes a free one.")  # fmt: skip
@click.option("--allow-host", "names", multiple=True, metavar="NAME",
              help="A name under which clients reach --host (may be given again).")  # fmt: skip
@click.option("--timeout", type=click.FloatRange(min=0.1), metavar="SECONDS", default=30,
              show_default=True, help="Give up a question after this time.")  # fmt: skip
@click.option("--queries", type=click.IntRange(1, 64), metavar="N", default=4, show_default=True,
              help="Questions that are answered at once; others wait.")  # fmt: skip
@graph_option
@click.pass_context
def mcp_command(  # noqa: PLR0913
    context: click.Context, http: bool, host: str, port: int, names: tuple[str, ...],
    timeout: float, queries: int, location: str | None,
) -> None:  # fmt: skip
    """Serve the answers to assistants: a server of the Model Context Protocol (MCP).

    An assistant starts this command by itself and talks to it over stdin and stdout. Tools: search,
    evidence, explain, gaps and sparql (read-only). Put this into the configuration of the
    assistant:

    \b
    {"mcpServers": {"mngraph": {"command": "mngraph", "args": ["mcp"]}}}

    \b
    mngraph mcp
    mngraph mcp -g my-store                 args: ["mcp", "-g", "/path/to/my-store"]
    mngraph mcp --http                      prints the address once it answers
    mngraph mcp --http --port 0 --timeout 10
    """  # noqa: D301
    from mngraph.assistant.server import Options, over_http, over_stdio, require

    require()
    given = context.get_parameter_source
    only_http = [name for name in ("host", "port", "names")
                 if given(name) is not click.core.ParameterSource.DEFAULT]  # fmt: skip
    if only_http and not http:
        named = {"names": "allow-host"}.get(only_http[0], only_http[0])
        raise UsageError(f"--{named} goes with --http")
    if location == "-" and not http:
        raise UsageError("stdin carries the questions: give a graph as a file or folder with -g")
    options = Options(
        location=location, seconds=timeout, running=queries, host=host, port=port, names=names
    )
    if not http:
        if sys.stdin.isatty():
            say("an assistant starts this command and talks to it over stdin; Ctrl-C ends it")
        over_stdio(options)
        return
    if host in WILDCARDS and not names:
        raise UsageError(
            f"with --host {host} say under which name clients reach this machine: --allow-host NAME"
        )
    if host not in LOOPBACK:
        say(f"anybody who reaches {host} can read this graph and ask questions")
    over_http(options, click.echo)
