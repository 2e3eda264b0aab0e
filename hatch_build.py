"""Makes the graph of the release, as a store directory, when the wheel is built.

It runs for an editable install too; the store lies in src/mngraph/release and is never committed.
"""

import shutil
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ReleaseGraph(BuildHookInterface):
    """Builds records, ontology and rules into the store that ships inside the package."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the store, before the files of the wheel are gathered."""
        source = Path(self.root) / "src"
        sys.path.insert(0, str(source))
        from mngraph import build

        release = source / "mngraph" / "release"
        if not (release / "mngraph.json").is_file():  # made by an older version, or not yet
            shutil.rmtree(release, ignore_errors=True)
        build.build_store(
            build.release_files(),
            release,
            inspect=lambda store, _: build.expect_counts(store, release=True),
        )
