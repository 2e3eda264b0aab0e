"""The live pages of the gallery, drawn from the graph."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import mngraph
from mngraph.drawing import mapdrawing
from mngraph.drawing.figure import Figure


def gallery_files(graph: mngraph.Graph) -> dict[str, str]:
    """Return each page of the gallery by its file name."""
    found = {
        "network.html": graph.view().to_html(),
        "acne-scar.html": graph.view(focus="acne scar").to_html(),
        "gap-map.html": mapdrawing.to_html(graph.gap_map()),
        "adverse-events.html": mapdrawing.to_html(graph.gap_map("event", "procedure")),
    }
    questions = {
        "melasma.html": graph.evidence(indication="melasma"),
        "erythema.html": graph.evidence(event="erythema", procedure="microneedling"),
    }
    alopecia = graph.evidence(indication="androgenetic alopecia", combined_with="minoxidil")
    found["minoxidil.html"] = alopecia.to_html()
    with TemporaryDirectory() as folder:
        for name, answer in questions.items():
            Figure(answer, "forest").save(Path(folder) / name)
            found[name] = (Path(folder) / name).read_text("utf-8")
    return found
