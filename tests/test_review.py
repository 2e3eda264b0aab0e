"""Decisions on candidates: by keys in a terminal, in the records that come of them, and by HTTP."""

from __future__ import annotations

import io
import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import CHECKOUT, Runner
from literature import TEXT, TITLE, article, pubmed
from served import Served

from mngraph import yamlfile
from mngraph.candidates.deciding import Review, curator, entered
from mngraph.candidates.folder import Folder
from mngraph.candidates.model import Candidate
from mngraph.errors import MngraphError, NotConformingError, UsageError

pytest.importorskip("ahocorasick_rs", reason="ahocorasick-rs is not installed (extra literature)")
pytest.importorskip("filelock", reason="filelock is not installed (extra literature)")

KEY = "pmid-99200001"
ME = "Roe R 0000-0002-1825-0097"
HOSTILE = '<script>alert(1)</script> Microneedling for melasma "><img src=x onerror=alert(2)>'


@pytest.fixture
def candidates(run: Runner) -> Path:
    """A folder with two candidates, and beside it one for records."""
    Path("a.xml").write_text(pubmed(article(), article("99200002", HOSTILE)), "utf-8")
    assert run("ingest", "a.xml", "-o", "out").exit_code == 0
    Path("studies").mkdir()
    return Path("out").absolute()


def of(folder: Path, key: str = KEY) -> Candidate:
    """Return a candidate."""
    found = Folder(folder).read(key)
    assert found is not None
    return found


def decisions(candidate: Candidate) -> dict[str, str]:
    """Return what was decided, by field and value."""
    return {f"{f.field}={f.value}": f.decision for f in candidate.facts if f.decision}


def reviewed(run: Runner, keys: str, *more: str) -> Any:
    """Press keys in `mngraph review`; lines end the answers to its questions."""
    return run("review", "out", *more, "--to", "studies", "--curator", ME, text=keys)


# --- terminal -------------------------------------------------------------------------------------


def test_one_key_decides_and_is_saved_at_once(candidates: Path, run: Runner) -> None:
    first, second, third = (fact for fact in of(candidates).facts[:3])
    result = reviewed(run, "ar", KEY)  # the input ends: as if the terminal were closed
    assert result.exit_code in (0, 1, 130)
    found = of(candidates)
    assert [fact.decision for fact in found.facts[:3]] == ["accepted", "rejected", ""]
    assert found.facts[0].by == "https://orcid.org/0000-0002-1825-0097"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", found.facts[0].on)
    assert [fact.key for fact in found.facts[:3]] == [first.key, second.key, third.key]


def test_undo_takes_decisions_back_one_by_one(candidates: Path, run: Runner) -> None:
    before = of(candidates)
    assert reviewed(run, "araxuuuuq", KEY).exit_code == 0
    assert of(candidates) == before


def test_editing_keeps_what_was_read(candidates: Path, run: Runner) -> None:
    fields = [fact.field for fact in of(candidates).facts]
    at = fields.index("participants")
    assert reviewed(run, "s" * at + "e" + "31\n" + "q", KEY).exit_code == 0
    fact = next(fact for fact in of(candidates).facts if fact.field == "participants")
    assert (fact.value, fact.decision, fact.text) == (31, "edited", "Thirty patients were enrolled")
    data, _ = yamlfile.read_yaml(candidates / f"{KEY}.yaml")
    assert data["participants"] == 31
    assert reviewed(run, "k" * 20 + "s" * at + "uq", KEY).exit_code == 0


def test_a_wrong_value_is_refused_with_what_is_allowed(candidates: Path, run: Runner) -> None:
    at = [fact.field for fact in of(candidates).facts].index("indications")
    result = reviewed(run, "s" * at + "e" + "melasme\n" + "q", KEY)
    assert "did you mean `melasma`?" in result.stderr
    assert not of(candidates).decided


