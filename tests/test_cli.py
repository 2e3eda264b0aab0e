"""The command line: help, exit codes, one-line errors, and data alone on stdout."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from conftest import CHECKOUT, Runner

from mngraph.cli import COMMANDS, cli


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(name: str, run: Runner) -> None:
    result = run(name, "--help")
    assert result.exit_code == 0
    assert f"mngraph {name}" in result.stdout
    command = cli.get_command(None, name)  # type: ignore[arg-type]
    assert command is not None and command.help
    assert f"mngraph {name}" in command.help.split("\b")[-1], "no example"


RECORD = CHECKOUT / "data" / "studies" / "pmid-31469914.yaml"
WRONG = [
    (("querry",), 2, "did you mean mngraph query?"),
    (("query", "studies-off"), 2, "'studies-off'; did you mean 'studies-of'? (mngraph queries"),
    (("query", "nope"), 2, "no query is called 'nope' (mngraph queries lists all)"),
    (("query", "studies-of", "-p", "indication=acne-skar"), 2, "indication:acne-scar"),
    (
        ("query", "studies-of", "-p", "indikation=acne-scar"),
        2,
        "no parameter is called 'indikation'",
    ),
    (("query", "studies-of", "-p", "indication"), 2, "name=value"),
    (("query",), 2, "name a query"),
    (("query", "--tiemout", "3"), 2, "--timeout"),
    (("view",), 2, "for example: mngraph view network.html (mngraph view --help)"),
    (("info", "--debug"), 2, "mngraph --debug info"),
    (("help", "eviednce"), 2, "did you mean mngraph evidence?"),
    (("nosuchthing",), 2, "there is no command 'nosuchthing' (mngraph --help)"),
    (("evidence", "-f", "docx"), 2, "'docx' is not one of"),
    (("query", "-e", "SELECT ?s {"), 3, "line 1, column 11: this { is not closed"),
    (("query", "-e", "ASK {}", "-f", "turtle"), 2, "gives no turtle"),
    (("query", "-e", "SELECT * {}", "-f", "turtle"), 2, "gives no turtle"),
    (("query", "-e", "CONSTRUCT {} {}", "-f", "csv"), 2, "gives no csv"),
    (("query", "-e", "DROP ALL"), 3, "updates are off"),
    (("query", "-e", "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }"), 3, "SERVICE"),
    (("query", "nothing.rq"), 2, "cannot read the query"),
    (("query", "studies-of", "-o", "no/where.csv"), 4, "does not exist"),
    (("show", "indication:nothing"), 2, "nothing"),
    (("show", "indication:a b"), 2, "is not an IRI"),
    (("explain", "claim:no pe"), 2, "is not an IRI"),
    (("evidence", "-i", "procedure:microneedling"), 2, "is a procedure: use -p"),
    (("evidence", "-w", "study:pmid-31469914"), 2, "not a concept"),
    (("query", "studies-of", "-p", "indication=modality:placebo"), 2, "it must be an indication"),
    (("show", "zzzzzzzz"), 2, "is called 'zzzzzzzz'"),
    (("search", "x", "-k", "device"), 2, "not a kind"),
    (("search", ""), 2, "nothing to search for"),
    (("build", "nowhere", "-o", "x.ttl"), 3, "there is no such file or folder"),
    (("build", "-o", "b.docx"), 2, "cannot build b.docx"),
    (("build", "-o", "b.json"), 2, "cannot build b.json"),
    (("build", "-o", "b.gz"), 2, "cannot build b.gz"),
    (("build", "-o", "-"), 2, "cannot build -"),
    (("view", "network.svg"), 2, "ends in .html"),
    (("validate", "nowhere"), 4, "there is no file or folder nowhere"),
    (("diff", "relase", "release"), 4, "did you mean release?"),
    (("query", "-f", "design.rq"), 2, "run a file with: mngraph query design.rq"),
    (("export", "out.turtel"), 2, "did you mean turtle? (the formats are ttl (turtle), nt"),
    (("sparql",), 2, "did you mean mngraph query -e?"),
    (("show", "zzzzzzzz"), 2, "design or study is called 'zzzzzzzz'"),
    (("validate", "http://127.0.0.1:9/query"), 4, "cannot reach http://127.0.0.1:9/query"),
    (("info", "-g", "nowhere.ttl"), 4, "no graph at"),
    (("evidence", "--rct", "prp"), 2, "no such option '--rct' (did you mean --randomized?)"),
    (("evidence", "--combined-with", "prp"), 2, "(did you mean --with?)"),
    (("view", "m.html", "--topic", "melasma"), 2, "(did you mean --focus?)"),
    (("evidence", "prp", "--since", "20"), 2, "20 is not a number from 1000 to 9999"),
    (
        ("query", "contradicted-claims", "-p", "randomized=yes"),
        2,
        "randomized: 'yes' is neither true nor false",
    ),
    (("query", "-e", "SELECT ?s WHERE ?s a mn:Study"), 3, "{ is missing after WHERE"),
    (("view", "network.svg"), 2, "has buttons for SVG and PNG"),
    (("show", "weber-2026-prp-scars"), 2, "a graph that you built is asked with -g"),
    (("info", "-g", str(RECORD)), 4, f"build it first: mngraph build {RECORD}"),
    (("check-sources", str(RECORD)), 3, "choose the record with --study KEY"),
    (("validate", str(RECORD.parents[1] / "pack.yaml")), 3, "give its folder"),
    (("query", "studies-of", "--allow-service", "wikidata"), 2, "no address like https://"),
    (("serve", "--allow-service", "ftp://a.org/sparql"), 2, "no address like https://"),
    (("serve", "--cors", "https://a.org/"), 2, "no origin like https://example.org"),
    (("serve", "--root-path", "evidence"), 2, "a path such as /evidence"),
    (("serve", "--port", "99999"), 2, "not a number from 0 to 65535"),
    (("push", "ftp://a.org/sparql"), 4, "it needs http or https"),
    (("push", "a.org/sparql"), 4, "names no host"),
    (("load", "nothing.ttl", "-o", "store"), 4, "there is no file nothing.ttl"),
]


def test_a_number_that_is_none_is_shown_as_it_stands(run: Runner) -> None:
    result = run("query", "-e", 'SELECT ("x"^^xsd:integer AS ?a) {}', "-f", "markdown")
    assert result.stdout.splitlines()[-1] == "| x |"


def test_the_terms_of_the_ontology_have_cards(run: Runner) -> None:
    for term in ("mn:Study", "mn:Arm", "mn:FavoursFirst"):
        assert run("show", term).exit_code == 0


def test_what_nobody_foresaw_is_one_line_too(run: Runner, monkeypatch: Any) -> None:
    def fail(*_: Any) -> None:
        raise KeyError("unforeseen")

    monkeypatch.setattr("mngraph.store.open_store", fail)
    result = run("info")
    assert (result.exit_code, result.stdout) == (70, "")
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith("error: internal error: KeyError: 'unforeseen' (")
    assert "report" in result.stderr and "mngraph --debug" in result.stderr
    shown = run("--debug", "info")
    assert shown.exit_code == 70
    assert "Traceback" in shown.stderr


@pytest.mark.parametrize(("args", "code", "said"), WRONG, ids=[" ".join(w[0])[:40] for w in WRONG])
def test_what_is_wrong_is_said_in_one_line(
    args: tuple[str, ...], code: int, said: str, run: Runner
) -> None:
    result = run(*args)
    assert result.exit_code == code, result.output
    assert said in result.stderr
    assert "Traceback" not in result.output
    if code:
        assert result.stdout == ""
        assert len(result.stderr.splitlines()) == 1 and result.stderr.startswith("error: ")
    assert not list(Path().iterdir())


OPTIONS = [
    (name, option)
    for name in COMMANDS
    if (command := cli.get_command(click.Context(cli), name))
    for option in command.params
    if isinstance(option, click.Option) and not option.is_flag and not option.is_eager
]


@pytest.mark.parametrize(
    ("name", "option"), OPTIONS, ids=[f"{name} {option.opts[-1]}" for name, option in OPTIONS]
)
def test_a_second_value_is_never_dropped_in_silence(
    name: str, option: click.Option, run: Runner
) -> None:
    """Either both values are meant, as the help says, or the option is refused by its name."""
    if option.multiple:
        assert option.help and re.search(r"(given again|repeated)", option.help)
        return
    for flag in option.opts:
        result = run(name, flag, "1", flag, "2")
        assert result.exit_code == 2
        assert f"{' or '.join(option.opts)} takes one value and is given twice" in result.stderr
        assert result.stdout == "" and result.stderr.count("\n") == 1


def test_a_second_value_of_a_parameter_is_refused(run: Runner) -> None:
    given = ("-p", "indication=melasma", "-p", "indication=acne-scar")
    result = run("query", "studies-of", *given)
    assert result.exit_code == 2 and "indication takes one value" in result.stderr


def test_help_is_shown_whatever_else_is_given(run: Runner) -> None:
    assert run("evidence", "-i", "melasma", "-i", "keloid", "--help").exit_code == 0


def test_debug_shows_the_traceback(run: Runner) -> None:
    result = run("--debug", "query", "-e", "SELECT ?s {")
    assert result.exit_code == 3
    assert "Traceback" in result.stderr and "QueryError" in result.stderr


def test_json_is_the_w3c_format(run: Runner) -> None:
    result = run(
        "query", "-e", "SELECT ?n { study:pmid-31469914 mn:participants ?n }", "-f", "json"
    )
    answer = json.loads(result.stdout)
    assert answer["head"]["vars"] == ["n"]
    assert answer["results"]["bindings"] == [
        {
            "n": {
                "type": "literal",
                "value": "41",
                "datatype": "http://www.w3.org/2001/XMLSchema#integer",
            }
        }
    ]


@pytest.mark.parametrize("style", ["table", "csv", "tsv", "json", "xml", "markdown"])
def test_every_format_holds_the_answer(style: str, run: Runner) -> None:
    result = run(
        "query", "-e", "SELECT ?label { design:letter skos:prefLabel ?label }", "-f", style
    )
    assert result.exit_code == 0 and "letter" in result.stdout and result.stderr == ""


@pytest.mark.parametrize("style", ["turtle", "ntriples", "jsonld"])
def test_construct_gives_rdf(style: str, run: Runner) -> None:
    query = "CONSTRUCT { ?s skos:prefLabel ?o } { ?s skos:prefLabel ?o FILTER(?s = design:letter) }"
    result = run("query", "-e", query, "-f", style)
    assert result.exit_code == 0 and "letter" in result.stdout


def test_info_is_one_json_object(run: Runner) -> None:
    told = json.loads(run("info", "-f", "json").stdout)
    assert told["about"]["version"] == "0.1.0"
    assert {"class": "mn:Study", "label": "study", "instances": 332} in told["classes"]
    letter = next(row for row in told["designs"] if row["design"] == "design:narrative-review")
    assert letter["starting_level"] == 5
    assert {row["graphs"] for row in told["graphs"]} >= {"claims", "study/*"}


def test_info_is_one_csv_table(run: Runner) -> None:
    head, *rows = csv.reader(run("info", "-f", "csv").stdout.splitlines())
    assert head == ["section", "name", "label", "property", "value"]
    assert {len(row) for row in rows} == {5}
    assert ["about", "version", "", "", "0.1.0"] in rows
    assert ["classes", "mn:Study", "study", "instances", "332"] in rows
    assert ["graphs", "study/*", "", "graph_count", "332"] in rows


@pytest.mark.parametrize("style", ["table", "json", "csv", "markdown"])
def test_info_on_a_part_of_the_graph(style: str, run: Runner) -> None:
    assert run("export", "claims.ttl", "--graph-name", "graph:claims").exit_code == 0
    result = run("info", "-f", style, "-g", "claims.ttl")
    assert result.exit_code == 0, result.stderr
    assert "mn:TreatmentClaim" in result.stdout and "issued" not in result.stdout


def test_one_query_is_explained_in_every_format(run: Runner) -> None:
    told = json.loads(run("queries", "studies-of", "-f", "json").stdout)
    keys = ["name", "title", "description", "parameters", "example", "text", "audience"]
    assert list(told) == keys
    assert told["parameters"][0]["name"] == "indication"
    Path("again.rq").write_text(told["text"])
    assert run("query", "again.rq").stdout == run("query", "studies-of").stdout
    rows = dict(csv.reader(io.StringIO(run("queries", "studies-of", "-f", "csv").stdout)))
    assert rows["text"] == told["text"] and rows["title"] == told["title"]
    shown = run("queries", "studies-of", "-f", "markdown").stdout
    assert f"```sparql\n{told['text'].strip()}\n```" in shown
    assert run("queries", "studies-of").stdout.startswith("studies-of: ")


def test_a_query_from_stdin_and_from_a_file(run: Runner) -> None:
    text = "SELECT (COUNT(?s) AS ?n) { ?s a mn:Study }"
    Path("count.rq").write_text(f"# title: Count\n{text}")
    assert run("query", "-", text=text).stdout == run("query", "count.rq").stdout
    assert "332" in run("query", "count.rq").stdout


def test_a_parameter_is_a_term_and_never_text_of_the_query(run: Runner) -> None:
    Path("by-country.rq").write_text(
        "# param: country string -- a country\nSELECT ?s { ?s mn:country $country ; a mn:Study }"
    )
    found = run("query", "by-country.rq", "-p", "country=Nepal", "-f", "csv").stdout.splitlines()
    assert len(found) == 4
    for attack in (
        'Nepal" } #',
        'x" . ?s ?p ?o . FILTER("a"="a',
        "'; DROP ALL; '",
        "\\",
        '"""',
        "$country",
    ):
        result = run("query", "by-country.rq", "-p", f"country={attack}", "-f", "csv")
        assert result.exit_code == 0 and result.stdout.splitlines() == ["s"]


