"""Publications as RIS, BibTeX and CSL-JSON: what the records state, read back by other programs."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from answers.records import records
from conftest import CHECKOUT, Runner
from madeup import graph_of, trial

import mngraph
from mngraph.evidence.references import to_bibtex, to_csl, to_ris
from mngraph.evidence.sources import Source
from mngraph.faces import parts
from mngraph.store import LocalStore

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


def as_medline(name: str) -> str:
    """A name as records have it: family name, initials without stops, suffix."""
    family, *rest = name.split(", ")
    return " ".join([family, *(part.replace(". ", "").replace(".", "") for part in rest)])


def test_ris_states_what_the_records_state(run: Runner, tmp_path: Path) -> None:
    path = tmp_path / "answer.ris"
    assert run("evidence", "-i", "melasma", "-w", "tranexamic-acid", "-o", path).exit_code == 0
    found = {entry["ID"][0]: entry for entry in read_ris(path.read_text("utf-8"))}
    assert len(found) > 10
    for key, entry in found.items():
        paper = records()[key]["publication"]
        assert entry.get("TI", [""])[0] == " ".join(paper.get("title", "").split())
        assert list(map(as_medline, entry.get("AU", []))) == paper.get("authors", [])
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
        "TY  - JOUR", "ID  - odd--key-1-", "AU  - Mohamed Ali, B. M.",
        "AU  - The Skin & Needle Group",
        "AU  - Basavarajappa", "TI  - 50% of {a} & b_c\\d ER -", "T2  - J. Skin", "SP  - e15913",
        "DO  - 10.1000/x_y", "ER  - ",
    ]  # fmt: skip
    assert to_bibtex([NASTY]) == (
        "@article{odd--key-1-,\n"
        "  author = {Mohamed Ali, B. M. and {The Skin \\& Needle Group} and {Basavarajappa}},\n"
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


@pytest.fixture(scope="module")
def published(graph: mngraph.Graph) -> dict[str, str]:
    """The publications of all studies, in each format."""
    return {
        name: "".join(part.decode() for _, part in parts(graph.store, name))
        for name in ("csl", "bibtex", "ris")
    }


def papers() -> dict[str, dict[str, Any]]:
    return {key: record["publication"] for key, record in records().items()}


def plain(text: object) -> str:
    return " ".join(str(text).split())


def test_rispy_reads_every_publication(published: dict[str, str], graph: mngraph.Graph) -> None:
    import rispy

    found = {entry["id"]: entry for entry in rispy.loads(published["ris"])}
    counted: Any = graph.query(
        "SELECT (COUNT(DISTINCT ?p) AS ?n) { ?s a mn:Study ; mn:reportedIn ?p }"
    )
    assert len(found) == counted.rows[0][0] == len(papers())
    for key, paper in papers().items():
        entry = found[key]
        assert list(map(as_medline, entry.get("authors", []))) == paper.get("authors", [])
        for field, stated in (("title", "title"), ("doi", "doi"), ("volume", "volume")):
            assert entry.get(field, "") == plain(paper.get(stated, "")), key
        pages = [entry[name] for name in ("start_page", "end_page") if name in entry]
        assert "-".join(pages) == str(paper.get("pages", "")).replace("\u2013", "-"), key


def test_csl_states_what_the_records_state(published: dict[str, str]) -> None:
    found = {entry["id"]: entry for entry in json.loads(published["csl"])}
    assert found.keys() == papers().keys()
    names = {
        "title": "title", "container-title": "journal", "volume": "volume", "issue": "issue",
        "page": "pages", "DOI": "doi", "PMID": "pmid", "PMCID": "pmcid", "publisher": "publisher",
    }  # fmt: skip
    for key, entry in found.items():
        paper = papers()[key]
        for name, field in names.items():
            assert entry.get(name, "") == plain(paper.get(field, "")), (key, name)
        date = [int(part) for part in str(paper.get("issued", "")).split("-") if part]
        assert entry.get("issued", {"date-parts": [[]]}) == {"date-parts": [date]}, key
        authors = [
            ", ".join(name[part] for part in ("family", "given", "suffix") if part in name)
            for name in entry.get("author", [])
        ]
        assert list(map(as_medline, authors)) == paper.get("authors", [])
    assert {entry["type"] for entry in found.values()} == {"article-journal", "chapter"}


def test_pybtex_reads_every_publication(published: dict[str, str]) -> None:
    database = pytest.importorskip("pybtex.database", reason="pybtex is not installed")
    found = database.parse_string(published["bibtex"], "bibtex").entries
    assert set(found) == papers().keys()
    for key, entry in found.items():
        bare = [
            re.sub(
                r"[.{} -]",
                "",
                "".join([*p.prelast_names, *p.last_names, *p.first_names, *p.middle_names]),
            )
            for p in entry.persons.get("author", [])
        ]
        stated = [re.sub(r" Jr|[ -]", "", name) for name in papers()[key].get("authors", [])]
        assert bare == stated
        assert entry.fields.get("doi", "") == papers()[key].get("doi", "")


def test_keys_are_unlike_each_other_whatever_studies_are_called() -> None:
    twice = [
        NASTY, replace(NASTY, key="Odd, key{1}", publication="http://example.org/2"),
        replace(NASTY, publication="http://example.org/3"),
        replace(NASTY, key="again", publication="http://example.org/3"),
    ]  # fmt: skip
    keys = [entry["id"] for entry in json.loads(to_csl(twice))]
    assert keys == ["odd--key-1-", "Odd--key-1-:2", "odd--key-1-:3"]
    assert re.findall(r"^@\w+\{(.*),$", to_bibtex(twice), re.M) == keys


@pytest.mark.parametrize(
    ("name", "ris", "bibtex", "csl"),
    [
        ("English RS Jr", "English, R. S., Jr", "English, Jr, R. S.",
         {"family": "English", "given": "R. S.", "suffix": "Jr"}),
        ("El-Domyati M", "El-Domyati, M.", "El-Domyati, M.",
         {"family": "El-Domyati", "given": "M."}),
        ("Kim", "Kim", "{Kim}", {"family": "Kim"}),
        ("Doe and Roe Group", "Doe and Roe Group", "{Doe and Roe Group}",
         {"literal": "Doe and Roe Group"}),
        ("Doe and Roe JA", "Doe and Roe, J. A.", "{Doe and Roe}, J. A.",
         {"family": "Doe and Roe", "given": "J. A."}),
    ],
)  # fmt: skip
def test_names_are_taken_apart(name: str, ris: str, bibtex: str, csl: dict[str, str]) -> None:
    made = [replace(NASTY, authors=(name,))]
    assert f"AU  - {ris}\n" in to_ris(made)
    assert f"author = {{{bibtex}}},\n" in to_bibtex(made)
    assert json.loads(to_csl(made))[0]["author"] == [csl]


def test_a_retraction_is_stated(tmp_path: Path) -> None:
    record = trial(1, "favours-first")
    record["publication"]["notices"] = [
        {"kind": "retraction", "citation": "J Made Up. 2021;2:3", "found": "2026-11-20",
         "source": "https://example.org/notice"}
    ]  # fmt: skip
    store = graph_of([record], tmp_path)
    told = "Retraction: J Made Up. 2021;2:3"
    ((_, ris),), ((_, csl),) = parts(store, "ris"), parts(store, "csl")
    assert f"N1  - {told}\n" in ris.decode() and told in json.loads(csl)[0]["note"]


def test_an_answer_and_the_face_of_its_studies_are_one(run: Runner, tmp_path: Path) -> None:
    asked = ("-i", "vitiligo", "-w", "5-FU")
    for ending, name in ((".ris", "ris"), (".bib", "bibtex"), (".csl.json", "csl")):
        assert run("evidence", *asked, "-o", f"a{ending}").exit_code == 0
        written = (tmp_path / f"a{ending}").read_text("utf-8")
        assert written == run("evidence", *asked, "-f", name).stdout
    keys = [entry["id"] for entry in json.loads((tmp_path / "a.csl.json").read_text("utf-8"))]
    limits = [part for key in keys for part in ("--only", f"study:{key}")]
    assert run("export", "b.csl.json", *limits).exit_code == 0
    assert (tmp_path / "b.csl.json").read_bytes() == (tmp_path / "a.csl.json").read_bytes()


def test_python_saves_csl(graph: mngraph.Graph, tmp_path: Path) -> None:
    found = graph.evidence("vitiligo", "5-FU")
    assert found.save(tmp_path / "a.csl.json").read_text("utf-8") == found.to_csl()
    assert json.loads(found.save(tmp_path / "a.json").read_text("utf-8"))["verdict"]


def test_no_study_gives_an_empty_file() -> None:
    store = LocalStore.memory([])
    contents = {name: b"".join(c for _, c in parts(store, name)) for name in ("csl", "ris")}
    assert contents == {"csl": b"[]\n", "ris": b""}


def test_another_pack_is_cited_too(run: Runner, tmp_path: Path) -> None:
    pack = CHECKOUT / "packs/chemical-peels"
    assert run("build", pack, "-o", tmp_path / "peels").exit_code == 0
    assert run("export", "peels.csl.json", "-g", tmp_path / "peels").exit_code == 0
    entries = json.loads((tmp_path / "peels.csl.json").read_text("utf-8"))
    assert {e["id"] for e in entries} == {path.stem for path in (pack / "studies").glob("*.yaml")}


def test_the_guide_shows_a_real_entry(run: Runner) -> None:
    page = (CHECKOUT / "docs/guide/faces-references.md").read_text("utf-8")
    (entry,) = re.findall(r"```bibtex\n(.*?)```", page, re.S)
    (command,) = re.findall(r"mngraph (export - .*?)`", page)
    assert run(*command.split()).stdout == entry


def test_a_query_gives_the_publications_of_its_studies(run: Runner, tmp_path: Path) -> None:
    for name, parameter, wanted in (
        ("studies-of", "indication", "study"), ("publications-on", "concept", "publication"),
    ):  # fmt: skip
        asked = ("query", name, "-p", f"{parameter}=striae-distensae")
        rows = csv.DictReader(io.StringIO(run(*asked, "-f", "csv").stdout))
        keys = {row[wanted].rpartition("/")[2] for row in rows}
        assert run(*asked, "-o", "striae.csl.json").exit_code == 0
        written = json.loads((tmp_path / "striae.csl.json").read_text("utf-8"))
        assert {entry["id"] for entry in written} == keys and keys
    refused = run("query", "measures-used", "-f", "ris")
    assert refused.exit_code == 2 and "no row names a study" in refused.stderr
    assert run("query", "-e", "ASK { ?s ?p ?o }", "-f", "bibtex").exit_code in (2, 3)
