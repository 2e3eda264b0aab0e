"""The command line: each command in a file of its own, imported when it is called."""

from __future__ import annotations

import importlib
import re
import sys
import traceback
from collections.abc import Sequence
from typing import Any

import click

from mngraph.cli import process

CONCEPTS = ("-i", "-w", "-p", "--indication", "--with", "--procedure", "--event")
"""The options of `mngraph evidence` that name a concept."""
COMMANDS: dict[str, tuple[str, str]] = {
    "info": ("info", "Show what is in the graph: version, counts, named graphs."),
    "query": ("query", "Run a named query, a query file or SPARQL text."),
    "queries": ("query", "List the named queries, or explain one."),
    "search": ("search", "Find concepts by label, synonym or misspelling."),
    "show": ("show", "Show everything about one resource."),
    "evidence": ("evidence", "Weigh the studies of a question: verdict, table, forest plot."),
    "certainty": ("certainty", "Show the ceiling of certainty by GRADE, and what nobody judged."),
    "appraise": ("appraise", "Write, check or draw what people judge of a study (RoB 2, …)."),
    "explain": ("explain", "Trace a claim or an edge to its studies and sources."),
    "map": ("map", "Draw the evidence gap map (HTML, SVG, PNG)."),
    "view": ("view", "Draw the graph as one interactive HTML file."),
    "centrality": ("centrality", "Rank concepts by how they bridge the network."),
    "export": ("export", "Write the graph to a file of another format."),
    "load": ("load", "Load RDF files of any size and syntax into a store directory."),
    "push": ("push", "Load the graph into a remote store; what is equal there is skipped."),
    "serve": ("serve", "Serve web pages and a SPARQL 1.1 endpoint."),
    "mcp": ("mcp", "Serve the same answers to assistants (Model Context Protocol)."),
    "ingest": ("ingest", "Read PubMed, nbib or RIS files into candidates to review."),
    "review": ("review", "Decide on candidates, fact by fact, beside their abstracts."),
    "new": ("new", "Make a new evidence pack to fill with study records."),
    "build": ("build", "Build a graph from evidence packs or study records."),
    "validate": ("validate", "Check packs, study records or a graph against the shapes."),
    "diff": ("diff", "Compare two graphs: claims and facts added, removed, changed."),
    "fetch": ("fetch", "Write what a search of PubMed finds to a file."),
    "enrich": ("enrich", "Fill holes in records from PubMed, Crossref and OpenAlex."),
    "check-sources": ("check_sources", "Look for a record's facts in its abstract."),
    "annotate": ("annotate", "Read candidate facts from titles and abstracts."),
    "help": ("help", "Show what mngraph can do, or how one command is used."),
}
"""Each command, the module of this package that holds it, and one line of help."""


ELSEWHERE = {
    "sparql": "query -e", "select": "query -e", "ask": "evidence", "find": "search", "draw": "view",
    "plot": "view", "gaps": "map", "check": "validate", "convert": "export", "list": "queries",
    "compare": "diff", "import": "load", "grade": "certainty", "sof": "certainty",
    "rob": "appraise", "bias": "appraise", "appraisal": "appraise", "curate": "review",
}  # fmt: skip
"""What people call a command elsewhere, and how it is called here."""


OPTIONS_ELSEWHERE = {
    "--combined-with": "--with", "--combined_with": "--with", "--modality": "--with",
    "--rct": "--randomized", "--rcts": "--randomized", "--topic": "--focus",
    "--about": "--focus", "--year": "--since", "--output-format": "--format",
}  # fmt: skip
"""What people call an option elsewhere, and how it is called here."""
OUT_OF_RANGE = r"\1 is not a number from \2 to \3"
"""What a number is not, in words."""