def test_a_record_is_written_when_it_has_what_a_record_needs(candidates: Path, run: Runner) -> None:
    result = reviewed(run, "wq", KEY)
    assert "A study needs one `design`" in result.stderr
    assert "A study needs at least one arm" in result.stderr
    assert not list(Path("studies").iterdir())
    at = [fact.field for fact in of(candidates).facts].index("outcomes")
    outcome = (
        "{measure: melasma-severity-index, first: A, second: B, direction: favours-first, "
        'p_value: "<0.001"}\n'
    )
    keys = (
        "A" + "k" * 40 + "s" * at + "e" + outcome + "+summary = Both helped; both together more.\nw"
    )
    result = reviewed(run, keys, KEY)
    assert result.exit_code == 0, result.output
    path = Path("studies") / f"{KEY}.yaml"
    data, _ = yamlfile.read_yaml(path)
    assert data["publication"]["title"] == TITLE
    assert data["outcomes"][0]["measure"] == "melasma-severity-index"
    assert data["curation"]["curator"] == "Roe R"
    assert data["curation"]["orcid"] == "https://orcid.org/0000-0002-1825-0097"
    assert data["curation"]["source"] == "https://pubmed.ncbi.nlm.nih.gov/99200001/"
    assert TEXT[:40] not in path.read_text("utf-8")
    assert run("validate", path).exit_code == 0
    assert (of(candidates).status, of(candidates).record) == ("accepted", KEY)
    built = run("build", "studies", "-o", "x.nq")
    assert built.exit_code == 0, built.output
    assert (
        f"<https://w3id.org/mngraph/graph/study/{KEY}> <http://www.w3.org/ns/prov#wasAttributedTo> "
        "<https://orcid.org/0000-0002-1825-0097>"
    ) in Path("x.nq").read_text("utf-8")
    again = run("ingest", "a.xml", "-o", "out")
    assert again.exit_code == 0
    assert of(candidates).status == "accepted"


def test_only_what_was_accepted_is_in_the_record(candidates: Path, run: Runner) -> None:
    review = Review(Folder(candidates), curator(ME), Path("studies"))
    for fact in of(candidates).facts:
        if fact.field == "design" or fact.field.endswith(".procedure"):
            review.decide(KEY, fact.key, "accepted")
    data, _ = yamlfile.read_yaml(review.accept(KEY))
    assert set(data) == {"id", "publication", "design", "arms", "curation"}


def test_nobody_decides_without_a_name(candidates: Path, run: Runner) -> None:
    result = run("review", candidates, "--to", "studies", text="a")
    assert result.exit_code == 2
    assert "say who decides" in result.stderr
    wrong = run("review", candidates, "--to", "studies", "--curator", "0000-0002-1825-0098")
    assert "is no ORCID iD" in wrong.stderr
    assert not of(candidates).decided


def test_the_candidates_are_listed(candidates: Path, run: Runner) -> None:
    listed = run("review", candidates, "--list")
    assert listed.exit_code == 0
    assert KEY in listed.stdout
    reviewed(run, "x", KEY)
    assert KEY not in run("review", candidates, "--list").stdout
    assert KEY in run("review", candidates, "--list", "--all").stdout
    unknown = run("review", candidates, "pmid-9920001")
    assert unknown.exit_code == 2
    assert "did you mean" in unknown.stderr
    Path("empty").mkdir()
    assert "mngraph ingest" in run("review", "empty", "--list").stderr


@pytest.mark.parametrize("text", ["", "  ", "age = 30", "arms.A = x", "participants =", "{"])
def test_what_no_record_can_hold_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError):
        entered(text)


def test_an_arm_that_is_not_there_cannot_be_compared(candidates: Path) -> None:
    review = Review(Folder(candidates), curator(ME), Path("studies"))
    with pytest.raises(UsageError, match="`Z` is not defined"):
        review.add(KEY, "outcomes = {measure: clinical-response, first: Z}")


