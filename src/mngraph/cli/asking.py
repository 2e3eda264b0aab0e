"""How commands ask a question: in plain words, or with an option for each concept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from mngraph.cli.options import complete_concept, open_with_studies
from mngraph.errors import UsageError, WrongKindError
from mngraph.wording import alternatives

if TYPE_CHECKING:
    from mngraph.drawing.answerpage import Evidence
    from mngraph.graph import Graph
    from mngraph.store import Store

CONCEPTS = ("procedure", "modality", "indication", "event")
NAMED = ("indication", "modalities", "procedure", "event")
Command = Callable[..., Any]


def question_options(command: Command) -> Command:
    """Give a command the words and the options of a question.

    Args:
        command: a function that takes `words` and, by name, what the options hold.
    """
    options = [
        click.argument(
            "words", nargs=-1, metavar="[WORDS]…", shell_complete=complete_concept(*CONCEPTS)
        ),
        click.option(
            "-i",
            "--indication",
            shell_complete=complete_concept("indication"),
            help="What was treated.",
        ),
        click.option(
            "-w",
            "--with",
            "modalities",
            metavar="MODALITY",
            multiple=True,
            shell_complete=complete_concept("modality"),
            help="Given together with the procedure; given again, both together.",
        ),
        click.option(
            "-p",
            "--procedure",
            shell_complete=complete_concept("procedure"),
            help="The procedure; by default any.",
        ),
        click.option(
            "--event",
            shell_complete=complete_concept("event"),
            help='An adverse event: how often it was seen; "side effects" for any.',
        ),
        click.option("--alone", is_flag=True, help="Only arms that had the procedure alone."),
        click.option("--only", is_flag=True, help="With -w: these modalities and no other."),
        click.option("--randomized", is_flag=True, help="Only randomized studies."),
        click.option(
            "--level",
            type=click.IntRange(1, 5),
            help="Only studies at this design level or a stronger one.",
        ),
        click.option(
            "--since",
            type=click.IntRange(1000, 9999),
            metavar="YEAR",
            help="Only studies published in this year or later.",
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def check_asked(command: str, words: tuple[str, ...], asked: dict[str, Any]) -> None:
    """Check that anything is asked.

    Raises:
        UsageError: neither words nor a concept.
    """
    if not (words or any(asked.get(name) for name in NAMED)):
        raise UsageError(
            f"ask in plain words (mngraph {command} prp acne scars), or name an indication (-i), a "
            "modality (-w), a procedure (-p) or an --event"
        )


def ask(location: str | None, words: tuple[str, ...], asked: dict[str, Any]) -> Evidence:
    """Return the answer to the question that words and options ask.

    Args:
        location: the graph.
        words: the question in plain words.
        asked: what the options hold, by name.
    """
    from mngraph.graph import Graph

    named = {name: asked[name] for name in NAMED}
    limits = {name: value for name, value in asked.items() if name not in NAMED}
    graph = Graph(open_with_studies(location))
    with _naming_the_option():
        return graph.evidence(**_question(graph, words, **named), **limits)


def ask_exactly(store: Store, words: tuple[str, ...], asked: dict[str, Any]) -> Evidence:
    """Return the answer on the modalities that are named and no others, or on none.

    Args:
        store: the graph.
        words: the question in plain words.
        asked: what the options hold: indication, modalities and procedure.
    """
    from mngraph.graph import Graph

    graph = Graph(store)
    with _naming_the_option():
        question = _question(graph, words, event=None, **asked)
        several = bool(question["combined_with"])
        return graph.evidence(**question, only=several, alone=not several)


@contextmanager
def _naming_the_option() -> Iterator[None]:
    """Turn an error on a concept of another kind into one that names the option for it."""
    from mngraph.question import NAMES, OPTIONS

    try:
        yield
    except WrongKindError as error:
        kinds = [kind for kind in error.kinds if kind in OPTIONS]
        if not kinds:
            raise
        what, use = (alternatives(said[kind] for kind in kinds) for said in (NAMES, OPTIONS))
        raise UsageError(f"{error.text!r} is {what}: use {use}") from error


def _question(
    graph: Graph, words: tuple[str, ...], *, indication: str | None, modalities: tuple[str, ...],
    procedure: str | None, event: str | None,
) -> dict[str, Any]:  # fmt: skip
    """Return the concepts that words and options name.

    Raises:
        UsageError: a word is not known, or names the same kind of concept as an option.
    """
    from mngraph.question import read_question

    asked = read_question(graph.store, words)
    single = {
        "indication": (indication, asked.indication, "-i"),
        "procedure": (procedure, asked.procedure, "-p"),
        "event": (event, asked.event, "--event"),
    }
    for kind, (option, word, flag) in single.items():
        if option and word:
            raise UsageError(f"the words and {flag} each name the {kind}: leave one of them out")
    chosen = {kind: option or word for kind, (option, word, _) in single.items()}
    return chosen | {"combined_with": [*asked.modalities, *modalities]}
