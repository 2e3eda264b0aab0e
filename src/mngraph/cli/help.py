"""`mngraph help`."""

from __future__ import annotations

import click

from mngraph.cli.options import write_output


def _complete_command(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    from mngraph.cli import COMMANDS

    return [name for name in COMMANDS if name.startswith(incomplete)]


@click.command("help")
@click.argument("command", required=False, shell_complete=_complete_command)
@click.pass_context
def help_command(ctx: click.Context, command: str | None) -> None:
    """Show what mngraph can do, or how one command is used.

    \b
    mngraph help
    mngraph help evidence
    """  # noqa: D301
    program = ctx.find_root()
    if command is None:
        write_output(program.get_help() + "\n", None)
        return
    group = program.command
    assert isinstance(group, click.Group)  # noqa: S101
    name, found, _ = group.resolve_command(program, [command])
    if found is not None:
        with click.Context(found, program, name, max_content_width=100) as inner:
            write_output(found.get_help(inner) + "\n", None)