def test_a_record_that_is_there_is_not_overwritten(candidates: Path) -> None:
    review = Review(Folder(candidates), curator(ME), Path("studies"))
    mine = Path("studies") / f"{KEY}.yaml"
    mine.write_text("mine", "utf-8")
    with pytest.raises(MngraphError, match="is there already"):
        review.accept(KEY)
    assert mine.read_text("utf-8") == "mine"
    mine.unlink()
    with pytest.raises(NotConformingError):
        review.accept(KEY)
    assert not list(Path("studies").iterdir())


def test_on_80_columns_nothing_is_wider_and_all_facts_are_there(candidates: Path) -> None:
    from rich.console import Console

    from mngraph.candidates.screen import drawn

    for width in (80, 140):
        out = io.StringIO()
        console = Console(file=out, width=width, no_color=True)
        console.print(drawn(of(candidates), 2, "1 of 2", width))
        lines = out.getvalue().splitlines()
        assert max(map(len, lines)) <= width
        shown = " ".join(" ".join(lines).split())
        for word in ("participants", "tranexamic-acid", "27 completed", "arms.B.procedure"):
            assert word in shown, (width, word)


def test_a_real_terminal_takes_single_keys_and_shows_no_controls(
    run: Runner, tmp_path: Path
) -> None:
    text = TEXT + " \x9b31mred"
    Path("a.nbib").write_text(f"PMID- 99200001\nTI  - {TITLE}\nAB  - {text}\n", "utf-8")
    assert run("ingest", "a.nbib", "-o", "out").exit_code == 0
    (tmp_path / "studies").mkdir()
    ours, theirs = pty.openpty()
    environment = {**os.environ, **run.environment, "COLUMNS": "80", "LINES": "40", "TERM": "xterm"}
    command = [sys.executable, "-m", "mngraph", "review", "out", "--to", "studies", "--curator", ME]
    process = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, cwd=tmp_path
    )
    os.close(theirs)
    seen, deadline, keys = b"", time.monotonic() + 60, [b"a", b"q"]
    while process.poll() is None and time.monotonic() < deadline:
        ready, _, _ = select.select([ours], [], [], 0.2)
        try:
            seen += os.read(ours, 65536) if ready else b""
        except OSError:
            break
        if keys and not ready and seen.count(b"next candidate") > 2 - len(keys):
            os.write(ours, keys.pop(0))
    process.kill()
    process.wait()
    os.close(ours)
    assert b"Thirty patients" in seen.replace(b"\r\n", b" ")
    assert b"\xc2\x9b" not in seen
    assert len(of(tmp_path / "out").decided) == 1


# --- HTTP -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def site(release: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of a server with candidates to review, and its working folder."""
    pytest.importorskip("starlette", reason="starlette is not installed (the extra serve)")
    pytest.importorskip("uvicorn", reason="uvicorn is not installed (the extra serve)")
    place = tmp_path_factory.mktemp("review")
    (place / "studies").mkdir()
    (place / "a.xml").write_text(pubmed(article(), article("99200002", HOSTILE)), "utf-8")
    result = Runner(release)("ingest", place / "a.xml", "-o", place / "out")
    assert result.exit_code == 0
    words = ("--review", place / "out", "--to", place / "studies", "--curator", ME)
    with Served("-g", release, *words) as served:
        yield served.url, place


def token(page: str) -> str:
    """Return the token of a page."""
    found = re.search(r'name="token" value="([^"]+)"', page)
    assert found
    return found.group(1)


