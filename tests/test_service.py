"""Nothing of a query leaves the machine unasked: a listener on loopback counts what is sent."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest
from conftest import Runner
from hypothesis import given, settings
from hypothesis import strategies as st

import mngraph
from mngraph import queries
from mngraph.errors import MngraphError, QueryError
from mngraph.store import LocalStore

if TYPE_CHECKING:
    from mngraph.asking import Results

NODE = ox.NamedNode("http://e/a")
STORE = LocalStore.memory([ox.Quad(NODE, NODE, ox.Literal(1), NODE)])


class Handler(BaseHTTPRequestHandler):
    """Refuses every request, and counts it."""

    server: Listener

    def do_POST(self) -> None:
        """Count a request."""
        self.server.requests += 1
        self.send_error(404)

    do_GET = do_POST  # noqa: N815

    def log_message(self, *args: object) -> None:
        """Keep quiet."""


class Listener(HTTPServer):
    """An endpoint that counts requests and answers none of them."""

    def __init__(self) -> None:
        self.requests = 0
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        """Its address, as SPARQL writes it."""
        return f"<http://127.0.0.1:{self.server_port}/x>"


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    """A listener on loopback."""
    server = Listener()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def ended(results: Results) -> int:
    """Read all results; return how many there are."""
    return int(bool(results)) if isinstance(results, ox.QueryBoolean) else len(list(results))


def tried(text: str, services: tuple[str, ...] = ()) -> None:
    """Run a query to its end."""
    queries.run_query(STORE, text, services=services, finish=ended)


def test_the_listener_hears_what_is_sent(listener: Listener) -> None:
    with suppress(QueryError):
        tried(f"SELECT * {{ SERVICE {listener.url} {{ ?s ?p ?o }} }}", (listener.url[1:-1],))
    assert listener.requests == 1
    listener.requests = 0


BYPASSES = [
    "SELECT * { SERVICE URL { ?s ?p ?o } }",
    "SELECT * { FILTER(1<2)SERVICE#>\nURL { ?s ?p ?o } }",
    "SELECT * { OPTIONAL { ?x ex:a\\#b 1 } SERVICE URL { ?s ?p ?o } }",
    "SELECT * { OPTIONAL { ?x ex:a\\'b 1 } SERVICE URL { ?s ?p ?o } }",
    "ASK { FILTER(1<2)SERVICE#>\nURL { ?s ?p ?o } }",
    "CONSTRUCT { ?s ?p ?o } { OPTIONAL { ?x ex:a\\#b 1 } SERVICE URL { ?s ?p ?o } }",
    "DESCRIBE ?s { OPTIONAL { ?x ex:a\\'b 1 } SERVICE URL { ?s ?p ?o } }",
    "SELECT * { ?a ?b ?c LATERAL { FILTER(1<2)SERVICE#>\nURL { ?s ?p ?o } } }",
    "SELECT * { ?a ?b ?c FILTER EXISTS { FILTER(1<2)SERVICE SILENT#>\nURL { ?s ?p ?o } } }",
    "SELECT * { { SELECT * { FILTER(?a <b#>\n) SERVICE URL { ?s ?p ?o } } } }",
    "PREFIX a: URL SELECT * { SERVICE a: { ?s ?p ?o } }",
    "PREFIX : URL SELECT * { SERVICE:x { ?s ?p ?o } }",
    "PREFIX a: URL SELECT * { serviceSILENTa:x { ?s ?p ?o } }",
    "SELECT * { SERVICESILENTURL { ?s ?p ?o } }",
    "SELECT * { ?s ?p trueSERVICE URL { ?s ?p ?o } }",
    "SELECT * { ?s ?p 1SERVICE URL { ?s ?p ?o } }",
    "SELECT * { \\u0053ERVICE URL { ?s ?p ?o } }",
    "SELECT * { # a comment\rSERVICE URL { ?s ?p ?o } }",
    "SELECT * { ?x ex:p '\\u0027 SERVICE URL { ?s ?p ?o } }",
    "SELECT * { ?x ex:p '\\\\u0027 . SERVICE URL { ?s ?p ?o } # ' }",
    'SELECT * { ?x ex:p "\\\\u0022 . SERVICE URL { ?s ?p ?o } # " }',
    "SELECT * { BIND(URL AS ?u) SERVICE ?u { ?s ?p ?o } }",
    "SELECT * { VALUES ?u { URL } SERVICE ?u { ?s ?p ?o } }",
    "SELECT * { ?x ex:a.b.SERVICE URL { ?s ?p ?o } }",
    "SELECT * { _:b.SERVICE URL { ?s ?p ?o } }",
    "SELECT * { ?s ex:p?SERVICE URL { ?s ?p ?o } }",
    # escapes in names, and marks that only look like those of comments or IRIs
    'SELECT * { OPTIONAL { ?x ex:a\\"b 1 } SERVICE URL { ?s ?p ?o } }',
    "SELECT * { OPTIONAL { ?x ex:a\\#\\'\\#b 1 } SERVICE URL { ?s ?p ?o } # ' }",
    "SELECT * { OPTIONAL { ?x ex:a%23b 1 } SERVICE URL { ?s ?p ?o } }",
    "SELECT * { OPTIONAL { ?x ex:a\\~\\/\\#b 1 } SERVICE URL { ?s ?p ?o } }",
    "SELECT * { OPTIONAL { ?x ex:\\#SERVICE 1 } SERVICE URL { ?s ?p ?o } }",
    "SELECT * { OPTIONAL { ?x ex:a\\u0023b 1 } SERVICE URL { ?s ?p ?o } }",
    "SELECT * { OPTIONAL { ?x ex:a\\U00000023b 1 } SERVICE URL { ?s ?p ?o } }",
    "SELECT * { OPTIONAL { ?x ex:a\\\\u0023b 1 } SERVICE URL { ?s ?p ?o } }",
    "SELECT * { FILTER(1 < 2) FILTER(3 > 2) SERVICE URL { ?s ?p ?o } }",
    "SELECT * { FILTER(?a<?b)SERVICE URL { FILTER(?c>?d) } }",
    "SELECT * { FILTER(?a<ex:b)SERVICE#>\n URL { ?s ?p ?o } }",
    "SELECT * { FILTER(1<-2)SERVICE#>\r URL { ?s ?p ?o } }",
    "SELECT * { FILTER(1<=2)SERVICE#>\n URL { ?s ?p ?o } }",
    "SELECT * { FILTER(1<2||3>2)SERVICE URL { ?s ?p ?o } }",
    "SELECT * { BIND(1<2 AS ?x)SERVICE#>\nURL{ ?s ?p ?o } }",
    "SELECT (1<2 AS ?x) { SERVICE#>\nURL{ ?s ?p ?o } }",
    "SELECT * { <<( ?a ?b ?c )>> ex:p 1 SERVICE URL { ?s ?p ?o } }",
    "SELECT * { << ?a ?b ?c >> ex:p 1 SERVICE URL { ?s ?p ?o } }",
    "SELECT * { ?a ?b ?c {| ex:p '#' |} SERVICE URL { ?s ?p ?o } }",
    # strings of every form
    "SELECT * { ?x ex:p 'a\\'' SERVICE URL { ?s ?p ?o } }",
    "SELECT * { ?x ex:p '''a'b''c''' SERVICE URL { ?s ?p ?o } }",
    "SELECT * { ?x ex:p '''a\\'''b''' SERVICE URL { ?s ?p ?o } }",
    'SELECT * { ?x ex:p """a"b""c""" SERVICE URL { ?s ?p ?o } }',
    'SELECT * { ?x ex:p """\\\\""" SERVICE URL { ?s ?p ?o } # """ }',
    "SELECT * { ?x ex:p '\\\\' SERVICE URL { ?s ?p ?o } # ' }",
    "SELECT * { ?x ex:p '' SERVICE URL { ?s ?p ?o } # ' }",
    "SELECT * { ?x ex:p '''''' SERVICE URL { ?s ?p ?o } # ''' }",
    "SELECT * { ?x ex:p '\n' SERVICE URL { ?s ?p ?o } # ' }",
    "SELECT * { ?x ex:p 'a\\u005c' SERVICE URL { ?s ?p ?o } # ' }",
    "SELECT * { ?x ex:p 'a\\u005c\\u0027' SERVICE URL { ?s ?p ?o } }",
    "SELECT * { ?x ex:p 'a\\U0000005c' SERVICE URL { ?s ?p ?o } # ' }",
    "SELECT * { ?x ex:p \\u0027a\\u0027 SERVICE URL { ?s ?p ?o } }",
    "SELECT * { ?x ex:p 'a'@en-SERVICE URL { ?s ?p ?o } }",
    "SELECT * { ?x ex:p 'a'@en SERVICE URL { ?s ?p ?o } }",
    "SELECT * { ?x ex:p 'a'^^ex:SERVICE SERVICE URL { ?s ?p ?o } }",
    # comments and line ends
    "SELECT * { #\r SERVICE URL { ?s ?p ?o } }",
    "SELECT * { #\u0085 SERVICE URL { ?s ?p ?o } }",
    "SELECT * { #\u2028 SERVICE URL { ?s ?p ?o } }",
    "SELECT * { #\u000b SERVICE URL { ?s ?p ?o } }",
    "SELECT * { #\u000c SERVICE URL { ?s ?p ?o } }",
    "SELECT * { #\\u000a SERVICE URL { ?s ?p ?o } }",
    "SELECT * { #\\u000d SERVICE URL { ?s ?p ?o } }",
    "SELECT * { # \\u005cu000a SERVICE URL { ?s ?p ?o } }",
    "#\nSELECT#\n*#\n{#\nSERVICE#\nURL#\n{#\n?s ?p ?o#\n}#\n}#",
    # the word itself
    "SELECT * { sErViCe URL { ?s ?p ?o } }",
    "SELECT * { SERVICE\u00a0URL { ?s ?p ?o } }",
    "SELECT * { SER\u200bVICE URL { ?s ?p ?o } }",
    "SELECT * { SER\u00adVICE URL { ?s ?p ?o } }",
    "SELECT * { \u200bSERVICE URL { ?s ?p ?o } }",
    "SELECT * { \uff33\uff25\uff32\uff36\uff29\uff23\uff25 URL { ?s ?p ?o } }",
    "SELECT * { \u017fERVICE URL { ?s ?p ?o } }",
    "SELECT * { SERV\u0130CE URL { ?s ?p ?o } }",
    "SELECT * { SERV\u0131CE URL { ?s ?p ?o } }",
    "SELECT * { \\U00000053ERVICE URL { ?s ?p ?o } }",
    "SELECT * { \\u0053\\u0045\\u0052\\u0056\\u0049\\u0043\\u0045 URL { ?s ?p ?o } }",
    "SELECT * { \\u005cu0053ERVICE URL { ?s ?p ?o } }",
    "SELECT * { S\\ERVICE URL { ?s ?p ?o } }",
    "\ufeffSELECT * { SERVICE URL { ?s ?p ?o } }",
    "\ufeff\ufeffSELECT * { SERVICE URL { ?s ?p ?o } }",
    "SELECT * { \ufeffSERVICE URL { ?s ?p ?o } }",
    "SELECT * { SERVICE\x00 URL { ?s ?p ?o } }",
    "SELECT * { 1.SERVICE URL { ?s ?p ?o } }",
    "SELECT * { ?s ?p 1.5e3SERVICE URL { ?s ?p ?o } }",
    "SELECT * { ?s ?p .5SERVICE URL { ?s ?p ?o } }",
    "SELECT * { ?s ?p -1SERVICE URL { ?s ?p ?o } }",
    # where it may stand
    "SELECT * { { } UNION { SERVICE URL { ?s ?p ?o } } }",
    "SELECT * { GRAPH ?g { SERVICE URL { ?s ?p ?o } } }",
    "SELECT * { ?a ?b ?c MINUS { SERVICE URL { ?s ?p ?o } } }",
    "SELECT * { ?a ?b ?c OPTIONAL { SERVICE SILENT URL { ?s ?p ?o } } }",
    "SELECT * { FILTER NOT EXISTS { SERVICE URL { ?s ?p ?o } } }",
    "SELECT * { BIND(EXISTS { SERVICE URL { ?s ?p ?o } } AS ?x) }",
    "SELECT (EXISTS { SERVICE URL { ?s ?p ?o } } AS ?x) { }",
    "SELECT * { ?a ?b ?c } ORDER BY (EXISTS { SERVICE URL { ?s ?p ?o } })",
    "SELECT ?a { ?a ?b ?c } GROUP BY ?a HAVING (EXISTS { SERVICE URL { ?s ?p ?o } })",
    "SELECT * { ?a (ex:p|!(ex:q|^ex:r))*/ex:s? ?c SERVICE URL { ?s ?p ?o } }",
    "SELECT * { { SELECT (COUNT(*) AS ?n) { SERVICE URL { ?s ?p ?o } } } }",
    "SELECT * { SERVICE URL { SERVICE URL { ?s ?p ?o } } }",
    "CONSTRUCT WHERE { SERVICE URL { ?s ?p ?o } }",
    "DESCRIBE * { SERVICE URL { ?s ?p ?o } }",
    "ASK FROM ex:g { SERVICE URL { ?s ?p ?o } }",
    "BASE URL SELECT * { SERVICE <> { ?s ?p ?o } }",
    "BASE URL SELECT * { SERVICE <#SERVICE> { ?s ?p ?o } }",
    "PREFIX SERVICE: URL SELECT * { SERVICE SERVICE: { ?s ?p ?o } }",
    "PREFIX SILENT: URL SELECT * { SERVICE SILENT: { ?s ?p ?o } }",
    "PREFIX service.x: URL SELECT * { SERVICE service.x: { ?s ?p ?o } }",
    "SELECT * { SERVICE $u { ?s ?p ?o } VALUES $u { URL } }",
    "SELECT * { SERVICE ?u { ?s ?p ?o } } VALUES ?u { URL }",
    "VERSION '1.2' SELECT * { SERVICE URL { ?s ?p ?o } }",
    "SELECT * { ?s ?p ?o } ; INSERT { ex:a ex:b ?o } WHERE { SERVICE URL { ?s ?p ?o } }",
    "INSERT { ex:a ex:b ?o } WHERE { SERVICE URL { ?s ?p ?o } }",
    "DELETE WHERE { SERVICE URL { ?s ?p ?o } }",
    "LOAD URL", "LOAD SILENT URL INTO GRAPH ex:g", "SELECT * FROM URL { ?s ?p ?o }",
    "SELECT * FROM NAMED URL { GRAPH ?g { ?s ?p ?o } }", "ASK { GRAPH URL { ?s ?p ?o } }",
]  # fmt: skip


