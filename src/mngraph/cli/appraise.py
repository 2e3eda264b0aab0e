"""`mngraph appraise`."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mngraph.cli.options import (
    complete_concept,
    default_format,
    graph_option,
    open_with_studies,
    progress,
    write_output,
    write_text,
)
from mngraph.cli.process import say
from mngraph.errors import RecordError, UsageError
from mngraph.wording import counted

if TYPE_CHECKING:
    from mngraph.appraisal.tools import Tool
    from mngraph.drawing.answerpage import Evidence
    from mngraph.store import Store

FORMATS = ["table", "csv", "tsv", "json", "markdown"]


def _complete_tool(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
    from click.shell_completion import CompletionItem

    from mngraph.appraisal.tools import tools

    return [
        CompletionItem(word, help=tool.label)
        for word, tool in tools().items()
        if word.startswith(incomplete)
    ]


def _complete_study(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
    """Return the keys of studies; of files, where there is none, the shell knows."""
    from click.shell_completion import CompletionItem

    from mngraph import iris, sparql
    from mngraph.errors import MngraphError
    from mngraph.store import open_store

    location = ctx.params.get("location")
    try:  # files and endpoints take too long for a key that is pressed
        store = open_store(location if location and Path(location).is_dir() else None)
        found = [
            row["study"].value for row in store.select_internal(sparql.internal("all-studies"))
        ]
    except MngraphError:
        found = []
    keys = [key for key in map(iris.study_key, found) if key.startswith(incomplete)]
    return [CompletionItem(key) for key in sorted(keys)] or [CompletionItem(incomplete, "file")]


@click.command("appraise")
@click.argument("words", nargs=-1, metavar="[STUDY]…", shell_complete=_complete_study,
                type=click.Path(readable=False))  # fmt: skip
@click.option("--tool", metavar="TOOL", shell_complete=_complete_tool,
              help="Write an appraisal to fill in: rob2, rob2-crossover, robins-i, amstar2, "
              "jbi-case-series or jbi-case-reports of a study, grade of a claim.")  # fmt: skip
@click.option("-i", "--indication", shell_complete=complete_concept("indication"),
              help="With --tool grade: what was treated.")  # fmt: skip
@click.option("-w", "--with", "modalities", metavar="MODALITY", multiple=True,
              shell_complete=complete_concept("modality"),
              help="With --tool grade: given together with the procedure; given again, both "
              "together.")  # fmt: skip
@click.option("-p", "--procedure", shell_complete=complete_concept("procedure"),
              help="With --tool grade: the procedure; by default any.")  # fmt: skip
@click.option("-o", "--output", metavar="FILE", type=click.Path(readable=False),
              help="Write it to a file that is not there yet.")  # fmt: skip
@click.option("--check", is_flag=True, help="Check files of appraisals, or folders of them.")
@click.option("--plot", metavar="FILE.svg|.html", type=click.Path(path_type=Path, readable=False),
              help="Draw the judgments of a graph, of some studies or of all.")  # fmt: skip
@click.option("--agreement", is_flag=True, help="Show how far appraisers agree (Cohen's kappa).")
@click.option("-f", "--format", "format", type=click.Choice(FORMATS), help="Format of that table.")
@graph_option
def appraise_command(
    words: tuple[str, ...], output: str | None, format: str | None, location: str | None,
    indication: str | None, modalities: tuple[str, ...], procedure: str | None, **given: Any,
) -> None:  # fmt: skip
    """Write, check or draw appraisals: what people judge of a study, with a published tool.

    --tool grade judges the certainty of the evidence on a claim: name what was treated (-i), and
    what was given together with the procedure (-w). All other tools judge a study.

    With --tool, a file in which the judgments are empty, with what the record states beside each
    question. Filled in, it goes to the folder appraisals of a pack, and mngraph build reads it.

    --check names each wrong or empty judgment by file and line, with the words that are allowed;
    the exit code is then 1. Nothing is judged by mngraph itself, but for the overall judgment by a
    tool's published rule, which is called that.

    \b
    mngraph appraise pmid-31469914 --tool rob2
    mngraph appraise pmid-31469914 --tool rob2 -o my-pack/appraisals/pmid-31469914-roe.yaml
    mngraph appraise -i acne-scar -w PRP --tool grade
    mngraph appraise --check my-pack/appraisals
    mngraph appraise --plot lights.svg -g my-graph
    mngraph appraise --agreement -g my-graph
    """  # noqa: D301
    asked = [f"--{name}" for name, value in given.items() if value]
    if len(asked) != 1:
        what = f"{' and '.join(asked)} do not go together" if asked else "say what to do"
        raise UsageError(
            f"{what}: mngraph appraise STUDY --tool rob2, --check FILE, --plot FILE or --agreement"
        )
    if output and not given["tool"]:
        raise UsageError("-o goes with --tool; --plot takes the name of its own file")
    asked_about = {"indication": indication, "modalities": modalities, "procedure": procedure}
    if any(asked_about.values()) and given["tool"] != "grade":
        raise UsageError("-i, -w and -p name a claim, which --tool grade judges")
    if given["check"]:
        _check(words)
    elif given["tool"]:
        _write_template(words, asked_about, given["tool"], output, location)
    elif given["plot"]:
        _plot(words, given["plot"], location)
    else:
        _agreement(words, format, location)


def _write_template(
    words: tuple[str, ...], about: dict[str, Any], tool: str, output: str | None,
    location: str | None,
) -> None:  # fmt: skip
    from mngraph.appraisal.tools import tool_named

    chosen = tool_named(tool)
    if output and output != "-" and Path(output).exists():
        raise UsageError(f"{output} exists already, and may hold judgments: give another name")
    if chosen.judges_claims:
        text = _of_claim(words, about, chosen, location)
    else:
        text = _of_study(words, chosen, location)
    write_text(text, output)
    if output and output != "-":
        needed = sum(not domain.is_optional for domain in chosen.domains)
        say(f"{output}: {counted(needed, 'judgment')} to make")
        say(f"next: fill it in, then mngraph appraise --check {shlex.quote(output)}")


def _of_study(words: tuple[str, ...], tool: Tool, location: str | None) -> str:
    from mngraph.appraisal.template import empty_appraisal, misfit

    if not words:
        raise UsageError(f"name the study: mngraph appraise pmid-31469914 --tool {tool.word}")
    store = open_with_studies(location)
    study = _study(store, " ".join(words))
    if warning := misfit(store, study, tool):
        say(f"warning: {warning}")
    return empty_appraisal(store, study, tool)


def _of_claim(
    words: tuple[str, ...], about: dict[str, Any], tool: Tool, location: str | None
) -> str:
    from mngraph.appraisal.template import empty_judgment
    from mngraph.cli.asking import ask_exactly

    if not (words or about["indication"]):
        raise UsageError(f"name the claim: mngraph appraise -i acne-scar -w PRP --tool {tool.word}")
    store = open_with_studies(location)
    found = ask_exactly(store, words, about)
    claim, label = _claim(found, store)
    beside: dict[str, str] = {}
    if found.certainty:
        beside = {each.name: f"{each.judgment}; {each.found}" for each in found.certainty.domains}
        beside[""] = found.certainty.words
    return empty_judgment(claim, label, tool, beside)


def _claim(found: Evidence, store: Store) -> tuple[str, str]:
    """Return the claim that a question is about, and what it is called.

    Raises:
        UsageError: it names no indication, or the graph has no such claim.
    """
    from mngraph import context, iris
    from mngraph.cards.resource import label
    from mngraph.evidence.facts import Facts

    asked = found.question
    if not asked.indication:
        raise UsageError("a claim is on an indication: name it with -i")
    indication = iris.last_segment(asked.indication)
    modalities = [iris.last_segment(modality) for modality in asked.modalities]
    for procedure in [asked.procedure] if asked.procedure else Facts(store).roots:
        given = iris.combination(iris.last_segment(procedure), modalities)
        claim = iris.treatment_claim(given, indication)
        if store.has(claim):
            return claim, label(store, claim)
    curie = context.compact(asked.indication)
    raise UsageError(
        f"no study is on {found.subject}: mngraph query claims-about -p concept={curie} lists "
        "the claims"
    )


def _study(store: Store, text: str) -> str:
    """Return the IRI of the study that a text names.

    Raises:
        UsageError: it names none.
    """
    from mngraph import iris, search

    found = search.resolve(store, text)
    if iris.kind_of(found) != "study":
        raise UsageError(f"{text} is no study: give its key, PMID or DOI, or words of its title")
    return found


def _plot(words: tuple[str, ...], target: Path, location: str | None) -> None:
    from mngraph.appraisal.judged import appraisals
    from mngraph.drawing.traffic import write_traffic

    store = open_with_studies(location)
    found = appraisals(store, [_study(store, word) for word in words])
    write_traffic(store, found, target)
    studies = counted(len({one.study for one in found}), "study", "studies")
    say(f"{target}: {counted(len(found), 'appraisal')} of {studies}")


def _agreement(words: tuple[str, ...], format: str | None, location: str | None) -> None:
    from mngraph.appraisal.judged import agreement, appraisals
    from mngraph.tables import render

    store = open_with_studies(location)
    table = agreement(appraisals(store, [_study(store, word) for word in words]))
    if not table.rows:
        say("no two people have judged the same study with the same tool")
    chosen = format or default_format(FORMATS)
    write = write_text if chosen in ("table", "markdown") else write_output
    write(render(table, chosen), None)


# --- check ------------------------------------------------------------------------------------


def _check(words: tuple[str, ...]) -> None:
    from mngraph import build, validate

    files = _files(words)
    store, sources = build.build_graph(
        _judged_studies(files), progress, with_mappings=False, judged=files
    )
    faults = [(str(each.path), each.line, each.reason) for each in sources.problems]
    lines = [f"{path}:{line}: {reason}" for path, line, reason in sorted(set(faults))]
    warnings = []
    if not sources.problems:
        report = validate.check_store(store, sources.locate)
        places = tuple(str(path) for path in files)
        lines = [str(each) for each in report.faults if each.place.startswith(places)]
        warnings = [str(each) for each in report.warnings if each.place.startswith(places)]
    write_text("".join(f"{line}\n" for line in lines), None)
    for line in warnings:
        say(f"warning: {line}")
    found = counted(len(lines), "fault") if lines else "no faults"
    say(f"{counted(len(files), 'appraisal')}: {found}")
    if lines:
        sys.exit(1)


def _files(words: tuple[str, ...]) -> list[Path]:
    """Return the files that are named, and those in folders that are named.

    Raises:
        RecordError: nothing is there.
    """
    if not words:
        raise UsageError("name the files: mngraph appraise --check my-pack/appraisals")
    found: list[Path] = []
    for path in map(Path, words):
        if not path.exists():
            raise RecordError(path, 0, "there is no such file or folder")
        inside = sorted(path.rglob("*.y*ml")) if path.is_dir() else [path]
        if not inside:
            raise RecordError(path, 0, "this folder holds no appraisal (*.yaml)")
        found += inside
    return list(dict.fromkeys(found))


def _judged_studies(files: list[Path]) -> list[Path]:
    """Return the records of the studies that files of appraisals judge, as far as they name one.

    A claim rests on all studies of its pack and of the release.
    """
    from mngraph import packs, resources, yamlfile

    wanted: dict[Path, set[str]] = {}
    every = False
    for path in files:
        folder = packs.folder_of(path.parent) or resources.folder("data")
        named = wanted.setdefault(folder, set())
        try:
            data, _ = yamlfile.read_yaml(path)
        except RecordError:  # it is read again, where it is said
            continue
        named |= {str(data.get("study"))} if isinstance(data, dict) else set()
        every = every or (isinstance(data, dict) and "claim" in data)
    if every:
        wanted.setdefault(resources.folder("data"), set())
    found: dict[str, Path] = {}
    for folder, named in wanted.items():
        for record in sorted((folder / "studies").rglob("*.y*ml")):
            if every or record.stem in named:
                found.setdefault(record.stem, record)
    return sorted(found.values())
