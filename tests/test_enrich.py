"""`mngraph enrich` against stand-ins that speak the protocols of PubMed, Crossref and OpenAlex."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
import yaml
from bibliography import Literature, Paper, literature
from conftest import CHECKOUT, Runner
from standin import answer

RECORD = """\
# the first line is a comment
id: {key}
publication:
  type: journal-article
{publication}
  volume: "33"   # read on the page
design: randomised-controlled-trial
participants: 40
indications: [acne-scar]
arms:
  - id: A
    procedure: microneedling
    combined_with: [platelet-rich-plasma]
  - id: B
    procedure: microneedling
outcomes:
  - {{measure: scar-severity, first: A, second: B, direction: favours-first}}
curation:
  source: https://example.org/page
  seen: abstract
  curated: "2026-11-22"
  notes: 'Authors: two "shown".'
"""
TITLE = "Needling with platelet-rich plasma for acne scars: a made-up trial of 1.5 mm needles"
PAPER = Paper(TITLE, doi="10.5555/made.up", pmid="31000001", pmcid="PMC7000001")

Enrich = Callable[..., dict[str, Any]]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MNGRAPH_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("NCBI_API_KEY", raising=False)
    monkeypatch.setattr("mngraph.services.eutils.PAUSE", 0.0)
    monkeypatch.setattr("mngraph.enriching.asking.PAUSE", 0.0)
    monkeypatch.setattr("mngraph.connection.WAITS", (0.01, 0.02))
    folder = tmp_path / "studies"
    folder.mkdir()
    return folder


def record(folder: Path, key: str = "doe-2019-needling", **publication: Any) -> Path:
    """Write a record with a publication of these keys."""
    stated = {"title": TITLE, "authors": ["Doe J", "Roe R"], "issued": "2019"} | publication
    lines = [
        f"  {name}: {json.dumps(value, ensure_ascii=False)}"
        for name, value in stated.items()
        if value is not None
    ]
    path = folder / f"{key}.yaml"
    path.write_text(RECORD.format(key=key, publication="\n".join(lines)), "utf-8")
    return path


@pytest.fixture
def enrich(run: Runner, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Enrich:
    def enrich(services: Literature | None, *more: str, code: int = 0) -> dict[str, Any]:
        for name, value in (services.settings if services else {}).items():
            monkeypatch.setenv(name, value)
        result = run("enrich", str(folder), "-f", "json", "--date", "2026-11-28", *more)
        assert result.exit_code == code, result.output
        data: dict[str, Any] = json.loads(result.stdout) if code == 0 else {}
        return data | {"said": result.stderr}

    return enrich


def proposed(found: dict[str, Any], n: int = 0) -> dict[str, tuple[Any, str]]:
    """Return value and status of each field that is proposed for a record."""
    entries = found["records"][n]["proposals"] if found["records"] else []
    return {each["field"]: (each["value"], each["status"]) for each in entries}


def test_title_authors_and_year_lead_to_the_identifiers(enrich: Enrich, folder: Path) -> None:
    path = record(folder)
    before = path.read_text("utf-8")
    with literature(PAPER) as services:
        found = enrich(services)
        assert path.read_text("utf-8") == before
        assert "--apply" in found["said"]
        fields = proposed(found)
        assert fields == {
            "doi": ("10.5555/made.up", "sure"), "pmid": ("31000001", "sure"),
            "pmcid": ("PMC7000001", "sure"), "journal": ("Journal of Examples", "sure"),
            "issue": ("2", "sure"), "pages": ("323-326", "sure"),
        }  # fmt: skip
        assert enrich(services, "--apply")["records"][0]["applied"]
    after = path.read_text("utf-8")
    publication = yaml.safe_load(after)["publication"]
    assert (publication["doi"], publication["pmid"]) == ("10.5555/made.up", "31000001")
    removed = [line for line in before.splitlines() if line not in after.splitlines()]
    assert [line.split(":")[0].strip() for line in removed] == ["notes"]
    assert '  volume: "33"   # read on the page\n  issue: "2"\n' in after
    assert after.startswith("# the first line is a comment\nid: doe-2019-needling\n")
    notes = yaml.safe_load(after)["curation"]["notes"]
    assert notes.startswith('Authors: two "shown". Looked up on 2026-11-28: ')
    assert "PubMed" in notes and "Crossref" in notes and "title and authors" in notes


def test_the_record_still_conforms_and_nothing_is_left_to_do(
    enrich: Enrich, folder: Path, run: Runner
) -> None:
    path = record(folder)
    with literature(PAPER) as services:
        enrich(services, "--apply")
        once = path.read_bytes()
        assert run("validate", str(folder)).exit_code == 0
        found = enrich(services, "--apply")
    assert path.read_bytes() == once
    assert found["records"] == []


OTHERS = [
    "Needling without platelet-rich plasma for acne scars: a made-up trial of 1.5 mm needles",
    "Needling with platelet-rich plasma for acne scars: a made-up trial of 1 mm needles",
    "Needling with platelet-rich plasma not for acne scars: a made-up trial of 1.5 mm needles",
    "Needling with platelet-poor plasma for acne scars: a made-up trial of 1.5 mm needles",
]


@pytest.mark.parametrize("title", OTHERS)
def test_a_title_that_differs_by_a_word_is_not_applied(
    title: str, enrich: Enrich, folder: Path
) -> None:
    path = record(folder)
    before = path.read_bytes()
    with literature(Paper(title, doi="10.5555/other", pmid="31000002")) as services:
        found = enrich(services, "--apply")
    assert path.read_bytes() == before
    assert proposed(found)["doi"] == ("10.5555/other", "review")
    source = found["records"][0]["proposals"][0]["sources"][0]
    assert source["against"] == "not word for word the same title" and source["score"] > 90


def test_effective_is_not_not_effective_nor_ineffective() -> None:
    from mngraph.enriching.titles import is_same_title

    base = "Microneedling is effective in hypertrophic scars"
    for other in (
        "Microneedling is not effective in hypertrophic scars",
        "Microneedling is ineffective in hypertrophic scars",
        "Microneedling is effective in hypotrophic scars",
        "Effective microneedling is in hypertrophic scars",
    ):
        assert not is_same_title(base, other), other
    assert is_same_title(base, "Microneedling Is Effective in the Hypertrophic Scar.")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"authors": ["Poe E", "Roe R"]}, "other authors"),
        ({"authors": None}, "the record has no authors to compare"),
        ({"issued": "2016"}, "another year: 2019"),
        ({"doi": "10.5555/mine"}, "another doi: 10.5555/made.up"),
    ],
)
def test_a_title_alone_is_not_enough(
    change: dict[str, Any], said: str, enrich: Enrich, folder: Path
) -> None:
    path = record(folder, **change)
    before = path.read_bytes()
    with literature(PAPER) as services:
        found = enrich(services, "--apply", "--service", "pubmed")
    assert path.read_bytes() == before
    assert proposed(found)["pmid"] == ("31000001", "review")
    assert said in found["records"][0]["proposals"][-1]["sources"][0]["against"]


def test_two_papers_of_one_title_are_not_told_apart(enrich: Enrich, folder: Path) -> None:
    record(folder)
    twin = Paper(TITLE, doi="10.5555/preprint", pmid="31000009")
    with literature(PAPER, twin) as services:
        found = enrich(services, "--service", "crossref")
    assert {status for _, status in proposed(found).values()} == {"review"}
    assert "2 works fit" in found["records"][0]["proposals"][0]["sources"][0]["against"]


def test_an_identifier_fills_all_and_replaces_the_stand_in_for_a_title(
    enrich: Enrich, folder: Path, run: Runner
) -> None:
    label = "Title not seen (PMID 31000001)"
    path = record(folder, title=None, authors=None, issued=None, pmid="31000001", label=label)
    with literature(PAPER) as services:
        enrich(services, "--apply")
    stated = yaml.safe_load(path.read_text("utf-8"))["publication"]
    assert (stated["title"], stated["issued"]) == (TITLE, "2019-04")
    assert stated["authors"] == ["Doe JA", "Roe R"]
    assert "label" not in stated
    assert run("validate", str(folder)).exit_code == 0


def test_an_identifier_of_another_paper_is_suspected(enrich: Enrich, folder: Path) -> None:
    path = record(folder, pmid="31000001", title="Botulinum toxin in rosacea of the nose")
    before = path.read_bytes()
    with literature(PAPER) as services:
        found = enrich(services, "--apply", "--service", "pubmed")
    assert path.read_bytes() == before
    assert "leads to another title" in json.dumps(found["records"])


def test_sources_that_disagree_stand_side_by_side(
    enrich: Enrich, folder: Path, run: Runner
) -> None:
    path = record(folder, issued=None)
    paper = Paper(TITLE, doi=PAPER.doi, pmid=PAPER.pmid, others={"crossref": {"year": 2021}})
    with literature(paper) as services:
        found = enrich(services, "--apply")
        [entry] = [e for e in found["records"][0]["proposals"] if e["field"] == "issued"]
        table = run("enrich", str(folder), "-f", "csv").stdout
    assert entry["status"] == "sources disagree"
    said = {each["service"]: each["value"] for each in entry["sources"]}
    assert said == {"PubMed": "2019-04", "Crossref": "2021-04", "OpenAlex": "2019"}
    assert "issued" not in yaml.safe_load(path.read_text("utf-8"))["publication"]
    assert yaml.safe_load(path.read_text("utf-8"))["publication"]["doi"] == PAPER.doi
    assert [line.split(",")[3] for line in table.splitlines() if ",issued," in line] == [
        "2019-04", "2021-04", "2019",
    ]  # fmt: skip


def test_what_a_curator_wrote_is_changed_only_when_told(enrich: Enrich, folder: Path) -> None:
    path = record(folder, doi=PAPER.doi, issued="2018")
    with literature(PAPER) as services:
        found = enrich(services, "--apply")
        assert proposed(found)["issued"] == ("2019-04", "differs from the record")
        assert yaml.safe_load(path.read_text("utf-8"))["publication"]["issued"] == "2018"
        enrich(services, "--apply", "--overwrite", "issued")
    text = path.read_text("utf-8")
    assert "  issued: 2019-04\n" in text or '  issued: "2019-04"\n' in text
    assert "issued (was 2018) from" in text


def test_an_accepted_identifier_is_sure(enrich: Enrich, folder: Path, run: Runner) -> None:
    path = record(folder, authors=None)
    with literature(PAPER) as services:
        assert proposed(enrich(services))["doi"][1] == "review"
        enrich(services, "--apply", "--accept", "doe-2019-needling=https://doi.org/10.5555/MADE.UP")
    stated = yaml.safe_load(path.read_text("utf-8"))["publication"]
    assert (stated["doi"], stated["pmid"], stated["authors"]) == (
        "10.5555/made.up", "31000001", ["Doe JA", "Roe R"],
    )  # fmt: skip
    result = run("enrich", str(folder), "--accept", "doe-2019-neddling=1")
    assert result.exit_code == 2 and "did you mean doe-2019-needling?" in result.stderr
    result = run("enrich", str(folder), "--accept", "doe-2019-needling=x")
    assert result.exit_code == 2 and "STUDY=PMID" in result.stderr


def test_a_retraction_reaches_record_claims_and_verdict(
    enrich: Enrich, folder: Path, run: Runner
) -> None:
    path = record(folder, doi=PAPER.doi)
    paper = Paper(TITLE, doi=PAPER.doi, pmid=PAPER.pmid, retracted_by="J Ex. 2024;5(1):9")
    with literature(paper) as services:
        found = enrich(services, "--apply")
        assert [each["kind"] for each in found["records"][0]["notices"]] == ["retraction"]
        once = path.read_bytes()
        assert "notices" not in json.dumps(enrich(services, "--apply")["records"])
    assert path.read_bytes() == once
    [notice] = yaml.safe_load(once)["publication"]["notices"]
    assert notice == {
        "kind": "retraction", "citation": "J Ex. 2024;5(1):9", "pmid": "39999999",
        "source": "https://pubmed.ncbi.nlm.nih.gov/31000001/", "found": "2026-11-28",
    }  # fmt: skip
    assert run("validate", str(folder)).exit_code == 0
    store = str(folder.parent / "graph")
    assert run("build", str(folder), "-o", store).exit_code == 0
    verdict = run("evidence", "-i", "acne-scar", "-w", "prp", "-g", store).stdout
    assert "Retracted, and still counted here: Doe et al. 2019 (retracted)." in verdict
    claim = "claim:microneedling_with_platelet-rich-plasma_for_acne-scar"
    assert "Retraction: J Ex. 2024;5(1):9" in run("explain", claim, "-g", store).stdout


def test_a_service_that_fails_is_named_and_the_others_answer(
    enrich: Enrich, folder: Path, run: Runner
) -> None:
    record(folder)

    def page(handler: BaseHTTPRequestHandler, path: str) -> bool:
        answer(handler, b"<html><h1>Down for maintenance</h1></html>", "text/html", 503)
        return True

    with literature(PAPER) as services:
        services.faults["crossref"] = page
        found = enrich(services)
    assert proposed(found)["pmid"] == ("31000001", "sure")
    [failure] = found["failures"]
    assert failure["service"] == "Crossref" and "HTTP status 503" in failure["reason"]
    assert "warning: Crossref gave no answer" in found["said"]


@pytest.mark.parametrize("kind", ["busy", "half", "page"])
def test_what_fails_once_is_asked_again(kind: str, enrich: Enrich, folder: Path) -> None:
    record(folder, doi=PAPER.doi)
    failed: list[str] = []

    def once(handler: BaseHTTPRequestHandler, path: str) -> bool:
        if failed:
            return False
        failed.append(path)
        if kind == "busy":
            answer(handler, b"slow down", "text/plain", 429, Retry_After="1")
        elif kind == "half":
            answer(handler, b'{"status":"ok","message":{"DOI":"10.5555/ma', "application/json")
        else:
            answer(handler, b"<!doctype html><p>Welcome", "text/html")
        return True

    with literature(PAPER) as services:
        services.faults["crossref"] = once
        found = enrich(services, "--service", "crossref")
    assert len(failed) == 1
    assert found["failures"] == []
    assert proposed(found)["journal"] == ("Journal of Examples", "sure")


def test_answers_are_kept_for_the_next_run(enrich: Enrich, folder: Path) -> None:
    record(folder)
    with literature(PAPER) as services:
        first = enrich(services)
        asked = len(services.pubmed.asked), *map(len, services.asked.values())
        assert enrich(services)["records"] == first["records"]
        assert (len(services.pubmed.asked), *map(len, services.asked.values())) == asked
        enrich(services, "--fresh")
        assert len(services.asked["crossref"]) > asked[1]


def test_without_a_network_there_is_one_line(
    run: Runner, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(folder)
    for name in ("EUTILS", "CROSSREF", "OPENALEX"):
        monkeypatch.setenv(f"MNGRAPH_{name}", "http://127.0.0.1:9/")
    result = run("enrich", str(folder), "--apply")
    assert (result.exit_code, result.stdout) == (4, "")
    assert len(result.stderr.splitlines()) == 1
    assert "no service answered (PubMed: cannot reach http://127.0.0.1:9" in result.stderr


def test_hostile_answers_do_no_harm(enrich: Enrich, folder: Path, run: Runner) -> None:
    path = record(folder, doi=PAPER.doi, authors=None)
    hostile = {
        "journal": "Skin\u202e\x1b[31m", "authors": (("Doe\x07", "J"),), "volume": {"a": 1},
        "pages": "1" * 9_000, "issue": ["x"],
    }  # fmt: skip
    with literature(Paper(TITLE, doi=PAPER.doi, others={"crossref": hostile})) as services:
        found = enrich(services, "--apply", "--service", "crossref")
    assert proposed(found) == {}
    assert run("validate", str(path)).exit_code == 0


NBIB = f"""\
PMID- 31000001
TI  - {TITLE}.
FAU - Doe, Jane A
AU  - Doe JA
FAU - Roe, Richard
AU  - Roe R
DP  - 2019 Apr
JT  - Journal of Examples
TA  - J Ex
AID - 10.5555/made.up [doi]
RIN - J Ex. 2024;5(1):9. PMID: 39999999
"""


@pytest.mark.parametrize("kind", ["nbib", "xml", "json"])
def test_a_file_answers_in_place_of_the_services(
    kind: str, enrich: Enrich, folder: Path, tmp_path: Path
) -> None:
    path = record(folder)
    texts = {
        "nbib": NBIB,
        "xml": f"<PubmedArticleSet>{PAPER.xml()}</PubmedArticleSet>",
        "json": json.dumps({"status": "ok", "message": {"items": [PAPER.crossref()]}}),
    }
    file = tmp_path / f"export.{kind}"
    file.write_text(texts[kind], "utf-8")
    found = enrich(None, "--from", str(file), "--apply")
    stated = yaml.safe_load(path.read_text("utf-8"))
    assert stated["publication"]["doi"] == "10.5555/made.up"
    assert ("notices" in stated["publication"]) is (kind == "nbib")
    assert found["failures"] == []
    assert ("Crossref" if kind == "json" else file.name) in stated["curation"]["notes"]


def test_a_file_of_something_else_is_refused(run: Runner, folder: Path, tmp_path: Path) -> None:
    path = record(folder)
    for name, text in (("a.json", "[1]"), ("b.xml", "<html/>"), ("c.json", '{"a"')):
        (tmp_path / name).write_text(text, "utf-8")
        result = run("enrich", str(folder), "--from", str(tmp_path / name))
        assert (result.exit_code, len(result.stderr.splitlines())) == (3, 1), name
    result = run("enrich", "--apply", "--from", str(path))
    assert result.exit_code == 2 and "name the records to change" in result.stderr


def test_every_record_of_the_release_can_be_changed_without_losing_a_byte(tmp_path: Path) -> None:
    from mngraph.enriching import amending
    from mngraph.enriching.works import Told

    told = Told(kind="correction", citation="A: b # c", doi="10.5555/c", source="https://e.org/")
    for path in sorted((CHECKOUT / "data" / "studies").glob("*.yaml"))[::7]:
        copy = tmp_path / path.name
        shutil.copy(path, copy)
        entry = amending.read(copy)
        entry.notices = [told]
        assert amending.amend(entry, "2026-11-28")
        lines = path.read_text("utf-8").splitlines()
        after = copy.read_text("utf-8").splitlines()
        lost = [line for line in lines if line not in after]
        assert all(line.startswith("  notes:") for line in lost), path.name


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("p:\r\n  a: x # c\r\n  d: y\r\n", "p:\r\n  a: x # c\r\n  b: new\r\n  d: y\r\n"),
        ("p: {a: x, d: y}  # c\n", 'p: {a: x, d: y, "b": "new"}  # c\n'),
        ("p:\n  # above d\n  d: y", "p:\n  # above d\n  b: new\n  d: y"),
        ("p:\n  a: x", "p:\n  a: x\n  b: new\n"),
        ("p:\n  a: |\n    x\n    z\n  d: y\n", "p:\n  a: |\n    x\n    z\n  b: new\n  d: y\n"),
        (
            "p:\n  a:\n    - x\n    # in a\n  d: y\n",
            "p:\n  a:\n    - x\n    # in a\n  b: new\n  d: y\n",
        ),
        ("p:\n  b: 'old' # c\n  d: y\n", "p:\n  b: new # c\n  d: y\n"),
    ],
)  # fmt: skip
def test_a_key_is_put_in_its_place_and_nothing_else_changes(text: str, expected: str) -> None:
    from mngraph.yamledit import edited

    assert edited(text, {"p": {"b": "new"}}, {"p": ["a", "b", "d"]}) == expected


def test_a_record_of_another_form_is_named_with_its_line(run: Runner, folder: Path) -> None:
    record(folder, authors="Doe J")
    result = run("enrich", str(folder))
    assert (result.exit_code, len(result.stderr.splitlines())) == (3, 1)
    assert "doe-2019-needling.yaml:6: `authors`" in result.stderr


def test_abbreviated_journals_and_other_months_are_no_dispute(enrich: Enrich, folder: Path) -> None:
    record(folder, issued=None)
    paper = Paper(TITLE, doi=PAPER.doi, pmid=PAPER.pmid, others={"crossref": {"month": 2}})
    with literature(paper) as services:
        fields = proposed(enrich(services))
    assert fields["journal"] == ("Journal of Examples", "sure")  # and J Ex in PubMed
    assert fields["issued"] == ("2019", "sure")  # April in PubMed, February in Crossref


def test_a_doi_with_signs_that_addresses_have_not(
    enrich: Enrich, folder: Path, run: Runner
) -> None:
    doi = "10.1002/(sici)1097-0010(199601)70:1<1::aid-x>3.0.co;2-x"
    path = record(folder, doi=doi)
    paper = Paper(TITLE, doi=doi, retracted_by="J Ex. 2024", services=("crossref",))
    with literature(paper) as services:
        enrich(services, "--apply")
    assert "kind: retraction" in path.read_text("utf-8")
    result = run("validate", str(folder))
    assert result.exit_code == 0, result.output