@pytest.mark.parametrize("text", BYPASSES)
def test_no_service_is_asked_however_it_is_written(text: str, listener: Listener) -> None:
    text = text.replace("URL", listener.url)
    for head in ("PREFIX ex: <http://e/> ", "", "\ufeffPREFIX ex: <http://e/>\r"):
        with suppress(MngraphError):
            tried(head + text)
        with suppress(MngraphError):
            tried(head + text, (f"{listener.url[1:-1]}/other", "http://127.0.0.1:9/"))
        with suppress(MngraphError):
            mngraph.Graph(STORE).query(head + text)
    assert listener.requests == 0


def test_only_the_named_service_is_asked(listener: Listener) -> None:
    """Another path of the same server, another spelling and a variable are other endpoints."""
    own = listener.url[1:-1]
    for text in (
        "SELECT * { SERVICE URL { ?s ?p ?o } }",
        "SELECT * { SERVICE URL { ?s ?p ?o } SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
        "SELECT * { BIND(URL AS ?u) SERVICE ?u { ?s ?p ?o } }",
    ):
        for allowed in ((f"{own}/", own.upper(), "http://127.0.0.1:9/"), ()):
            with pytest.raises(QueryError, match="--allow-service"):
                tried(text.replace("URL", listener.url), allowed)
    assert listener.requests == 0
    with suppress(QueryError):
        tried(f"PREFIX x: {listener.url} SELECT * {{ SERVICE x: {{ ?s ?p ?o }} }}", (own,))
    assert listener.requests == 1
    listener.requests = 0


