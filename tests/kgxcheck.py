"""Read folders of nodes and edges with KGX, and say what it finds: run by the Python that has kgx.

KGX fetches the Biolink model when it is imported. Here it gets the model from the package
biolink-model. What is found is written to stdout as JSON: the validator's errors, and what the
transformer read.
"""

from __future__ import annotations

import io
import json
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any


def prepare() -> None:
    """Let bmt and kgx read the Biolink model and its prefixes from the installed package."""
    import biolink_model
    import bmt.toolkit
    import requests

    model = Path(next(iter(biolink_model.__path__)))
    prefixes = (model / "prefixmaps" / "biolink_model_prefix_map.json").read_text("utf-8")

    def answer(url: str, **_: Any) -> requests.Response:
        """Give an empty predicate map, and the prefixes for any JSON-LD context."""
        response = requests.Response()
        content = {"@context": json.loads(prefixes)} if url.endswith(".jsonld") else {}
        response._content, response.status_code = json.dumps(content).encode(), 200
        return response

    requests.get = answer
    schema = str(model / "schema" / "biolink_model.yaml")
    bmt.toolkit.Toolkit.__init__.__defaults__ = (schema, "https://example.org/predicates.yaml")


def read(folder: Path) -> dict[str, Any]:
    """Return the errors of KGX's validator on a folder, and the nodes and edges that it read."""
    from kgx.config import get_jsonld_context
    from kgx.transformer import Transformer
    from kgx.validator import Validator

    ending = "tsv" if (folder / "nodes.tsv").is_file() else "jsonl"
    files = [str(folder / f"{part}.{ending}") for part in ("nodes", "edges")]
    prefixes = json.loads((folder / "prefixes.json").read_text("utf-8"))["@context"]
    get_jsonld_context().update(prefixes)
    validator = Validator()
    transformer = Transformer(stream=False)
    transformer.transform({"filename": files, "format": ending})
    graph = transformer.store.graph
    validator.validate(graph)
    toolkit = validator.get_validating_toolkit()
    nodes = [each for _, each in graph.nodes(data=True)]
    edges = [each for _, _, each in graph.edges(data=True)]
    used: set[str] = set().union(*nodes, *edges)
    return {
        "errors": validator.get_errors(),
        "unknown": sorted(key for key in used if not toolkit.get_element(key)),
        "nodes": nodes,
        "edges": [{key: edge[key] for key in ("id", "predicate")} for edge in edges],
    }


def main() -> None:
    """Read each folder that is named on the command line."""
    with redirect_stdout(io.StringIO()):
        prepare()
        found = {Path(name).name: read(Path(name)) for name in sys.argv[1:]}
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
