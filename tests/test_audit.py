"""The audit in CI: what was not looked up does not pass."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import CHECKOUT

AUDIT = CHECKOUT / ".ci" / "audit"
SOUND = {"name": "click", "version": "8.5.1", "vulns": []}
SKIPPED = {"name": "rich", "skip_reason": "Dependency not found on PyPI and could not be audited"}
KNOWN = {
    "name": "jinja2", "version": "3.1.5",
    "vulns": [{"id": "GHSA-x", "fix_versions": ["3.1.6"]}],
}  # fmt: skip


@pytest.mark.skipif(not AUDIT.exists(), reason="the checkout has no .ci folder")
@pytest.mark.parametrize(
    ("packages", "code", "word"),
    [
        ([SOUND], 0, "audited 1 of 1 packages"), ([SKIPPED], 3, "not audited"),
        ([SOUND, SKIPPED], 3, "not audited: advisory data could be had for 1 of 2"),
        ([SKIPPED, KNOWN], 1, "GHSA-x, mended in 3.1.6"), ([], 3, "not audited"),
        (None, 3, "not audited"),
    ],
)  # fmt: skip
def test_an_audit_passes_only_when_all_was_looked_up(
    packages: list[object] | None, code: int, word: str, tmp_path: Path
) -> None:
    fake = tmp_path / "uv"  # stands for `uv tool run pip-audit … -o FILE`, which ends with 0
    found = "" if packages is None else json.dumps({"dependencies": packages})
    fake.write_text(
        f"#!{sys.executable}\nimport sys\nif {found!r}:\n"
        f"    open(sys.argv[sys.argv.index('-o') + 1], 'w').write({found!r})\n"
    )
    fake.chmod(0o755)
    environment = os.environ | {"UV": str(fake), "PYTHON": sys.executable}
    result = subprocess.run(
        [AUDIT], env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert (result.returncode, result.stderr) == (code, "")
    assert word in result.stdout
