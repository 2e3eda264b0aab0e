"""Files of literature to candidates: nothing doubled, nothing lost, decisions kept."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyoxigraph as ox
import pytest
from click.testing import Result
from conftest import CHECKOUT, Runner
from literature import TEXT, TITLE, article, pubmed, ris

from mngraph import yamlfile
from mngraph.candidates.deciding import Review, curator
from mngraph.candidates.folder import Folder
from mngraph.candidates.known import Entry, Index
from mngraph.errors import OutputError

pytest.importorskip("ahocorasick_rs", reason="ahocorasick-rs is not installed (extra literature)")
pytest.importorskip("filelock", reason="filelock is not installed (extra literature)")

FICTITIOUS = CHECKOUT / "tests" / "data" / "sources"
KNOWN = "31469914"
"""A study of the release, on which claims rest."""


def counts(result: Result) -> dict[str, int]:
    """Return the summary that was printed: the first word of each line, and its number."""
    rows = list(csv.reader(io.StringIO(result.stdout)))[1:]
    return {row[0].split(":")[0].split(",")[0]: int(row[1]) for row in rows}


def digest(folder: Path) -> str:
    """Return a hash of names and content of all files but for locks."""
    found = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        if not path.name.endswith(".lock"):
            found.update(path.name.encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


def written(name: str, text: str) -> Path:
    """Write a file of literature into the working folder."""
    path = Path(name)
    path.write_text(text, "utf-8")
    return path


def test_a_candidate_is_a_draft_record_with_the_characters_of_each_fact(run: Runner) -> None:
    result = run("ingest", written("a.xml", pubmed(article())), "-o", "out")
    assert result.exit_code == 0, result.output
    data, _ = yamlfile.read_yaml("out/pmid-99200001.yaml")
    assert data["status"] == "candidate"
    assert data["publication"]["title"] == TITLE
    assert data["participants"] == 30
    assert data["completed"] == 27
    assert data["indications"] == ["melasma"]
    assert [(a["procedure"], a.get("combined_with")) for a in data["arms"]] == [
        ("microneedling", ["tranexamic-acid"]), ("microneedling", None),
    ]  # fmt: skip
    assert data["adverse_events"] == [{"event": "erythema", "affected": 3, "at_risk": 30}]
    for fact in data["facts"]:
        text = data["abstract"][fact["section"]]["text"]
        assert text[fact["start"] : fact["end"]] == fact["text"], fact["field"]
        assert 0 < fact["confidence"] <= 1
        assert fact["rule"]


def test_each_entry_is_counted_once_and_the_sum_is_right(run: Runner) -> None:
    other = article("99200002", "Coffee and sleep", "Forty students drank coffee.")
    broken = "<PubmedArticle><MedlineCitation><PMID>99200003</PMID></PubmedArticle>"
    known = article(KNOWN, "x")
    path = written("a.xml", pubmed(article(), other, broken, known, article(), deleted="1"))
    result = run("ingest", path, "-o", "out")
    assert result.exit_code == 0, result.output
    assert counts(result) == {
        "new candidates": 1, "candidates updated": 0, "candidates unchanged": 1, "known": 1,
        "out of scope": 1, "deleted in PubMed": 1, "rejected": 1, "read": 6,
    }  # fmt: skip
    assert "99200003" in result.stderr
    assert "99200003" in Path("out/rejected.json").read_text("utf-8")
    everything = run("ingest", path, "-o", "all", "--no-filter")
    assert counts(everything)["new candidates"] == 2


def test_the_same_files_give_the_same_bytes(run: Runner) -> None:
    files = sorted(FICTITIOUS.glob("fictitious.*"))
    for folder in ("one", "two"):
        assert run("ingest", *files, "-o", folder, "--graph", f"{folder}.nq.gz").exit_code == 0
    assert digest(Path("one")) == digest(Path("two"))
    assert Path("one.nq.gz").read_bytes() == Path("two.nq.gz").read_bytes()
    again = run("ingest", *files, "-o", "one")
    assert digest(Path("one")) == digest(Path("two"))
    assert counts(again)["candidates unchanged"] == 3


def test_the_graph_of_candidates_says_what_is_proposed_and_states_no_study(run: Runner) -> None:
    path = written("a.xml", pubmed(article()))
    run("ingest", path, "-o", "out", "--graph", "c.nq")
    store = ox.Store()
    store.load(path="c.nq", format=ox.RdfFormat.N_QUADS)
    base = "https://w3id.org/mngraph/"
    names = {str(graph) for graph in store.named_graphs()}
    assert names == {f"<{base}graph/candidates>"}
    prefixes = {"mn": f"{base}ontology#", "oa": "http://www.w3.org/ns/oa#"}

    def ask(text: str) -> bool:
        return bool(store.query(text, prefixes=prefixes, use_default_graph_as_union=True))

    assert ask(
        f"ASK {{ <{base}candidate/pmid-99200001> a mn:Candidate ; mn:candidateStatus mn:Undecided "
        f"; mn:hasCandidateFact [ mn:proposedConcept <{base}indication/melasma> ; "
        f"oa:exact 'melasma' ; oa:start {TITLE.index('melasma')} ] }}"
    )
    for name in ("Study", "Arm", "Outcome"):
        assert not ask(f"ASK {{ ?any a mn:{name} }}"), name
    assert TEXT[:60] not in Path("c.nq").read_text("utf-8")


def test_a_graph_of_something_else_is_not_overwritten(run: Runner) -> None:
    mine = written("mine.nq", "<http://e.org/s> <http://e.org/p> <http://e.org/o> .\n")
    path = written("a.xml", pubmed(article()))
    result = run("ingest", path, "-o", "out", "--graph", mine)
    assert result.exit_code == 2
    assert "mine.nq holds another graph" in result.stderr
    assert mine.read_text("utf-8").startswith("<http://e.org/s>")
    assert not Path("out").exists()


def test_a_publication_of_the_graph_is_told_and_not_doubled(run: Runner) -> None:
    path = written("a.xml", pubmed(article(KNOWN, "x", doi="10.1111/ced.14084")))
    result = run("ingest", path, "-o", "out")
    assert counts(result)["known"] == 1
    assert not list(Path("out").glob("*.yaml"))
    known = json.loads(Path("out/known.json").read_text("utf-8"))
    assert known["pmid-31469914"]["adds"]["authors"] == ["Roe A"]
    assert known["pmid-31469914"]["matched_by"] == "PMID"


def test_a_retraction_flags_the_claims_that_rest_on_a_study_once(run: Runner) -> None:
    path = written("a.xml", pubmed(article(KNOWN, "x", notice="RetractionIn")))
    first = run("ingest", path, "-o", "out")
    line = next(line for line in first.stderr.splitlines() if line.startswith("flagged:"))
    assert "study:pmid-31469914: retraction: J Made-up Ex. 2026;1:2 (PMID 99299999)" in line
    assert (
        "claim:microneedling_with_aminolevulinic-acid-photodynamic-therapy_for_alopecia-areata"
        in line
    )
    known = json.loads(Path("out/known.json").read_text("utf-8"))
    assert known["pmid-31469914"]["claims"]
    assert "flagged:" not in run("ingest", path, "-o", "out").stderr
    later = json.loads(Path("out/known.json").read_text("utf-8"))
    assert later["pmid-31469914"]["notices"]


def test_titles_match_as_a_whole_and_never_across_a_no_or_a_figure() -> None:
    index = Index()
    title = "Microneedling at 1.5 mm with tranexamic acid improves melasma"
    index.add(Entry(key="a", stated={"title": title, "issued": "2020", "author": "Roe R"}))

    def find(title: str, **more: object) -> str:
        return index.find({"title": title, **more})[0]

    assert find("Micro­needling at 1.5 mm with TRANEXAMIC acid improves melasma.".replace("­", ""))
    assert find("Microneedling at 1.5 mm — with tranexamic acid — improves melasma.") == "a"
    assert find(title, issued="2021-01", authors=["Roe RM"]) == "a"
    assert not find("Microneedling at 15 mm with tranexamic acid improves melasma")
    assert not find("Microneedling at 1.5 mm with tranexamic acid improves no melasma")
    assert not find("Microneedling at 1.5 mm without tranexamic acid improves melasma")
    assert not find(title, issued="2010")
    assert not find(title, authors=["Doe J"])
    index.add(Entry(key="b", stated={"title": "Microneedling", "pmid": "1", "issued": "2019"}))
    assert not find("Microneedling")
    assert not find("Microneedling", issued="2019", authors=["Doe J"], pmid="2")


def test_the_same_paper_from_another_file_updates_its_candidate(run: Runner) -> None:
    first = run("ingest", written("a.ris", ris(doi="10.5555/a")), "-o", "out")
    assert counts(first)["new candidates"] == 1
    assert [path.name for path in Path("out").glob("*.yaml")] == ["doi-10.5555-a.yaml"]
    path = written("a.xml", pubmed(article(doi="10.5555/A")))
    assert counts(run("ingest", path, "-o", "out"))["candidates updated"] == 1
    data, _ = yamlfile.read_yaml("out/doi-10.5555-a.yaml")
    assert data["publication"]["pmid"] == "99200001"
    assert data["participants"] == 30
    again = run("ingest", Path("a.ris"), path, "-o", "out")
    assert counts(again)["candidates unchanged"] == 2


def test_two_papers_that_would_have_one_name_are_kept_apart(run: Runner) -> None:
    one = ris("Microneedling in melasma patients: a trial of serum")
    two = ris("Microneedling in melasma patients: a review of peels")
    result = run("ingest", written("a.ris", one + two), "-o", "out")
    assert counts(result)["new candidates"] == 2, result.output
    names = sorted(path.stem for path in Path("out").glob("*.yaml"))
    assert names == [
        "roe-2026-microneedling-melasma-patients",
        "roe-2026-microneedling-melasma-patients-2",
    ]
    assert run("validate", "out").exit_code == 0


def decided(folder: str = "out", key: str = "pmid-99200001") -> Review:
    """Accept a fact, reject one, and change one."""
    review = Review(Folder(Path(folder)), curator("Roe R"), Path())
    candidate = review.folder.read(key)
    assert candidate
    facts = {fact.field: fact for fact in candidate.facts}
    review.decide(key, facts["participants"].key, "accepted")
    review.decide(key, facts["indications"].key, "rejected")
    review.edit(key, facts["completed"].key, "26")
    return review


def test_decisions_survive_a_new_version_of_the_publication(run: Runner) -> None:
    run("ingest", written("a.xml", pubmed(article())), "-o", "out")
    review = decided()
    text = (
        "In this trial, "
        + TEXT.replace("27 completed", "25 completed")
        + " Pain was severe in all."
    )
    later = pubmed(article(text=text, revised="2026-09-09"))
    assert counts(run("ingest", written("b.xml", later), "-o", "out"))["candidates updated"] == 1
    candidate = review.folder.read("pmid-99200001")
    assert candidate
    kept = {(fact.field, fact.value): fact.decision for fact in candidate.facts if fact.decision}
    assert kept == {
        ("participants", 30): "accepted", ("indications", "melasma"): "rejected",
        ("completed", 26): "edited",
    }  # fmt: skip
    fresh = [fact for fact in candidate.facts if fact.value == {"event": "pain"}]
    assert [fact.decision for fact in fresh] == [""]
    found = next(fact for fact in candidate.facts if fact.field == "participants")
    assert candidate.abstract[1]["text"][found.start : found.end] == found.text
    older = run("ingest", Path("a.xml"), "-o", "out")
    assert counts(older)["candidates unchanged"] == 1, "an older version came back"


def test_a_deleted_entry_withdraws_what_nobody_decided(run: Runner) -> None:
    path = written("a.xml", pubmed(article(), article("99200002")))
    gone = written("gone.xml", pubmed(article("99200009", "Coffee", "x"), deleted="99200001"))
    also = written("also.xml", pubmed(article("99200009", "Coffee", "x"), deleted="99200002"))
    run("ingest", path, "-o", "out")
    decided("out", "pmid-99200002")
    run("ingest", gone, "-o", "out")
    told = run("ingest", also, "-o", "out", "--graph", "c.nq")
    assert "deleted in PubMed, but kept: the candidate pmid-99200002" in told.stderr
    status = {c.id: c.status for c in Folder(Path("out")).candidates()}
    assert status == {"pmid-99200001": "withdrawn", "pmid-99200002": "candidate"}
    assert "candidate/pmid-99200001" not in Path("c.nq").read_text("utf-8")


def test_what_stands_before_the_break_of_a_file_is_kept(run: Runner) -> None:
    whole = gzip.compress(pubmed(*(article(str(99300000 + n)) for n in range(400))).encode())
    Path("cut.xml.gz").write_bytes(whole[: len(whole) // 2])
    written("good.xml", pubmed(article()))
    result = run("ingest", "cut.xml.gz", "good.xml", "-o", "out")
    assert result.exit_code == 3
    assert "error: cut.xml.gz:" in result.stderr
    found = {path.stem for path in Path("out").glob("*.yaml")}
    assert "pmid-99200001" in found
    assert counts(result)["read"] == counts(result)["new candidates"] == len(found)


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.xml", b""), ("a.xml", b"<html><p>no</p></html>"), ("a.pdf", b"%PDF-1.4")],
)
def test_a_file_of_another_kind_is_named(name: str, content: bytes, run: Runner) -> None:
    Path(name).write_bytes(content)
    result = run("ingest", name, "-o", "out")
    assert result.exit_code == 3
    assert result.stderr.splitlines()[-1].startswith(f"error: {name}:")


def test_a_second_ingest_and_a_folder_without_permission_are_refused(run: Runner) -> None:
    path = written("a.xml", pubmed(article()))
    folder = Folder(Path("out"))
    with folder.ingesting():
        second = run("ingest", path, "-o", "out")
        assert second.exit_code == 4
        assert "another process is ingesting into out" in second.stderr
    assert run("ingest", path, "-o", "out").exit_code == 0
    other = run("ingest", path, "-o", "a.xml/out")
    assert other.exit_code == 4
    assert other.stderr.startswith("error: cannot make a.xml/out")
    Path("pack/studies").mkdir(parents=True)
    wrong = run("ingest", path, "-o", "pack")
    assert wrong.exit_code == 4
    assert "holds what is not of candidates" in wrong.stderr


def test_a_full_disk_is_one_line_and_loses_no_decision(
    run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("ingest", written("a.xml", pubmed(article())), "-o", "out")
    decided()
    before = digest(Path("out"))
    import mngraph.candidates.folder as module

    def full(*_: object) -> None:
        raise OutputError("cannot write out: No space left on device")

    monkeypatch.setattr(module, "write_bytes", full)
    later = written("b.xml", pubmed(article(revised="2026-09-09", year="2027")))
    result = run("ingest", later, "-o", "out")
    assert result.exit_code == 4
    assert "No space left on device" in result.stderr
    assert digest(Path("out")) == before


def test_a_killed_ingest_is_made_good_by_the_next(run: Runner, tmp_path: Path) -> None:
    many = written("many.xml", pubmed(*(article(str(99300000 + n)) for n in range(120))))
    environment = {**os.environ, **run.environment}
    command = [sys.executable, "-m", "mngraph", "ingest", str(many), "-o", "out"]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    out, deadline = tmp_path / "out", time.monotonic() + 60
    while len(list(out.glob("*.yaml"))) < 10 and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert 10 <= len(list(out.glob("*.yaml"))) < 120
    assert run("ingest", many, "-o", "out").exit_code == 0
    assert run("ingest", many, "-o", "whole").exit_code == 0
    assert digest(out) == digest(tmp_path / "whole")


def test_candidates_are_checked_as_candidates_and_never_built(run: Runner) -> None:
    run("ingest", written("a.xml", pubmed(article())), "-o", "out")
    checked = run("validate", "out")
    assert checked.exit_code == 0, checked.output
    assert "1 candidate: no faults" in checked.stderr
    built = run("build", "out", "-o", "x.nq")
    assert built.exit_code == 3
    assert "this is a candidate, and no study record" in built.stderr
    Path("mixed").mkdir()
    shutil.copy("out/pmid-99200001.yaml", "mixed")
    shutil.copy(CHECKOUT / "data" / "studies" / f"pmid-{KNOWN}.yaml", "mixed")
    assert run("build", "mixed", "-o", "x.nq").exit_code == 3
    path = Path("out/pmid-99200001.yaml")
    whole = path.read_text("utf-8")
    path.write_text(whole.replace("participants: 30", "participants: 31"), "utf-8")
    assert "the draft is not what its facts make" in run("validate", "out").stderr
    path.write_text(whole.replace("participants: 30", "participants: many"), "utf-8")
    wrong = run("validate", "out")
    assert wrong.exit_code == 1
    assert "`participants` expects a whole number" in wrong.stdout


def test_signs_that_no_record_may_hold_do_not_cost_the_paper(run: Runner) -> None:
    title = "Microneedling\u202e for <b>melasma</b>: a trial"
    text = "Melasma\u2066 was treated by microneedling. \u200fThirty patients were enrolled."
    run(
        "ingest",
        written("a.xml", pubmed(article(title=title, text=text))),
        "-o",
        "out",
        "--graph",
        "a.nq",
    )
    assert run("validate", "out").exit_code == 0
    data, _ = yamlfile.read_yaml("out/pmid-99200001.yaml")
    assert data["participants"] == 30
    for fact in data["facts"]:
        assert (
            data["abstract"][fact["section"]]["text"][fact["start"] : fact["end"]] == fact["text"]
        )


def test_an_annotator_that_fails_costs_its_record_alone(
    run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mngraph.candidates import drafting

    own = drafting.annotate

    def failing(title: str, *more: object) -> object:
        if "serum" in title:
            raise RuntimeError("the model is out of memory")
        return own(title, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(drafting, "annotate", failing)
    other = article("99200002", "Microneedling with serum for scars")
    result = run("ingest", written("a.xml", pubmed(other, article())), "-o", "out")
    assert result.exit_code == 0, result.output
    assert (counts(result)["rejected"], counts(result)["new candidates"]) == (1, 1)
    assert "PMID 99200002: cannot be annotated: the model is out of memory" in result.stderr


def test_no_fact_reaches_from_the_title_into_the_abstract(run: Runner) -> None:
    words = {"title": "Microneedling for acne", "text": "Scars were treated in thirty patients."}
    run("ingest", written("a.xml", pubmed(article(**words))), "-o", "out")
    data, _ = yamlfile.read_yaml("out/pmid-99200001.yaml")
    for fact in data["facts"]:
        text = data["abstract"][fact["section"]]["text"]
        assert text[fact["start"] : fact["end"]] == fact["text"]
