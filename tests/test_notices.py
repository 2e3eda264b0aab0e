"""What a journal says of a paper after it was printed reaches all that rests on the paper."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from conftest import CHECKOUT, Runner

STUDY = "pmid-31469914"
NOTICE = """\
  notices:
    - kind: {kind}
      citation: J Made Up. 2025;1(1):1
      pmid: "40000001"
      source: https://example.org/notice
      found: "2026-11-28"
"""


def noticed(folder: Path, kind: str) -> Path:
    """Build the graph of one record with a made-up notice on it."""
    folder.mkdir()
    text = (CHECKOUT / "data" / "studies" / f"{STUDY}.yaml").read_text("utf-8")
    changed = text.replace("\ndesign:", f"\n{NOTICE.format(kind=kind)}design:", 1)
    (folder / f"{STUDY}.yaml").write_text(changed, "utf-8")
    return folder


@pytest.fixture(scope="module")
def retracted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from mngraph import build

    folder = noticed(tmp_path_factory.mktemp("notices") / "studies", "retraction")
    target = folder.parent / "graph"
    build.build_store([folder / f"{STUDY}.yaml"], target)
    return target


def test_a_record_with_a_notice_conforms(run: Runner, retracted: Path) -> None:
    assert run("validate", str(retracted.parent / "studies")).exit_code == 0
    assert run("validate", str(retracted)).exit_code == 0


def test_the_verdict_names_the_retracted_study(run: Runner, retracted: Path) -> None:
    said = run("evidence", "alopecia-areata", "-g", str(retracted)).stdout
    assert "Retracted, and still counted here: " in said.partition("\n\n")[0]
    assert said.count("(retracted)") > 1


def test_the_chain_shows_the_notice(run: Runner, retracted: Path) -> None:
    claim = "claim:microneedling_with_aminolevulinic-acid-photodynamic-therapy_for_alopecia-areata"
    said = run("explain", claim, "-g", str(retracted)).stdout
    assert "Retraction: J Made Up. 2025;1(1):1, PMID 40000001" in said


def test_every_claim_carries_the_notice(run: Runner, retracted: Path) -> None:
    query = "SELECT ?c { ?c a mn:Claim ; (mn:inheritedFrom?/mn:hasEvidenceLine) ?l %s }"
    count = [
        len(run("query", "-g", str(retracted), "-f", "csv", "-e", query % more).stdout.splitlines())
        for more in ("", "FILTER NOT EXISTS { ?c mn:hasNotice/rdf:type mn:Retraction }")
    ]
    assert count[0] > 5 and count[1] == 1  # the line of headings
    said = run("show", "claim:microneedling_for_alopecia", "-g", str(retracted)).stdout
    assert "Retraction: J Made Up. 2025;1(1):1" in said


@pytest.mark.parametrize(
    ("kind", "said"), [("expression-of-concern", "Doubted by its journal"), ("correction", "")]
)
def test_a_concern_is_named_and_a_correction_is_not(
    kind: str, said: str, run: Runner, tmp_path: Path
) -> None:
    folder = noticed(tmp_path / "studies", kind)
    assert run("build", str(folder), "-o", str(tmp_path / "graph")).exit_code == 0
    verdict = run("evidence", "alopecia-areata", "-g", str(tmp_path / "graph")).stdout
    first = verdict.partition("\n\n")[0]
    assert said in first and "Retracted" not in first
    assert ("counted here" in first) is bool(said)
    shutil.rmtree(folder)


def test_a_notice_says_what_it_is_and_where_it_was_read(run: Runner, tmp_path: Path) -> None:
    folder = noticed(tmp_path / "studies", "retracted")
    result = run("validate", str(folder))
    assert result.exit_code == 1 and "did you mean `retraction`?" in result.output
