"""docs/w3id: the redirects of w3id.org on a real Apache, and the entries for the Bioregistry."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from conftest import CHECKOUT
from rdflib import Graph
from rdflib.namespace import OWL
from served import Served

from mngraph import context
from mngraph.store import LocalStore

FOLDER = CHECKOUT / "docs" / "w3id"
APACHE = shutil.which("apache2", path="/usr/sbin:/usr/bin:/usr/local/bin")
MODULES = Path("/usr/lib/apache2/modules")
WANTED = ("mpm_event", "authz_core", "rewrite", "headers", "dir")
CONFIGURATION = """
ServerRoot {room}
ServerName localhost
PidFile {room}/pid
Listen 127.0.0.1:{port}
ErrorLog {room}/errors
{modules}
DocumentRoot {room}/www
<Directory {room}/www>
  AllowOverride All
  Require all granted
</Directory>
"""


class Unfollowed(urllib.request.HTTPRedirectHandler):
    """Answers with the redirect itself."""

    def redirect_request(self, *arguments: object) -> None:
        return None


OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), Unfollowed)


def asked(url: str, accept: str) -> tuple[int, dict[str, str]]:
    """The status and the headers of an answer."""
    request = urllib.request.Request(url, headers={"Accept": accept})
    try:
        with OPENER.open(request, timeout=20) as answer:
            return answer.status, {k.lower(): v for k, v in answer.headers.items()}
    except urllib.error.HTTPError as answer:
        return answer.code, {k.lower(): v for k, v in answer.headers.items()}


@pytest.fixture(scope="module")
def apache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an Apache that has the folder as w3id.org would have it."""
    if not APACHE or not (MODULES / "mod_rewrite.so").is_file():
        pytest.skip("Apache (apache2-bin) is not installed")
    room = tmp_path_factory.mktemp("apache")
    room.chmod(0o755)
    for parent in room.parents[:2]:
        parent.chmod(0o755)
    (room / "www" / "mngraph").mkdir(parents=True)
    shutil.copy(FOLDER / ".htaccess", room / "www" / "mngraph" / ".htaccess")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    modules = "\n".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in WANTED)
    text = CONFIGURATION.format(room=room, port=port, modules=modules)
    (room / "httpd.conf").write_text(text, "utf-8")
    command = [APACHE, "-f", str(room / "httpd.conf"), "-DFOREGROUND"]
    with (room / "output").open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        for _ in range(100):
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            assert process.poll() is None, (room / "output").read_text("utf-8")
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/mngraph/"
    finally:
        process.terminate()
        process.wait(20)


CLAIM = "claim/microneedling_for_acne-scar"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
SERVER, FILES = "https://server.example", "https://files.example"
CASES = [
    ("", BROWSER, 303, f"{SERVER}/"),
    ("", "text/turtle", 303, f"{SERVER}/dataset.ttl"),
    ("ontology", BROWSER, 303, f"{SERVER}/ontology.html"),
    ("ontology", "text/turtle", 303, f"{SERVER}/ontology.ttl"),
    ("ontology", "*/*", 303, f"{SERVER}/ontology.ttl"),
    ("indication/acne-scar", BROWSER, 303, f"{SERVER}/indication/acne-scar.html"),
    ("indication/acne-scar", "application/ld+json", 303, f"{SERVER}/indication/acne-scar.jsonld"),
    ("study/pmid-31469914", "application/n-triples", 303, f"{SERVER}/study/pmid-31469914.nt"),
    ("study/pmid-31469914/arm/A", "text/turtle", 303, f"{SERVER}/study/pmid-31469914/arm/A.ttl"),
    ("study/doi-10.1111-jocd.13039", "*/*", 303, f"{SERVER}/study/doi-10.1111-jocd.13039.ttl"),
    (CLAIM, "application/rdf+xml", 303, f"{SERVER}/{CLAIM}.rdf"),
    (CLAIM, BROWSER, 303, f"{SERVER}/{CLAIM}.html"),
    ("vocabulary/event", "text/turtle", 303, f"{SERVER}/vocabulary/event.ttl"),
    ("publication/pmid-31469914", "application/json", 303,
     f"{SERVER}/publication/pmid-31469914.jsonld"),
    ("study/pmid-31469914.ttl", BROWSER, 302, f"{SERVER}/study/pmid-31469914.ttl"),
    ("context.jsonld", "application/ld+json", 302, f"{SERVER}/context.jsonld"),
    ("claim.jsonld", "*/*", 302, f"{SERVER}/claim.jsonld"),
    ("pack", "text/turtle", 303, f"{SERVER}/pack.ttl"),
    ("dataset", "*/*", 303, f"{SERVER}/dataset.ttl"),
    ("release/0.1.0/mngraph.nq.gz", "*/*", 302, f"{FILES}/release/0.1.0/mngraph.nq.gz"),
    ("release/0.1.0", "*/*", 302, f"{FILES}/release/0.1.0"),
    ("ontology/2026-11-29", "text/turtle", 303, f"{FILES}/ontology/2026-11-29.ttl"),
]  # fmt: skip