def test_a_service_is_refused_by_name(run: Runner) -> None:
    result = run("query", "-e", "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }")
    assert result.exit_code == 3 and "--allow-service" in result.stderr


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?service { ?service a dcat:DataService } # SERVICE",
        "ASK { ?s ?p 'SERVICE <http://127.0.0.1:9/> {}' }",
        "ASK { <http://a/SERVICE> <http://a/service)#> ex:SERVICE }",
    ],
)
def test_the_word_alone_is_no_service(text: str) -> None:
    tried(f"PREFIX ex: <http://e/> {text}")


PARTS = st.sampled_from(
    [
        "SERVICE", "service", "SeRvIcE", "\\u0053ERVICE", "SERVICE SILENT", "SERVICESILENT", "URL",
        "?s", "?p", "?o", "$service", "?SERVICE", "ex:a", "ex:a\\#b", "ex:a\\'b", "ex:SERVICE",
        'ex:a\\"', "ex:a.b.SERVICE", "_:b", "_:b.SERVICE", "'", '"', "'''", '"""', "'SERVICE'",
        "'\\u0027'", "\\\\", "\\", "#", "# SERVICE", "\n", "\r", "<", ">", "<=", "<2)#>", "<b#>",
        "<SERVICE>", "{ ?s ?p ?o }", "{", "}", "(", ")", "[", "]", ".", ";", ",", "FILTER(1<2)",
        "FILTER", "BIND(URL AS ?u)", "OPTIONAL", "LATERAL", "UNION", "GRAPH ?g", "EXISTS", "MINUS",
        "VALUES ?u { URL }", "SELECT *", "1", "true", "@en", "^^", "^", "!", "|", "/", "?", "*",
        "+", "-", "a", "study:x/SERVICE", "\ufeff", "\u00a0", "é",
    ]
)  # fmt: skip
GAPS = st.sampled_from([" ", " ", " ", "", "\n", "\t", "\r\n", " # x\n", "\\u0020"])
GROUPS = st.lists(st.tuples(PARTS, GAPS), min_size=1, max_size=14)
FORMS = st.sampled_from(
    ["SELECT * {", "ASK {", "CONSTRUCT { ?s ?p ?o } {", "DESCRIBE ?s {", "SELECT * { ?a ?b ?c"]
)
TAILS = st.sampled_from(["SERVICE URL { ?s ?p ?o } }", "}", "#>\n URL { ?s ?p ?o } }"])


