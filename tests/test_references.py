"""The sources of an answer as RIS and BibTeX: what the records state, read back by hand."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from answers.records import records
from conftest import Runner

import mngraph
from mngraph.evidence.references import to_bibtex, to_ris
from mngraph.evidence.sources import Source

NASTY = Source(
    key="odd, key{1}",
    name="Doe 2020",
    citation="",
    title="50% of {a} & b_c\\d\nER  - ",
    authors=("Mohamed Ali BM", "The Skin & Needle Group", "Basavarajappa"),
    journal="J. Skin",
    pages="e15913",
    doi="10.1000/x_y",
)


def read_ris(text: str) -> list[dict[str, list[str]]]:
    """The references of a RIS file: a tag, two spaces, a hyphen, a space and a value a line."""
    found: list[dict[str, list[str]]] = []
    for line in text.splitlines():
        match = re.fullmatch(r"([A-Z][A-Z0-9])  - (.*)", line)
        assert match, line
        if match[1] == "TY":
            found.append({})
        found[-1].setdefault(match[1], []).append(match[2])
    assert all(next(iter(entry)) == "TY" and list(entry)[-1] == "ER" for entry in found)
    return found


def test_ris_states_what_the_records_state(run: Runner, tmp_path: Path) -> None:
    path = tmp_path / "answer.ris"
    assert run("evidence", "-i", "melasma", "-w", "tranexamic-acid", "-o", path).exit_code == 0
    found = {entry["ID"][0]: entry for entry in read_ris(path.read_text("utf-8"))}
    assert len(found) > 10
    for key, entry in found.items():
        paper = records()[key]["publication"]
        assert entry.get("TI", [""])[0] == " ".join(paper.get("title", "").split())
        assert [name.replace(", ", " ") for name in entry.get("AU", [])] == paper.get("authors", [])
        stated = {"T2": "journal", "VL": "volume", "IS": "issue", "DO": "doi", "AN": "pmid"}
        for tag, field in stated.items():
            assert entry.get(tag, [""])[0] == str(paper.get(field, "")), (key, tag)
        assert entry.get("PY", [""])[0] == str(paper.get("issued", ""))[:4]


def test_bibtex_has_an_entry_for_each_source(graph: mngraph.Graph, tmp_path: Path) -> None:
    found = graph.evidence("melasma", "tranexamic acid")
    text = found.save(tmp_path / "answer.bib").read_text("utf-8")
    assert re.findall(r"^@\w+\{(.*),$", text, re.M) == [source.key for source in found.sources]
    assert text.count("{") == text.count("}")


def test_values_cannot_break_out_of_their_field() -> None:
    assert to_ris([NASTY]).splitlines() == [
        "TY  - JOUR", "ID  - odd, key{1}", "AU  - Mohamed Ali, BM", "AU  - The Skin & Needle Group",
        "AU  - Basavarajappa", "TI  - 50% of {a} & b_c\\d ER -", "T2  - J. Skin", "SP  - e15913",
        "DO  - 10.1000/x_y", "ER  - ",
    ]  # fmt: skip
    assert to_bibtex([NASTY]) == (
        "@article{odd--key-1-,\n"
        "  author = {Mohamed Ali, BM and {The Skin \\& Needle Group} and {Basavarajappa}},\n"
        "  title = {{50\\% of \\textbraceleft{}a\\textbraceright{} \\& "
        "b\\_c\\textbackslash{}d ER -}},\n"
        "  journal = {J. Skin},\n  pages = {e15913},\n  doi = {10.1000/x_y},\n}\n"
    )


def test_a_table_of_studies_names_their_publications(graph: mngraph.Graph) -> None:
    rows = list(csv.DictReader(io.StringIO(graph.evidence("vitiligo", "5-FU").to_csv())))
    assert list(rows[0])[-4:] == ["title", "journal", "doi", "pmid"]
    for row in rows:
        paper = records()[row["key"]]["publication"]
        assert row["title"] == paper.get("title", "") and row["doi"] == paper.get("doi", "")


@pytest.mark.parametrize("name", ["answer.pdf", "answer.PDF"])
def test_a_pdf_is_printed_from_a_page(name: str, run: Runner) -> None:
    refused = run("evidence", "-i", "melasma", "-o", name)
    assert refused.exit_code == 2
    assert "write answer.html" in refused.stderr and "print" in refused.stderr