def test_a_query_that_does_not_end_is_given_up(release: Path) -> None:
    endless = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    result = subprocess.run(
        [
            sys.executable,
            "-m",
            "mngraph",
            "query",
            "-e",
            endless,
            "--timeout",
            "0.5",
            "-g",
            str(release),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert result.returncode == 3 and "given up after 0.5 s" in result.stderr


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = "import sys, mngraph; print(sorted(set(sys.modules) & set(sys.argv[1:])))"
    heavy = [
        "rdflib",
        "networkx",
        "pyoxigraph",
        "pyshacl",
        "rich",
        "click",
        "jinja2",
        "scipy",
    ]
    result = subprocess.run(
        [sys.executable, "-c", code, *heavy], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"


def test_help_loads_click_alone_and_query_no_drawing(release: Path) -> None:
    code = (
        "import sys, atexit\n"
        "heavy = set('rdflib networkx pyshacl scipy rich jinja2 pyoxigraph mcp nanopub'.split())\n"
        "atexit.register(lambda: print(sorted(set(sys.modules) & heavy), file=sys.stderr))\n"
        "from mngraph.cli import main; main(sys.argv[1:])"
    )

    def loaded(*args: str) -> str:
        result = subprocess.run(
            [sys.executable, "-c", code, *args], capture_output=True, text=True, check=True
        )
        return result.stderr.strip()

    assert loaded("--help") == "[]"
    assert loaded("query", "-e", "ASK {}", "-g", str(release)) == "['pyoxigraph']"


def test_completion_offers_commands_queries_and_concepts() -> None:
    from click.shell_completion import ShellComplete

    complete = ShellComplete(cli, {}, "mngraph", "_MNGRAPH_COMPLETE")
    assert "query" in {item.value for item in complete.get_completions([], "qu")}
    assert "studies-of" in {item.value for item in complete.get_completions(["query"], "studies")}


def test_validate_says_where_and_ends_with_one(run: Runner) -> None:
    Path("new.yaml").write_text("id: new\ndesign: case-report\n")
    result = run("validate", "new.yaml")
    assert result.exit_code == 1
    assert "new.yaml:" in result.stdout and "`publication`" in result.stdout
    assert "1 record: " in result.stderr


def test_validate_says_what_was_left_out_until_faults_are_mended(run: Runner) -> None:
    Path("new.yaml").write_text("id: new\ndesign: casereport\n")
    assert "further checks were not run" in run(
        "validate", "new.yaml"
    ).stderr  # fmt: skip
    Path("new.yaml").write_text("id: new\ndesign: case-report\n")
    assert "left out" not in run("validate", "new.yaml").stderr


def test_a_colon_in_a_text_without_quotes_is_named(run: Runner) -> None:
    Path("new.yaml").write_text("id: new\nsummary: Scars: a trial\n")
    assert "put a text that holds a colon in quotes" in run("validate", "new.yaml").stderr


def test_help_is_a_command_too(run: Runner) -> None:
    assert run("help").stdout == run("--help").stdout
    assert run("help", "evidence").stdout == run("evidence", "--help").stdout
    for command in ("--help", "help"):
        assert "mngraph evidence prp acne scars" in run(command).stdout


def test_no_command_shows_help_among_the_messages(run: Runner) -> None:
    result = run()
    assert (result.exit_code, result.stdout) == (2, "")
    assert "mngraph evidence prp acne scars" in result.stderr


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("mngraph evi", "evidence"), ("mngraph help evi", "evidence"),
        ("mngraph evidence -i acn", "acne-scar"), ("mngraph evidence prp-", None),
        ("mngraph evidence microneedling acn", "acne-scar"),
        ("mngraph evidence -g /nowhere -i acn", "acne-scar"),
        ("mngraph evidence -f mark", "markdown"), ("mngraph query stud", "studies-of"),
        ("mngraph info -g st", "st"),
    ],
)  # fmt: skip
def test_a_shell_completes(line: str, offered: str | None, release: Path) -> None:
    environment = os.environ | {
        "_MNGRAPH_COMPLETE": "bash_complete", "COMP_WORDS": line,
        "COMP_CWORD": str(len(line.split()) - 1), "MNGRAPH_GRAPH": str(release),
    }  # fmt: skip
    code = "from mngraph.cli import main; main()"
    result = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    words = [row.partition(",")[2] for row in result.stdout.splitlines()]
    assert offered in words if offered else not any(words)
    assert result.stderr == ""


def test_main_is_python_dash_m() -> None:
    result = CliRunner().invoke(cli, ["--version"])
    assert result.output.startswith("mngraph 0.")


def test_an_answer_in_a_file_is_announced(run: Runner) -> None:
    result = run("evidence", "prp", "acne", "scars", "-o", "answer.md")
    assert result.stdout == ""
    assert (
        result.stderr == "answer.md: answer on needling with platelet-rich plasma for acne scar\n"
    )
    assert run("evidence", "prp", "acne", "scars", "-f", "markdown").stderr == ""


def test_people_read_one_name_for_the_design_level_and_one_spelling(run: Runner) -> None:
    told = run("explain", "microneedling", "TXA", "melasma").stdout
    assert "favors first" in told and "favour" not in told
    head = run("query", "added-to-procedure", "-f", "markdown").stdout.splitlines()[0]
    assert "favor combination" in head and "best design level" in head
    columns = run("query", "added-to-procedure", "-f", "csv").stdout.splitlines()[0]
    assert "favour_combination" in columns and "best_starting_level" in columns