EXAMPLES = int(os.environ.get("MNGRAPH_EXAMPLES", "2000"))
"""How many queries are generated; MNGRAPH_EXAMPLES=50000 tries harder."""


@settings(max_examples=EXAMPLES, derandomize=True)
@given(FORMS, GROUPS, TAILS)
def test_no_generated_query_reaches_the_listener(
    listener: Listener, form: str, group: list[tuple[str, str]], tail: str
) -> None:
    body = "".join(part + gap for part, gap in group)
    text = f"PREFIX ex: <http://e/> {form} {body} {tail}".replace("URL", listener.url)
    with suppress(MngraphError):
        tried(text)
    assert listener.requests == 0


NAMED = """# title: Rows
# param: who iri = http://e/a -- a resource
# param: label string? -- a label
# param: most integer? -- how many rows
SELECT * { ?s ?p $who . OPTIONAL { ?s ?p $label } } LIMIT $most
"""
INJECTIONS = [
    "http://e/a> } SERVICE URL { ?s ?p ?o } #", "http://e/a>SERVICE URL{ ?s ?p ?o } #",
    "' } SERVICE URL { ?s ?p ?o } #", '" } SERVICE URL { ?s ?p ?o } #', "\\",
    "\\' } SERVICE URL { ?s ?p ?o } #", "\\u0022 } SERVICE URL { ?s ?p ?o } #",
    "\\u003e } SERVICE URL { ?s ?p ?o } #", "\n} SERVICE URL { ?s ?p ?o } #",
    "1 } SERVICE URL { ?s ?p ?o } #", "1 OFFSET 1", "1} SERVICE URL {?s ?p ?o} #", "$label", "URL",
]  # fmt: skip


