"""Formats of claims as a user asks for them, on the command line and in Python."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.shell_completion import ShellComplete
from conftest import Runner

import mngraph
from mngraph.cli import cli
from mngraph.errors import UsageError
from mngraph.faces import FACES
from mngraph.faces.writing import limits


def test_the_help_says_of_each_format_what_it_holds(run: Runner) -> None:
    shown = " ".join(run("export", "--help").stdout.split())
    for face in FACES.values():
        assert f"{face.name} {face.about}" in shown


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("x", "-f", "fihr"), "did you mean fhir?"),
        (("x.ttl", "--only", "melasma"), "--only goes with nanopub, fhir"),
        (("x.pdf", "-f", "bibtex"), "such a name must end in .bib"),
        (("-", "-f", "kgx"), "kgx is a folder of files; give the folder a name"),
        (("x", "-f", "kgx", "--only", "melasma"), "indication:melasma is an indication"),
        (("x", "-f", "kgx", "--only", "pmid-0"), "has no study 'pmid-0'"),
    ],
)
def test_what_cannot_be_written_is_said(args: tuple[str, ...], said: str, run: Runner) -> None:
    refused = run("export", *args)
    assert refused.exit_code == 2 and said in refused.stderr


def test_python_refuses_what_the_command_refuses(graph: mngraph.Graph, tmp_path: Path) -> None:
    for target, options, said in (
        ("x", {"format": "fihr"}, "did you mean fhir"),
        ("x.ttl", {"only": "melasma"}, "only goes with"),
        ("x.pdf", {"format": "bibtex"}, "must end in .bib"),
    ):
        with pytest.raises(UsageError, match=said):
            graph.export(tmp_path / target, **options)
    assert not list(tmp_path.iterdir())


def test_claims_and_studies_are_named_as_anywhere(graph: mngraph.Graph) -> None:
    claim = "https://w3id.org/mngraph/claim/microneedling_for_acne-scar"
    study = "https://w3id.org/mngraph/study/pmid-31469914"
    names = ["microneedling for acne scar", "claim:microneedling_for_acne-scar", claim]
    assert limits(graph.store, names) == [claim] * 3
    assert limits(graph.store, ["pmid-31469914", "PMID 31469914", study]) == [study] * 3


def test_a_shell_completes_formats() -> None:
    complete = ShellComplete(cli, {}, "mngraph", "_MNGRAPH_COMPLETE")
    offered = complete.get_completions(["export", "x", "-f"], "bib")
    assert [(item.value, item.help) for item in offered] == [("bibtex", FACES["bibtex"].about)]
