"""Made-up copies of the release's records, for measuring how build and claims grow."""

from __future__ import annotations

import re
from pathlib import Path

from mngraph import build, records, vocabularies, yamlfile


def make_copies(folder: Path, times: int) -> list[Path]:
    """Write `times` copies of every record, with ids and identifiers of their own."""
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for path in build.release_files():
        data, _ = yamlfile.read_yaml(path)
        ids = {data["id"], *data.get("same_cohort_as", ())}
        for number in range(times):
            text = path.read_text("utf-8")
            for name in ids:
                text = re.sub(rf"\b{re.escape(name)}(?![\w.-])", f"{name}-copy-{number}", text)
            text = re.sub(
                r'^  pmid: "\d+"$', f'  pmid: "{len(made) + 1}"', text, flags=re.MULTILINE
            )
            text = re.sub(
                r"^  pmcid: PMC\d+$", f"  pmcid: PMC{len(made) + 1}", text, flags=re.MULTILINE
            )
            text = re.sub(
                r"^  doi: .*$", f"  doi: 10.9999/{len(made) + 1}", text, flags=re.MULTILINE
            )
            target = folder / f"{data['id']}-copy-{number}.yaml"
            target.write_text(text, "utf-8")
            made.append(target)
    record = records.read_record(made[0], vocabularies.shared())
    assert not record.problems, record.problems
    return made
