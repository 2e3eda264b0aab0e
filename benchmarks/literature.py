"""Literature: reading and annotating a PubMed file, against pubmed_parser's reading alone.

    python benchmarks/literature.py [--records 30000] [--peer PYTHON]

Makes files of made-up records in a temporary folder, and reads each on one core: with
`pubmed_parser.parse_medline_xml` (PyPI; in an environment of its own, or that of PYTHON), with our
reader, and with our reader and annotator. Each is a process of its own, in turn, three runs for the
first size and one for a file of four times the records, which shows whether time and memory grow.
Prints medians of the seconds of processor time, so that other work on the machine does not count,
their ratios, and the most memory. The annotator reads all records, or those alone that name a
procedure; the latter is what `mngraph ingest` does, which also looks for known publications and
writes drafts.

There are two kinds of files. In the first, records are as in PubMed at large: 71 % have an abstract
(27,999,891 of 39,479,116 in June 2025 by huggingface.co/datasets/pankajrajdeo/PubMed), of 1,140
characters on average (4,036,898,048 bytes in 3,537,085 abstracts by huggingface.co/datasets/japhba/
pubmed_simple), from all fields of biomedicine, and one in a hundred is a trial on a skin condition.
In the second, all are such trials with long abstracts, full of facts; one in five names a procedure
of the vocabularies.
"""

from __future__ import annotations

import argparse
import gzip
import random
import statistics
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from xml.sax.saxutils import escape

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
INGEST = """
import tempfile
from pathlib import Path
from mngraph.candidates.folder import Folder
from mngraph.candidates.ingest import ingest
from mngraph.candidates.known import Studies
from mngraph.store import open_store
with tempfile.TemporaryDirectory() as room:
    folder = Folder(Path(room) / "candidates")
    print(ingest([Path({path!r})], folder, Studies(open_store(None))).read)
"""
MEASURE = """
import resource, time
start = time.process_time()
{work}
print(time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""
RUNS = 3
HERE = Path(__file__).parent
TEMPLATE = (HERE / "record.xml").read_text("utf-8")
TRIAL = (HERE / "trial.xml").read_text("utf-8").strip()
SENTENCES = (HERE / "sentences.txt").read_text("utf-8").splitlines()
RANDOMIZED = '<PublicationType UI="D016449">Randomized Controlled Trial</PublicationType>'
LABELS = ("BACKGROUND", "METHODS", "RESULTS", "CONCLUSIONS")
WITH_ABSTRACT = 0.71
KINDS = {"as PubMed": 0.01, "trials alone": 1.0}
"""The kinds of files, with the share of trials among their records."""
SUBJECTS = ("microneedling", "a fractional laser", "radiofrequency", "a peel", "minoxidil")
TARGETS = ("atrophic acne scars", "melasma", "androgenetic alopecia", "vitiligo", "asthma")
PARTNERS = ("platelet-rich plasma (PRP)", "tranexamic acid", "topical 5-fluorouracil", "placebo")
EVENTS = ("erythema", "post-inflammatory hyperpigmentation", "pain", "edema", "no adverse events")
FILLER = (
    "Outcomes were rated by two blinded dermatologists from standardized photographs. "
    "Statistical analysis used the paired t test, and missing data were not imputed. "
    "Demographic data did not differ between the groups at the beginning of the study. "
)


def record(number: int, trials: float, chance: random.Random) -> str:
    """Return a made-up article as PubMed has it.

    Args:
        number: its PMID.
        trials: the share of trials among all articles.
        chance: what decides.
    """
    is_trial = chance.random() < trials
    title, abstract = trial(chance) if is_trial else other(chance)
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
        number=number, title=title, abstract=abstract, authors=authors, headings=headings,
        references=references, types=RANDOMIZED if is_trial else "",
    )  # fmt: skip


def trial(chance: random.Random) -> tuple[str, str]:
    """Return the title and the abstract of a trial on a skin condition, or on asthma."""
    subject, target = chance.choice(SUBJECTS), chance.choice(TARGETS)
    partner, event, people = chance.choice(PARTNERS), chance.choice(EVENTS), chance.randint(8, 300)
    half = people // 2
    abstract = TRIAL.format(
        subject=subject, target=target, partner=partner, event=event, people=people, half=half,
        rest=people - half, better=half - 2, other=half - 4, p=chance.randint(10, 49),
        filler=FILLER,
    )  # fmt: skip
    return f"A made-up trial of {subject} with {partner} for {target}.", abstract


def other(chance: random.Random) -> tuple[str, str]:
    """Return the title and the abstract of any other article; many have no abstract."""
    title = escape(chance.choice(SENTENCES))
    if chance.random() >= WITH_ABSTRACT:
        return title, ""
    told = [escape(each) for each in chance.sample(SENTENCES, chance.randint(7, 16))]
    if chance.random() < 0.5:
        return title, f"<Abstract><AbstractText>{' '.join(told)}</AbstractText></Abstract>"
    size = -(-len(told) // len(LABELS))
    parts = "".join(
        f'<AbstractText Label="{label}" NlmCategory="{label}">'
        f"{' '.join(told[n * size : (n + 1) * size])}</AbstractText>"
        for n, label in enumerate(LABELS)
    )
    return title, f"<Abstract>{parts}</Abstract>"


def write(path: Path, records: int, trials: float) -> Path:
    """Write a file of made-up records, packed as PubMed's are; the same each time."""
    chance = random.Random(records)
    with gzip.GzipFile(path, "wb", compresslevel=6, mtime=0) as stream:
        stream.write(b'<?xml version="1.0" encoding="utf-8"?>\n<PubmedArticleSet>\n')
        for number in range(records):
            stream.write(record(70000000 + number, trials, chance).encode())
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
        peer_python = options.peer or peer(folder / "peer")
        works = {
            "pubmed_parser": (peer_python, PEER),
            "our reader": (sys.executable, READ),
            "our reader, annotator of all": (sys.executable, ANNOTATE),
            "our reader, annotator of what names a procedure": (sys.executable, FILTERED),
            "mngraph ingest, with drafts written": (sys.executable, INGEST),
        }
        print("| records | kind | what | s | records/s | against pubmed_parser | peak memory, MB |")
        print("| --: | --- | --- | --: | --: | --: | --: |")
        sizes = [(kind, options.records, RUNS) for kind in KINDS]
        for kind, records, runs in [*sizes, ("as PubMed", 4 * options.records, 1)]:
            path = write(folder / f"{records}.xml.gz", records, KINDS[kind])
            taken: dict[str, list[tuple[float, float]]] = {name: [] for name in works}
            for _ in range(runs):
                for name, (python, work) in works.items():
                    taken[name].append(measured(python, work, path, records))
            base = statistics.median(seconds for seconds, _ in taken["pubmed_parser"])
            for name, figures in taken.items():
                seconds = statistics.median(seconds for seconds, _ in figures)
                memory = max(memory for _, memory in figures)
                print(
                    f"| {records:,} | {kind} | {name} | {seconds:.1f} | {records / seconds:,.0f} | "
                    f"{base / seconds:.2f} | {memory:.0f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
