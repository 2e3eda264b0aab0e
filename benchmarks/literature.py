"""Literature: reading and annotating a PubMed file, against pubmed_parser's reading alone.

    python benchmarks/literature.py [--records 30000] [--peer PYTHON]

Makes a baseline file of made-up records in a temporary folder, and reads it on one core: with
`pubmed_parser.parse_medline_xml` (PyPI; in an environment of its own, or that of PYTHON), with our
reader, and with our reader and annotator where there is one. Each is a process of its own, in turn,
three runs for the first file and one for a file of four times the records, which shows whether time
and memory grow. Prints medians of the seconds of processor time, so that other work on the machine
does not count, their ratios, and the most memory. One record in five names a procedure. The
annotator reads all of them, or, as `mngraph ingest` does, those alone.
"""

from __future__ import annotations

import argparse
import gzip
import importlib.util
import random
import statistics
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

PEER = """
import pubmed_parser
print(len(list(pubmed_parser.parse_medline_xml({path!r}))))
"""
READ = """
from pathlib import Path
from mngraph.sources.entries import read_entries
print(sum(1 for _ in read_entries(Path({path!r}))))
"""
ANNOTATE = """
from pathlib import Path
from mngraph.annotation import annotate
from mngraph.sources.entries import read_entries
number = 0
for entry in read_entries(Path({path!r})):
    annotate(entry.title, [s for s in entry.sections if s.label != "TITLE"], entry.types)
    number += 1
print(number)
"""
FILTERED = """
from pathlib import Path
from mngraph.annotation import annotate, names_procedure
from mngraph.sources.entries import read_entries
number = 0
for entry in read_entries(Path({path!r})):
    if names_procedure(entry.text):
        annotate(entry.title, [s for s in entry.sections if s.label != "TITLE"], entry.types)
    number += 1
print(number)
"""
MEASURE = """
import resource, time
start = time.process_time()
{work}
print(time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""
RUNS = 3
TEMPLATE = Path(__file__).with_name("record.xml").read_text("utf-8")
SUBJECTS = ("microneedling", "a fractional laser", "radiofrequency", "a peel", "minoxidil")
TARGETS = ("atrophic acne scars", "melasma", "androgenetic alopecia", "vitiligo", "asthma")
PARTNERS = ("platelet-rich plasma (PRP)", "tranexamic acid", "topical 5-fluorouracil", "placebo")
EVENTS = ("erythema", "post-inflammatory hyperpigmentation", "pain", "edema", "no adverse events")
FILLER = (
    "Outcomes were rated by two blinded dermatologists from standardized photographs. "
    "Statistical analysis used the paired t test, and missing data were not imputed. "
    "Demographic data did not differ between the groups at the beginning of the study. "
)


def record(number: int, chance: random.Random) -> str:
    """Return a made-up article as PubMed has it, of about six kilobytes."""
    subject, target = chance.choice(SUBJECTS), chance.choice(TARGETS)
    partner, event, people = chance.choice(PARTNERS), chance.choice(EVENTS), chance.randint(8, 300)
    half = people // 2
    authors = "".join(
        f'<Author ValidYN="Y"><LastName>Made{n}</LastName><ForeName>Up Ex</ForeName>'
        f"<Initials>UE</Initials><AffiliationInfo><Affiliation>Department {n}, a university that "
        "does not exist, a town, a country.</Affiliation></AffiliationInfo></Author>"
        for n in range(chance.randint(1, 9))
    )
    headings = "".join(
        f'<MeshHeading><DescriptorName UI="D{n:06}" MajorTopicYN="N">Heading {n}</DescriptorName>'
        f'<QualifierName UI="Q{n:06}" MajorTopicYN="Y">therapy</QualifierName></MeshHeading>'
        for n in range(chance.randint(5, 14))
    )
    references = "".join(
        f"<Reference><Citation>Made U. J Made-up Ex. 20{n:02};1:{n}.</Citation><ArticleIdList>"
        f'<ArticleId IdType="pubmed">{90000000 + n}</ArticleId></ArticleIdList></Reference>'
        for n in range(chance.randint(0, 30))
    )
    return TEMPLATE.format(
        number=number, subject=subject, target=target, partner=partner, event=event,
        people=people, half=half, rest=people - half, better=half - 2, other=half - 4,
        p=chance.randint(10, 49), filler=FILLER, authors=authors, headings=headings,
        references=references,
    )  # fmt: skip


def write(path: Path, records: int) -> Path:
    """Write a file of made-up records, packed as PubMed's are; the same each time."""
    chance = random.Random(records)
    with gzip.GzipFile(path, "wb", compresslevel=6, mtime=0) as stream:
        stream.write(b'<?xml version="1.0" encoding="utf-8"?>\n<PubmedArticleSet>\n')
        for number in range(records):
            stream.write(record(70000000 + number, chance).encode())
        stream.write(b"</PubmedArticleSet>\n")
    return path


def measured(python: str, work: str, path: Path, records: int) -> tuple[float, float]:
    """Return seconds and peak memory, in MB, of a process that does some work."""
    code = MEASURE.format(work=work.format(path=str(path)))
    done = subprocess.run([python, "-c", code], check=True, capture_output=True, text=True)
    number, figures = done.stdout.split("\n")[:2]
    if int(number) != records:
        raise SystemExit(f"{number} of {records} records were read")
    seconds, memory = map(float, figures.split())
    return seconds, memory


def peer(folder: Path) -> str:
    """Return the Python of a new environment with pubmed_parser."""
    venv.create(folder, with_pip=True)
    python = str(folder / "bin" / "python")
    subprocess.run([python, "-m", "pip", "install", "-q", "pubmed_parser"], check=True)
    return python


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--records", type=int, default=30_000)
    parser.add_argument("--peer", help="a Python that has pubmed_parser")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as room:
        folder = Path(room)
        other = options.peer or peer(folder / "peer")
        works = {
            "pubmed_parser": (other, PEER), "our reader": (sys.executable, READ),
        }  # fmt: skip
        if importlib.util.find_spec("mngraph.annotation"):
            works["our reader, annotator of all"] = (sys.executable, ANNOTATE)
            works["our reader, annotator of what names a procedure"] = (sys.executable, FILTERED)
        print("| records | what | s | records/s | against pubmed_parser | peak memory, MB |")
        print("| --: | --- | --: | --: | --: | --: |")
        for records, runs in ((options.records, RUNS), (4 * options.records, 1)):
            path = write(folder / f"{records}.xml.gz", records)
            taken: dict[str, list[tuple[float, float]]] = {name: [] for name in works}
            for _ in range(runs):
                for name, (python, work) in works.items():
                    taken[name].append(measured(python, work, path, records))
            base = statistics.median(seconds for seconds, _ in taken["pubmed_parser"])
            for name, figures in taken.items():
                seconds = statistics.median(seconds for seconds, _ in figures)
                memory = max(memory for _, memory in figures)
                print(
                    f"| {records:,} | {name} | {seconds:.1f} | {records / seconds:,.0f} | "
                    f"{base / seconds:.2f} | {memory:.0f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