class Commands(click.Group):
    """Imports a command when it is called, and turns errors into one line and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order in which a newcomer meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Import and return a command."""
        if name not in COMMANDS:
            return None
        module = importlib.import_module(f"mngraph.cli.{COMMANDS[name][0]}")
        command: click.Command = getattr(module, name.replace("-", "_") + "_command")
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Suggest the nearest command when no command has that name; refuse repeated options."""
        from mngraph.nearest import nearest

        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            near = ELSEWHERE.get(args[0]) or nearest(args[0], COMMANDS)
            hint = f"; did you mean mngraph {near}?" if near else ""
            raise click.UsageError(f"there is no command {args[0]!r}{hint}", ctx)
        name, command, rest = super().resolve_command(ctx, args)
        if command is not None and not ctx.resilient_parsing:
            _refuse_repeats(ctx, str(name), command, rest)
        return name, command, rest

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])

    def main(
        self, args: Sequence[str] | None = None, prog_name: str | None = None,
        complete_var: str | None = None, standalone_mode: bool = True, **extra: Any,
    ) -> Any:  # fmt: skip
        """Run the command line; a usage error also becomes one line on stderr."""
        if not standalone_mode:
            return super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        stdout = sys.stdout
        try:
            code = super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        except click.exceptions.NoArgsIsHelpError as error:
            process.say(error.format_message())
            code = error.exit_code
        except click.ClickException as error:
            process.say(f"error: {_usage(error)}")
            code = error.exit_code
        except click.Abort:
            process.say("error: stopped")
            code = 130
        except (OSError, process.Terminated) as error:
            code = process.exit_code_of(error)
        except SystemExit as ended:
            code = ended.code
            if sys.stdout is not stdout:  # click wraps it when the reader has closed the pipe
                code = process.ClosedPipeError.exit_code
        sys.exit(code if isinstance(code, int) else 0)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an error becomes one line on stderr and an exit code."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            if ctx.params.get("debug"):
                traceback.print_exc()
            raise click.exceptions.Exit(process.exit_code_of(error)) from error


def _refuse_repeats(
    ctx: click.Context, name: str, command: click.Command, args: Sequence[str]
) -> None:
    """Refuse an option that takes one value and is given several; click would keep the last.

    Raises:
        click.UsageError: the message names the option.
    """
    reading = click.Context(command, info_name=name, parent=ctx, resilient_parsing=True)
    _, _, order = command.make_parser(reading).parse_args(list(args))
    if any(param.is_eager for param in order):  # --help
        return
    single = (p for p in order if isinstance(p, click.Option) and not (p.multiple or p.is_flag))
    for option in single:
        if (number := order.count(option)) > 1:
            times = "twice" if number == 2 else f"{number} times"
            names = " or ".join(option.opts)
            raise click.UsageError(f"{names} takes one value and is given {times}", reading)


def _usage(error: click.ClickException) -> str:
    """Return what is wrong with a command line, in one line, with an example that works."""
    message = " ".join(error.format_message().split()).rstrip(".")
    message = (message[:1].lower() + message[1:]).removeprefix("got ")
    message = re.sub(r"(\S+) is not in the range (\d+)<=x<=(\d+)", OUT_OF_RANGE, message)
    context: click.Context | None = getattr(error, "ctx", None)
    if context is None or context.parent is None:
        return f"{message} (mngraph --help)"
    if isinstance(error, click.NoSuchOption) and error.option_name == "--debug":
        return f"{message}: it stands before the command, mngraph --debug {context.info_name} …"
    named = isinstance(error, click.NoSuchOption) and error.option_name in CONCEPTS
    if named and any("--focus" in param.opts for param in context.command.params):
        return f"{message}: this command takes --focus CONCEPT ({context.command_path} --help)"
    if isinstance(error, click.NoSuchOption):
        message = f"no such option {error.option_name!r}{_meant(error.option_name, context)}"
    examples = (context.command.help or "").partition("\b")[2].split("\n")
    calls = (line.strip() for line in examples if line.strip().startswith(context.command_path))
    example = next(calls, "").partition("  ")[0]
    return f"{message}; for example: {example} ({context.command_path} --help)"


def _meant(option: str, context: click.Context) -> str:
    """Return which options of a command may be meant by one that it has not."""
    from mngraph.nearest import tied

    own = {name for param in context.command.params for name in param.opts if name[:2] == "--"}
    called = OPTIONS_ELSEWHERE.get(option, "")
    near = [called] if called in own else tied(option, own, 70)
    return f" (did you mean {' or '.join(near)}?)" if near else ""


def _show_version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        import mngraph

        click.echo(f"mngraph {mngraph.__version__}")
        ctx.exit()


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="A graph location (-g) is a store directory, an RDF file or the URL of a SPARQL "
    "endpoint; without it, the graph of the release is read. Shell completion: "
    'eval "$(_MNGRAPH_COMPLETE=bash_source mngraph)".',
)
@click.option("--debug", is_flag=True, help="Show the traceback when an error occurs.")
@click.option(
    "--version", is_flag=True, expose_value=False, is_eager=True, callback=_show_version,
    help="Show the version and exit.",
)  # fmt: skip
def cli(debug: bool) -> None:
    """Ask, weigh and draw the evidence on medical procedures.

    \b
    mngraph info
    mngraph query studies-of -p indication=acne-scar
    mngraph evidence prp acne scars
    mngraph view graph.html
    """  # noqa: D301


def main(args: Sequence[str] | None = None) -> None:
    """Run the command line and end the process."""
    process.prepare()
    try:
        cli(args, prog_name="mngraph")
    except SystemExit as end:
        process.leave(end.code if isinstance(end.code, int) else 0)