def test_each_identifier_leads_to_the_document_that_a_client_likes(apache: str) -> None:
    for path, accept, status, target in CASES:
        code, headers = asked(apache + path, accept)
        assert (code, headers.get("location")) == (status, target), (path, accept)
        assert headers["access-control-allow-origin"] == "*"
        assert "accept" in headers["vary"].lower()
        if status == 303 and target.startswith(SERVER):
            assert "accept" in headers["vary"].lower(), path


def test_no_path_leads_to_another_host(apache: str) -> None:
    for path in ("//evil.example/a", "@evil.example", "a%0d%0aX-Evil:%20b", "..%2f..%2fetc"):
        _, headers = asked(apache + path, "text/turtle")
        location = headers.get("location", f"{SERVER}/")
        assert location.startswith((f"{SERVER}/", f"{FILES}/"))
        assert "x-evil" not in headers


def test_a_real_server_has_what_the_redirects_name() -> None:
    pytest.importorskip("uvicorn", reason="uvicorn is not installed")
    with Served() as server:
        for path, accept, _, target in CASES:
            if target.startswith(SERVER):
                code, _ = asked(server.url + target.removeprefix(SERVER), accept)
                assert code == 200, path


def test_only_addresses_that_nobody_has_are_named() -> None:
    """RFC 2606 keeps .example for what is to be filled in."""
    text = (FOLDER / ".htaccess").read_text("utf-8")
    rules = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    assert set(re.findall(r"https?://[^\],\s]+", rules)) == {SERVER, FILES}


ENTRIES = json.loads((FOLDER / "bioregistry.json").read_text("utf-8"))


def test_the_entries_are_those_of_the_bioregistrys_own_model(store: LocalStore) -> None:
    bioregistry = pytest.importorskip("bioregistry", reason="bioregistry has the model")
    for prefix, entry in ENTRIES.items():
        assert not set(entry) - set(bioregistry.Resource.model_fields)
        resource = bioregistry.Resource(prefix=prefix, **entry)
        assert bioregistry.get_resource(prefix) is None  # nobody else has it
        for example in (resource.example, *(resource.example_extras or ())):
            assert resource.is_valid_identifier(example)
            iri = resource.get_uri_format().replace("$1", example)
            assert any(True for _ in store.quads(subject=iri)), iri


def test_the_entries_agree_with_the_context_and_the_ontology() -> None:
    ontology = ENTRIES["mngraph.ontology"]
    assert ontology["uri_format"] == context.prefixes()[ontology["preferred_prefix"]] + "$1"
    assert ENTRIES["mngraph"]["uri_format"] == context.BASE + "$1"
    graph = Graph().parse(CHECKOUT / "ontology" / "mngraph.ttl")
    assert str(next(graph.objects(None, OWL.versionInfo))) == ontology["version"]
