"""The page of the command line, from the help of each command."""

from __future__ import annotations

import click

from mngraph.cli import COMMANDS, cli

HEAD = """# Command line

What `mngraph COMMAND --help` prints, for every command. A graph location (`-g`) is a store
directory, an RDF file or the URL of a SPARQL endpoint; without it the graph of the release is read.
What each exit code means: [Errors and exit codes](../guide/errors.md).

"""


def command_page() -> str:
    """Return the page in Markdown."""
    root = click.Context(cli, info_name="mngraph", max_content_width=90)
    blocks = [HEAD, _help(root)]
    for name in COMMANDS:
        command = cli.get_command(root, name)
        assert command is not None
        blocks.append(f"\n## mngraph {name}\n\n{_help(click.Context(command, root, name))}")
    return "".join(blocks)


def _help(context: click.Context) -> str:
    return f"```text\n{context.get_help()}\n```\n"