@pytest.mark.parametrize("value", INJECTIONS)
@pytest.mark.parametrize("name", ["who", "label", "most"])
def test_no_parameter_becomes_part_of_a_query(
    name: str, value: str, listener: Listener, tmp_path: Path, run: Runner
) -> None:
    file = tmp_path / "rows.rq"
    file.write_text(NAMED)
    value = value.replace("URL", listener.url)
    values = {"most": "3", name: value}
    with suppress(MngraphError):
        mngraph.Graph(STORE).query(str(file), **values)
    run("query", file, *(f"-p{key}={text}" for key, text in values.items()))
    assert listener.requests == 0


@pytest.mark.parametrize("value", INJECTIONS)
def test_no_header_becomes_part_of_a_query(value: str, listener: Listener, tmp_path: Path) -> None:
    file = tmp_path / "rows.rq"
    file.write_text(NAMED.replace("http://e/a --", f"{value.replace('URL', listener.url)} --"))
    with suppress(MngraphError):
        mngraph.Graph(STORE).query(str(file), most=3)
    assert listener.requests == 0


FILES = {
    "context.jsonld": '{"@context": "ADDRESS", "@id": "http://e/a", "http://e/p": 1}',
    "contexts.jsonld": '{"@context": ["ADDRESS", {}], "@id": "http://e/a", "http://e/p": 1}',
    "import.jsonld": '{"@context": {"@version": 1.1, "@import": "ADDRESS"}, "http://e/p": 1}',
    "scoped.jsonld": '{"@context": {"p": {"@id": "http://e/p", "@context": "ADDRESS"}}, "p": {}}',
    "entity.rdf": (
        '<!DOCTYPE r [<!ENTITY x SYSTEM "ADDRESS">]><rdf:RDF xmlns:rdf='
        '"http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="http://e/a">'
        '<p xmlns="http://e/">&x;</p></rdf:Description></rdf:RDF>'
    ),
    "doctype.rdf": (
        '<!DOCTYPE r SYSTEM "ADDRESS"><rdf:RDF xmlns:rdf='
        '"http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>'
    ),
    "parameter.rdf": (
        '<!DOCTYPE r [<!ENTITY % x SYSTEM "ADDRESS"> %x;]><rdf:RDF xmlns:rdf='
        '"http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>'
    ),
    "imports.ttl": "<http://e/o> <http://www.w3.org/2002/07/owl#imports> URL .",
    "see.ttl": "<http://e/o> <http://www.w3.org/2000/01/rdf-schema#seeAlso> URL .",
    "base.ttl": "@base URL . @prefix : URL . <a> :b <#c> .",
    "records.yaml": "id: x\n'@context': ADDRESS\ntitle: !!python/object/apply:os.system [ADDRESS]",
}


@pytest.mark.parametrize("name", FILES)
def test_no_file_makes_anything_be_fetched(
    name: str, listener: Listener, tmp_path: Path, run: Runner
) -> None:
    file = tmp_path / name
    file.write_text(
        FILES[name].replace("URL", listener.url).replace("ADDRESS", listener.url.strip("<>"))
    )
    if name.endswith(".yaml"):
        run("build", file, "-o", tmp_path / "store")
    else:
        run("query", "-g", file, "-e", "SELECT * { ?s ?p ?o }")
        run("validate", file)
        run("export", tmp_path / "out.nq", "-g", file)
    assert listener.requests == 0


@pytest.mark.parametrize("number", range(0, len(BYPASSES), 9))
def test_the_command_line_asks_no_service_either(
    number: int, listener: Listener, run: Runner, tmp_path: Path
) -> None:
    text = "PREFIX ex: <http://e/> " + BYPASSES[number].replace("URL", listener.url)
    file = tmp_path / "own.rq"
    file.write_text(text, "utf-8")
    run("query", "-e", text)
    run("query", file, "--timeout", "0", "--memory", "0")
    run("query", "-", text=text)
    assert listener.requests == 0
