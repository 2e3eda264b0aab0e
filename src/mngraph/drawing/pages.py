"""What all pictures share: templates, the picture as PNG, and the line that ends every page."""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mngraph import iris
from mngraph.errors import MissingExtraError
from mngraph.evidence.model import Dataset

if TYPE_CHECKING:
    import jinja2

TEMPLATES = Path(__file__).parent / "templates"
SITE = "https://w3id.org/mngraph/"


def read_template(name: str) -> str:
    """Return the text of a style sheet or script among the templates."""
    return (TEMPLATES / name).read_text("utf-8")


@cache
def environment() -> jinja2.Environment:
    """Return the template engine: escaping is on, and a name that is missing is an error."""
    import jinja2

    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True,
        trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined,
    )  # fmt: skip
    made.filters["short"] = short
    made.filters["thousands"] = lambda number: f"{number:,}"
    return made


def render(name: str, **values: Any) -> str:
    """Return a template filled with values, each escaped."""
    return environment().get_template(name).render(**values)


def short(text: str, length: int) -> str:
    """Return text cut to a length, with an ellipsis where something was cut.

    >>> short("microneedling", 6), short("roller", 6)
    ('micro…', 'roller')
    """
    cut = text[: length - 1].rstrip() + "\N{HORIZONTAL ELLIPSIS}"
    return text if len(text) <= length else cut


def require_drawing(path: str | Path) -> None:
    """Refuse a PNG that cannot be drawn, before the work on it starts.

    Raises:
        MissingExtraError: the name ends in .png, and cairosvg or its library is not installed.
    """
    if Path(path).suffix.lower() == ".png":
        _cairosvg()


def svg_png(svg: str, scale: float) -> bytes:
    """Return an SVG as PNG, `scale` times as large.

    Raises:
        MissingExtraError: cairosvg is not installed.
    """
    picture: bytes = _cairosvg().svg2png(svg.encode(), scale=scale, unsafe=False)
    return picture


def _cairosvg() -> Any:
    """Return the library that draws PNG; the cairo library that it needs may be missing too."""
    try:
        import cairosvg
    except (ImportError, OSError) as error:
        how = "pip install 'mngraph[plots]', or write .svg"
        raise MissingExtraError(f"PNG needs cairosvg, which is missing: {how}") from error
    return cairosvg


def script_hash(text: str) -> str:
    """Return the source expression that lets a content security policy run this script alone."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


CC0 = "https://creativecommons.org/publicdomain/zero/1.0/"
"""The license that pages call by its name."""


def citation(about: Mapping[str, str]) -> str:
    """Return how the data is cited, or nothing where a graph does not describe itself.

    Args:
        about: how a graph describes itself: its `iri`, `title`, `version` and date (`issued`).

    >>> release = {"iri": iris.DATASET, "version": "0.1.0", "issued": "2026-11-22"}
    >>> citation(release)
    'mngraph 0.1.0 (2026-11-22), https://w3id.org/mngraph/'
    >>> citation({"iri": "http://example.org/mine", "title": "My studies", "issued": "2026-11-28"})
    'My studies (2026-11-28), http://example.org/mine'
    """
    names = ("iri", "title", "version", "issued")
    dataset = Dataset(**{name: about.get(name, "") for name in names})
    if dataset.iri != iris.DATASET:
        return dataset.citation
    dated = f"({dataset.issued})" if dataset.issued else ""
    return f"{' '.join(filter(None, ('mngraph', dataset.version, dated)))}, {SITE}"


def footer(about: Mapping[str, str]) -> str:
    """Return the line that ends every page: what data, its license, and no advice.

    Args:
        about: as in `citation`, and the address of its `license`.

    >>> release = {"iri": iris.DATASET, "version": "0.1.0", "issued": "2026-11-22"}
    >>> footer(release | {"license": CC0})
    'Data: mngraph 0.1.0 (2026-11-22), https://w3id.org/mngraph/. CC0 1.0. Not medical advice.'
    >>> footer({})
    'Data: a graph that does not describe itself. Not medical advice.'
    """
    stated = about.get("license", "")
    license_name = " CC0 1.0." if stated == CC0 else f" License: {stated}." if stated else ""
    cited = citation(about) or "a graph that does not describe itself"
    return f"Data: {cited}.{license_name} Not medical advice."


def frame(page: str, title: str) -> str:
    """Return a page in a frame of its own, as notebooks show it.

    >>> frame("<p>", "A page").partition(" title")[0]
    '<iframe srcdoc="&lt;p&gt;"'
    """
    return (
        f'<iframe srcdoc="{html.escape(page)}" title="{html.escape(title)}" '
        'width="100%" height="640" style="border:1px solid #ccc;border-radius:6px" '
        'sandbox="allow-scripts allow-downloads allow-forms allow-popups allow-modals"></iframe>'
    )
