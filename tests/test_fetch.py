"""`mngraph fetch` against a stand-in that speaks the protocol of E-utilities."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from conftest import Runner
from defusedxml.ElementTree import fromstring
from eutilities import Pubmed, made, pubmed
from standin import answer, begin


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NCBI_API_KEY", "k")
    monkeypatch.delenv("MNGRAPH_EMAIL", raising=False)


def pmids(path: Path) -> list[str]:
    content = path.read_bytes()
    root = fromstring(gzip.decompress(content) if path.suffix == ".gz" else content)
    assert root.tag == "PubmedArticleSet"
    return [str(node.text) for node in root.iterfind("PubmedArticle/MedlineCitation/PMID")]


def test_a_search_becomes_a_file_in_the_order_of_the_search(
    run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "found.xml.gz"
    monkeypatch.delenv("NCBI_API_KEY")
    with pubmed(articles=made(450)) as server:
        monkeypatch.setenv("MNGRAPH_EUTILS", server.url)
        result = run("fetch", "needling[tiab]", "-o", str(target), "--email", "a@example.org")
    assert (result.exit_code, result.stdout) == (0, ""), result.output
    assert "450 articles written" in result.stderr
    assert pmids(target) == list(server.articles)
    assert "β" in gzip.decompress(target.read_bytes()).decode()
    assert list(tmp_path.iterdir()) == [target]
    (first, search), *rest = server.asked
    assert (first, search["term"], search["usehistory"]) == ("esearch", "needling[tiab]", "y")
    assert [fields["retstart"] for _, fields in rest] == ["0", "200", "400"]
    assert {(f["tool"], f["email"]) for _, f in server.asked} == {("mngraph", "a@example.org")}
    assert {f["WebEnv"] for _, f in rest} == {"MCID_standin"}
    assert server.refused == 0


def test_what_is_written_can_be_read_by_check_sources(
    run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mngraph.sources.abstracts import read_abstracts

    with pubmed(articles=made(3)) as server:
        monkeypatch.setenv("MNGRAPH_EUTILS", server.url)
        assert run("fetch", "x", "-o", str(tmp_path / "a.xml")).exit_code == 0
    found = list(read_abstracts(tmp_path / "a.xml"))
    assert [each.pmid for each in found] == list(server.articles)
    assert found[0].text == f"Made up in vivo & β {found[0].pmid}"


def test_the_key_raises_the_rate_and_is_shown_nowhere(
    run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def invalid(
        handler: BaseHTTPRequestHandler, server: Pubmed, tool: str, fields: dict[str, str]
    ) -> bool:
        said = b'{"error":"API key invalid","api-key":"secret0815","status":"unknown"}'
        answer(handler, said, "application/json", 400)
        return True

    monkeypatch.setenv("NCBI_API_KEY", "secret0815")
    with pubmed(articles=made(900), rate=1) as server:
        monkeypatch.setenv("MNGRAPH_EUTILS", server.url)
        assert run("fetch", "x", "-o", str(tmp_path / "a.xml")).exit_code == 0
        assert {fields["api_key"] for _, fields in server.asked} == {"secret0815"}
        assert server.refused == 0
        server.fault = invalid
        result = run("fetch", "x", "-o", str(tmp_path / "b.xml"))
    assert result.exit_code == 4
    assert "API key invalid" in result.stderr and "secret" not in result.output
    assert "secret" not in (tmp_path / "a.xml").read_text("utf-8")


@pytest.mark.parametrize("kind", ["busy", "page", "half", "dropped", "error", "json"])
def test_what_fails_once_is_asked_again(
    kind: str, run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed: list[str] = []

    def fault(
        handler: BaseHTTPRequestHandler, server: Pubmed, tool: str, fields: dict[str, str]
    ) -> bool:
        if tool in failed:
            return False
        failed.append(tool)
        if kind == "busy":
            answer(handler, b'{"error":"API rate limit exceeded"}', "application/json", 429,
                   Retry_After="1")  # fmt: skip
        elif kind == "page":
            answer(handler, b"<!DOCTYPE html><html><h1>NCBI - WWW Error</h1>", "text/html")
        elif kind == "half":
            half = b'{"esearchresult":{"count":' if tool == "esearch" else b"<PubmedArticleSet><Pu"
            answer(handler, half, "text/plain")
        elif kind == "dropped":
            begin(handler, "text/xml", Content_Length="5000")
            handler.wfile.write(b"<PubmedArticleSet>")
            handler.close_connection = True
        elif kind == "error":
            answer(handler, b"", "text/plain", 500)
        else:
            said = b'{"esearchresult":{"ERROR":"Search Backend failed: Database is not supported"}}'
            answer(handler, said, "application/json")
        return True

    with pubmed(articles=made(3), fault=fault) as server:
        monkeypatch.setenv("MNGRAPH_EUTILS", server.url)
        result = run("fetch", "x", "-o", str(tmp_path / "a.xml"))
    assert result.exit_code == 0, result.output
    assert failed == ["esearch", "efetch"]
    assert pmids(tmp_path / "a.xml") == list(server.articles)


@pytest.mark.parametrize(
    ("content", "kind", "status", "said"),
    [
        (b"<html>Bad gateway</html>", "text/html", 502, "HTTP status 502"),
        (b"<html>Welcome to the hotel</html>", "text/html", 200, "web page in place of data"),
        (b'{"error":"API rate limit exceeded"}', "application/json", 429, "rate limit exceeded"),
        (b"<PubmedArticleSet>", "text/xml", 200, "part of an answer only"),
        (b"<eFetchResult><ERROR>ID list is empty</ERROR></eFetchResult>", "text/xml", 200,
         "ID list is empty"),
    ],
)  # fmt: skip
def test_what_keeps_failing_is_one_line_and_the_work_is_kept(
    content: bytes, kind: str, status: int, said: str,
    run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    def fault(
        handler: BaseHTTPRequestHandler, server: Pubmed, tool: str, fields: dict[str, str]
    ) -> bool:
        if tool == "efetch" and fields.get("retstart") != "0" and not server.finds:
            answer(handler, content, kind, status)
            return True
        return False

    monkeypatch.setattr("mngraph.connection.WAITS", (0.01,))
    target = tmp_path / "a.xml"
    with pubmed(articles=made(250), fault=fault) as server:
        monkeypatch.setenv("MNGRAPH_EUTILS", server.url)
        result = run("fetch", "x", "-o", str(target))
        assert (result.exit_code, result.stdout, target.exists()) == (4, "", False)
        errors = [line for line in result.stderr.splitlines() if line.startswith("error: PubMed")]
        assert len(errors) == 1 and said in errors[0]
        server.fault = None
        result = run("fetch", "x", "-o", str(target))
    assert result.exit_code == 0
    assert "200 of 250 articles are there" in result.stderr
    assert pmids(target) == list(server.articles)
    assert [tool for tool, _ in server.asked].count("esearch") == 1


def test_after_a_kill_the_next_run_writes_the_same_bytes(tmp_path: Path) -> None:
    def slow(
        handler: BaseHTTPRequestHandler, server: Pubmed, tool: str, fields: dict[str, str]
    ) -> bool:
        if server.refused == -1 and fields.get("retstart") == "400":
            time.sleep(30)
        return False

    with pubmed(articles=made(700), fault=slow) as server:
        settings = dict(os.environ, MNGRAPH_EUTILS=server.url, NCBI_API_KEY="k")
        command = [sys.executable, "-m", "mngraph", "fetch", "x", "-o"]
        subprocess.run([*command, tmp_path / "whole.xml.gz"], env=settings, check=True)
        server.refused = -1  # from here, the third batch does not come
        target = tmp_path / "cut.xml.gz"
        process = subprocess.Popen([*command, target], env=settings)
        while not any(f.get("retstart") == "400" for _, f in server.asked[6:]):
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert not target.exists()
        with (tmp_path / "cut.xml.gz.part" / "articles").open("ab") as stream:
            stream.write(b"<PubmedArticle><MedlineCita")  # a write that was cut off
        server.refused, before = 0, len(server.asked)
        done = subprocess.run([*command, target], env=settings, capture_output=True, check=True)
        assert b"400 of 700 articles are there" in done.stderr
        assert {tool for tool, _ in server.asked[before:]} == {"efetch"}
        assert target.read_bytes() == (tmp_path / "whole.xml.gz").read_bytes()
        assert sorted(path.name for path in tmp_path.iterdir()) == ["cut.xml.gz", "whole.xml.gz"]


def test_a_history_that_is_gone_costs_nothing(
    run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(
        handler: BaseHTTPRequestHandler, server: Pubmed, tool: str, fields: dict[str, str]
    ) -> bool:
        if "WebEnv" in fields:
            said = b"<eFetchResult><ERROR>Unable to obtain query #1</ERROR></eFetchResult>"
            answer(handler, said, "text/xml", 400)
        return "WebEnv" in fields

    with pubmed(articles=made(250), fault=gone) as server:
        monkeypatch.setenv("MNGRAPH_EUTILS", server.url)
        assert run("fetch", "x", "-o", str(tmp_path / "a.xml")).exit_code == 0
    assert pmids(tmp_path / "a.xml") == list(server.articles)


def test_more_than_a_search_hands_out_is_split_by_day(
    run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    articles = made(10_400)
    days = {each: ("1975/03/01", "2021/06/30", "2024/12/31")[n % 3] for n, each in
            enumerate(articles)}  # fmt: skip
    monkeypatch.setattr("mngraph.services.eutils.BATCH", 5_000)
    monkeypatch.setattr("mngraph.services.fetching.BATCH", 5_000)
    monkeypatch.delenv("NCBI_API_KEY")
    monkeypatch.setattr("mngraph.services.eutils.PAUSE", 0.0)
    with pubmed(articles=articles, entered=days, rate=1_000) as server:
        monkeypatch.setenv("MNGRAPH_EUTILS", server.url)
        result = run("fetch", "x", "-o", str(tmp_path / "a.xml"))
        assert result.exit_code == 0, result.output
        assert "10,400 articles: E-utilities hand out 9,999" in result.stderr
        found = pmids(tmp_path / "a.xml")
        assert (len(found), set(found)) == (10_400, set(articles))
        server.entered = dict.fromkeys(articles, "2024/12/31")
        result = run("fetch", "y", "-o", str(tmp_path / "b.xml"))
    assert (result.exit_code, (tmp_path / "b.xml").exists()) == (4, False)
    assert "entered PubMed on 2024-12-31" in result.stderr


def test_articles_that_are_not_sent_are_named(
    run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    articles = made(5)
    with pubmed(articles=articles, finds=lambda term: ["77", *articles]) as server:
        monkeypatch.setenv("MNGRAPH_EUTILS", server.url)
        result = run("fetch", "x unknownword", "-o", str(tmp_path / "a.xml"))
    assert result.exit_code == 0
    assert "1 article that it did not send: 77" in result.stderr
    assert "does not know the phrase unknownword" in result.stderr
    assert pmids(tmp_path / "a.xml") == list(articles)


WRONG: list[tuple[list[str], int, str]] = [
    (["x", "-o", "a.txt"], 2, "ends in .xml or .xml.gz"),
    (["x"], 2, "name the file to write"),
    ([" ", "-o", "a.xml"], 2, "the query is empty"),
    (["x", "-o", "there.xml"], 4, "there.xml: it is a folder"),
    (["x", "-o", "nowhere/a.xml"], 4, "the folder nowhere does not exist"),
    (["nothing", "-o", "a.xml"], 3, "PubMed has no article for 'nothing'"),
]


@pytest.mark.parametrize(("words", "code", "said"), WRONG)
def test_what_cannot_be_fetched_is_said(
    words: list[str], code: int, said: str, run: Runner, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.xml").mkdir()
    with pubmed(articles={}) as server:
        monkeypatch.setenv("MNGRAPH_EUTILS", server.url)
        result = run("fetch", *words)
    assert (result.exit_code, len(result.stderr.splitlines())) == (code, 1)
    assert said in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["there.xml"]


def test_two_runs_do_not_write_one_file(
    run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    folder = tmp_path / "a.xml.part"
    folder.mkdir()
    monkeypatch.setenv("MNGRAPH_EUTILS", "http://127.0.0.1:9/")
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        result = run("fetch", "x", "-o", str(tmp_path / "a.xml"))
    assert result.exit_code == 4 and "another process is writing it" in result.stderr


def test_an_address_must_be_safe_and_may_be_unreachable(
    run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MNGRAPH_EUTILS", "http://eutils.ncbi.nlm.nih.gov/entrez/eutils")
    result = run("fetch", "x", "-o", str(tmp_path / "a.xml"))
    assert result.exit_code == 4 and "begin with https" in result.stderr
    monkeypatch.setenv("MNGRAPH_EUTILS", "http://127.0.0.1:9/entrez")
    result = run("fetch", "x", "-o", str(tmp_path / "a.xml"))
    assert (result.exit_code, len(result.stderr.splitlines())) == (4, 1)
    assert "cannot reach" in result.stderr


def test_another_search_does_not_overwrite_one_that_has_begun(
    run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fault(
        handler: BaseHTTPRequestHandler, server: Pubmed, tool: str, fields: dict[str, str]
    ) -> bool:
        if tool == "efetch":
            answer(handler, b'{"error":"no"}', "application/json", 403)
        return tool == "efetch"

    target = str(tmp_path / "a.xml")
    with pubmed(articles=made(3), fault=fault) as server:
        monkeypatch.setenv("MNGRAPH_EUTILS", server.url)
        assert run("fetch", "one", "-o", target).exit_code == 4
        server.fault = None
        result = run("fetch", "two", "-o", target)
        assert result.exit_code == 2
        assert "another search" in result.stderr and "--restart" in result.stderr
        assert run("fetch", "two", "-o", target, "--restart").exit_code == 0
        assert run("fetch", "x", "--count").stdout == "3\n"