def test_a_decision_needs_this_site_its_token_and_this_machine(site: tuple[str, Path]) -> None:
    import httpx

    url, place = site
    address = f"{url}/review/{KEY}"
    fact = of(place / "out").facts[0].key
    with httpx.Client() as client:
        page = client.get(address)
        assert page.headers["cache-control"] == "no-store"
        good = {"token": token(page.text), "do": "accept", "fact": fact, "at": "0"}
        own = {"origin": url}

        def post(form: dict[str, str], **headers: str) -> int:
            return client.post(address, data=form, headers=headers).status_code

        assert post(good) == 403, "no Origin"
        assert post(good, origin="https://evil.example") == 403
        assert post(good, **own, **{"sec-fetch-site": "cross-site"}) == 403
        assert post(good | {"token": "x"}, **own) == 403
        assert post(good | {"token": "ä"}, **own) == 403
        assert post({**good, "token": ""}, **own) == 403
        assert client.get(address, headers={"host": "evil.example"}).status_code == 403
        assert client.post(address, json=good, headers=own).status_code == 415
        assert post(good | {"text": "x" * 200_000}, **own) == 413
        assert client.put(address, data=good, headers=own).status_code == 405
        assert client.get(f"{address}?do=accept&token={good['token']}").status_code == 200
        assert not of(place / "out").decided
        assert post(good, **own) == 303
        assert len(of(place / "out").decided) == 1
        assert post(good | {"do": "undo"}, **own) == 303
        assert post(good | {"fact": "none"}, **own) == 422
        assert post(good | {"do": "sell"}, **own) == 422
        for key in ("..%2F..%2Fetc%2Fpasswd", "nothing", "%00", "a" * 3000):
            assert client.get(f"{url}/review/{key}").status_code == 404, key
    assert not of(place / "out").decided


def test_without_the_option_there_is_no_review(release: Path, run: Runner) -> None:
    import httpx

    with Served("-g", release) as served:
        assert httpx.get(f"{served.url}/review").status_code == 404
        assert "/review" not in httpx.get(served.url + "/").text
    Path("out").mkdir()
    Path("studies").mkdir()
    options = ("--review", "out", "--to", "studies", "--curator", ME)
    refused = run("serve", "--host", "0.0.0.0", *options)  # noqa: S104  (it is refused)
    assert refused.exit_code == 2
    assert "--review is for this machine alone" in refused.stderr


def test_the_abstract_stays_out_of_everything_else() -> None:
    for path in (CHECKOUT / "data").rglob("*.yaml"):
        head = path.read_bytes()[:300]
        assert b"status: candidate" not in head, path


def test_without_a_terminal_the_browser_is_named(candidates: Path, run: Runner) -> None:
    command = [sys.executable, "-m", "mngraph", "review", str(candidates), "--to", "studies"]
    ended = subprocess.run(
        [*command, "--curator", ME], stdin=subprocess.DEVNULL, capture_output=True, check=False,
        start_new_session=True, env={**os.environ, **run.environment}, text=True,
    )  # fmt: skip
    assert ended.returncode == 2
    assert "mngraph serve --review" in ended.stderr.splitlines()[-1]


def test_lists_can_be_entered_and_are_read_again(candidates: Path) -> None:
    review = Review(Folder(candidates), curator(ME), Path("studies"))
    review.add(KEY, "arms.A.needle_length_mm = [0.5, 1]")
    review.add(KEY, "arms.B.procedure = microneedling")
    review.add(KEY, "arms.C.interventions = [saline-placebo]")
    review.add(KEY, "arms.A.procedure = microneedling")
    second = "[B, C]"
    review.add(KEY, f"outcomes = {{measure: clinical-response, first: A, second: {second}}}")
    data, _ = yamlfile.read_yaml(candidates / f"{KEY}.yaml")
    arms = {arm["id"]: arm for arm in data["arms"]}
    assert arms["A"]["needle_length_mm"] == [0.5, 1, 1.5]
    assert arms["C"]["interventions"] == ["saline-placebo"]
    assert {"measure": "clinical-response", "first": "A", "second": ["B", "C"]} in data["outcomes"]
    again = of(candidates)
    assert next(fact.value for fact in again.facts if fact.rule == "curator") == [0.5, 1]
