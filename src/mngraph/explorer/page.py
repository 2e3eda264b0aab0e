"""The explorer as one HTML file: its page, and what is embedded in it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from mngraph.drawing import gapmap, mapdrawing, pages, view
from mngraph.explorer import contents
from mngraph.files import write_bytes
from mngraph.store import local

if TYPE_CHECKING:
    import networkx as nx

    from mngraph.store import Store

SCRIPTS = (
    "explorer-dom", "completing", "explorer-terms", "explorer-names", "explorer-binding",
    "explorer-engine", "explorer-charts", "explorer-results", "explorer-resource",
    "explorer-evidence", "explorer-queries", "explorer-frames", "explorer",
)  # fmt: skip
STYLES = ("style", "answer", "served", "explorer")
SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


class Explorer:
    """The network, the gap map, the evidence and SPARQL in one page that opens offline.

    >>> import mngraph
    >>> found = mngraph.load().explorer(focus="keloid")
    >>> "SPARQL" in found.to_html()
    True
    >>> found.save("explorer.html").name
    'explorer.html'
    """

    def __init__(
        self, store: Store, network: nx.MultiDiGraph[str], title: str | None = None
    ) -> None:
        self.store, self.drawing = store, view.View(network, title)
        self._text = ""

    def __repr__(self) -> str:
        return f"<mngraph.Explorer of {self.store.location}; .save('x.html')>"

    def to_html(self) -> str:
        """Return the page as text.

        Raises:
            UnrepresentableError: the graph has more quads than a page can hold.
        """
        self._text = self._text or self._made()
        return self._text

    def _made(self) -> str:
        from markupsafe import Markup

        self.store = local(self.store)  # an endpoint is read once
        data = contents.graph_data(self.store)
        drawn, map_page = self.drawing.to_html(), self._map()
        script = _script()
        about = contents.about(self.store, self.drawing.network)
        parts = {
            **contents.engine(),
            "about": contents.packed(view.embedded(about).encode()),
            "data": contents.packed(data),
            "network": contents.packed(drawn.encode()),
            "map": contents.packed(map_page.encode()),
        }
        scripts = [script, *SCRIPT.findall(drawn), *SCRIPT.findall(map_page)]
        licenses = (contents.ENGINE / "LICENSE-MIT").read_text("utf-8")
        return (
            pages.environment()
            .get_template("explorer.html.j2")
            .render(
                meta=view.meta(self.drawing.network, self.drawing.title),
                policy=_policy(scripts),
                style=Markup("\n".join(pages.read_template(f"{name}.css") for name in STYLES)),  # noqa: S704 - our own files
                license=Markup(licenses),  # noqa: S704
                script=Markup(script),  # noqa: S704 - our own files
                parts=parts,
            )
        )

    def save(self, path: str | Path) -> Path:
        """Write the page to a file and return its path.

        Raises:
            UsageError: the name does not end in .html or .htm.
            UnrepresentableError: the graph has more quads than a page can hold.
            OutputError: the folder does not exist or cannot be written.
        """
        view.check_name(path)
        write_bytes(path, self.to_html().encode())
        return Path(path)

    def _repr_html_(self) -> str:
        return pages.frame(self.to_html(), self.drawing.heading)

    def _map(self) -> str:
        """Return the page of the gap map."""
        return mapdrawing.to_html(gapmap.gap_map(self.store, "indication", "modality"))


def _script() -> str:
    parts = "\n".join(pages.read_template(f"{name}.js") for name in SCRIPTS)
    return f'"use strict";\n(() => {{\n{parts}\n}})();'


def _policy(scripts: list[str]) -> str:
    """Return the content security policy: these scripts and the engine, and no request."""
    allowed = " ".join(dict.fromkeys(f"'{pages.script_hash(text)}'" for text in scripts))
    return (
        f"default-src 'none'; script-src {allowed} 'wasm-unsafe-eval'; worker-src blob:; "
        "style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'"
    )
