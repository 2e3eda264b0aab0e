"""Labels that hold commands for a terminal are shown, and steer nothing."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Runner

from mngraph.visible import escape_controls

STUDY = r"""
study:x a mn:Study ; rdfs:label "study \u001B[31mred\u202Egnp.exe"@en ; mn:country "\u009B2J\u0007" .
indication:acne-scar a mn:Indication , skos:Concept ; skos:inScheme <https://w3id.org/mngraph/indication> ;
  skos:prefLabel "acne \u001B]0;title\u0007scar\u202E"@en .
"""  # noqa: E501
PREFIXES = (
    "@prefix mn: <https://w3id.org/mngraph/ontology#> . "
    "@prefix study: <https://w3id.org/mngraph/study/> . "
    "@prefix indication: <https://w3id.org/mngraph/indication/> . "
    "@prefix skos: <http://www.w3.org/2004/02/skos/core#> . "
    "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . "
)
STEERING = [b"\x1b[31m", b"\x1b]0", b"\x07", "\u202e".encode(), "\u009b".encode()]
LABELS = "SELECT ?l { ?s rdfs:label|skos:prefLabel|mn:country ?l }"


@pytest.fixture
def hostile(run: Runner) -> str:
    """A graph whose labels hold escape sequences and a change of direction."""
    Path("hostile.ttl").write_text(PREFIXES + STUDY, "utf-8")
    return "hostile.ttl"


@pytest.mark.parametrize(
    "command",
    [("show", "indication:acne-scar"), ("show", "study:x"), ("search", "acne", "-f", "table"),
     ("search", "acne", "-f", "markdown"), ("query", "-e", LABELS, "-f", "table"),
     ("query", "-e", LABELS, "-f", "markdown"), ("evidence", "-i", "acne-scar"),
     ("query", "studies-of", "-p", "indication=\x1b[31m"), ("\x1b[31mquery\x07",),
     ("info", "-g", "\x1b[31mnowhere\u202e")],
    ids=lambda command: command[0].strip("\x1b[31m\x07") + str(len(command)),
)  # fmt: skip
def test_what_people_read_holds_no_commands(
    command: tuple[str, ...], hostile: str, run: Runner
) -> None:
    where = () if "-g" in command or len(command) == 1 else ("-g", hostile)
    result = run(*command, *where)
    for sequence in STEERING:
        assert sequence not in result.stdout_bytes + result.stderr_bytes
    assert "\\x1b" in result.output or "\\u202e" in result.output


def test_data_are_exact_in_a_pipe_and_shown_on_a_terminal(hostile: str) -> None:
    command = [sys.executable, "-m", "mngraph", "query", "-e", LABELS, "-f", "csv", "-g", hostile]
    piped = subprocess.run(command, capture_output=True, check=True).stdout
    assert b"\x1b[31mred" in piped
    leader, terminal = pty.openpty()
    process = subprocess.Popen(command, stdout=terminal, stderr=terminal)
    os.close(terminal)
    shown = b""
    while True:
        try:
            block = os.read(leader, 10_000)
        except OSError:  # the other end has closed (Linux)
            break
        if not block:
            break
        shown += block
    os.close(leader)
    assert process.wait(30) == 0
    assert not any(sequence in shown for sequence in STEERING)
    assert rb"\x1b[31mred\u202egnp.exe" in shown
    assert rb"\x0d" not in shown


def test_a_line_end_is_no_command() -> None:
    assert escape_controls("a\r\nb\tc\rd") == "a\r\nb\tc\\x0dd"
