"""The network as one HTML file that opens offline: vis-network's drawing in our page.

The script of vis-network is part of this package, so that a page needs no network.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mngraph.drawing import appearance, pages
from mngraph.drawing.pagedata import payload
from mngraph.errors import UsageError
from mngraph.evidence import quality
from mngraph.files import write_bytes

if TYPE_CHECKING:
    import networkx as nx

SCRIPTS = (
    "network-data", "network-canvas", "network-labels", "network-panel", "network-guide",
    "network-picture", "network",
)  # fmt: skip
LIBRARY = Path(__file__).parent / "vis-network"
STYLES = ("style", "network")


class View:
    """A drawing of a network: shows itself in notebooks, and can be saved.

    >>> import mngraph
    >>> drawing = mngraph.load().view(focus="keloid")
    >>> drawing.heading.partition(" ")[0]
    'Keloid'
    >>> "<html" in drawing.to_html()
    True
    >>> drawing.save("keloid.html").name
    'keloid.html'
    """

    def __init__(self, network: nx.MultiDiGraph[str], title: str | None = None) -> None:
        self.network, self.title = network, title

    def __repr__(self) -> str:
        nodes, edges = self.network.number_of_nodes(), self.network.number_of_edges()
        return f"<mngraph.View of {nodes:,} nodes and {edges:,} edges; .save('x.html')>"

    def to_html(self, home: str = "") -> str:
        """Return the page as text.

        Args:
            home: the address of the site that the page is a part of; empty for a page of its own.
        """
        return page(self.network, self.title, home)

    def save(self, path: str | Path) -> Path:
        """Write the page to a file and return its path.

        Raises:
            UsageError: the name does not end in .html or .htm.
            OutputError: the folder does not exist or cannot be written.
        """
        check_name(path)
        write_bytes(path, self.to_html().encode())
        return Path(path)

    def _repr_html_(self) -> str:
        """Return the page in a frame, which every notebook shows, each in its own document."""
        return pages.frame(self.to_html(), self.heading)

    @property
    def heading(self) -> str:
        """The title of the page."""
        return str(meta(self.network, self.title)["title"])


def check_name(path: str | Path) -> None:
    """Refuse a name that promises another kind of file than a page.

    Raises:
        UsageError: the name does not end in .html or .htm.
    """
    if Path(path).suffix.lower() not in (".html", ".htm"):
        raise UsageError(
            f"cannot draw to {path}: a drawing of the network ends in .html; its page has buttons "
            "for SVG and PNG"
        )


def page(network: nx.MultiDiGraph[str], title: str | None = None, home: str = "") -> str:
    """Return a network as one HTML page that needs nothing else.

    Args:
        network: what `mngraph.drawing.network.network` returns.
        title: the heading; the dataset's title without one.
        home: the address of the site that the page is a part of; empty for a page of its own.
    """
    from markupsafe import Markup

    about = meta(network, title)
    script = "\n".join(pages.read_template(f"{name}.js") for name in SCRIPTS)
    scripts = (library(), f'"use strict";\n(() => {{\n{script}\n}})();')
    style = "\n".join(pages.read_template(f"{name}.css") for name in STYLES)
    return (
        pages.environment()
        .get_template("network.html.j2")
        .render(
            meta=about,
            home=home,
            policy=policy(scripts),
            kinds=list(appearance.KINDS.items()),
            stances=list(appearance.STANCES.values()),
            style=Markup(style),  # noqa: S704 - our own files
            license=Markup((LIBRARY / "LICENSE-MIT").read_text("utf-8")),  # noqa: S704
            library=Markup(scripts[0]),  # noqa: S704 - the file of vis-network
            script=Markup(scripts[1]),  # noqa: S704 - our own files
            payload=Markup(embedded(payload(network, about))),  # noqa: S704 - escaped there
        )
    )


def policy(scripts: tuple[str, ...]) -> str:
    """Return the content security policy: the page's own scripts by their hash, and no request."""
    allowed = " ".join(f"'{pages.script_hash(text)}'" for text in scripts)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )


def embedded(value: Any) -> str:
    r"""Return JSON that can stand in a script element: nothing in it ends or opens markup.

    >>> embedded("</script><!--")
    '"\\u003c/script\\u003e\\u003c!--"'
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


@cache
def library() -> str:
    """Return the script of vis-network, without its source map."""
    text = (LIBRARY / "vis-network.min.js").read_text("utf-8")
    text = re.sub(r"^//# sourceMappingURL=.*$", "", text, flags=re.MULTILINE)
    return text.replace("</script", "<\\/script")


def meta(network: nx.MultiDiGraph[str], title: str | None) -> dict[str, Any]:
    """Return what a page says of its network: title, version, focus, and its last line."""
    about = network.graph
    names = [network.nodes[n]["label"] for n in about.get("focus", []) if n in network]
    heading = " \N{MIDDLE DOT} ".join([*names, about.get("title") or "mngraph"])
    cards = about.get("studies", {}).values()
    heading = heading[:1].upper() + heading[1:] if names else heading
    return {
        "title": title or heading,
        "version": about.get("version", ""),
        "focus": about.get("focus", []),
        "noun": about.get("noun", ""),
        "cite": pages.citation(about),
        "fine": pages.footer(about),
        "quality": quality.appraised(sum(card.is_appraised for card in cards), len(cards)),
    }
