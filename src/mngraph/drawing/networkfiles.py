"""Networks as files for Gephi, Cytoscape, yEd and spreadsheets, with places, sizes and colors."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as Tree

from mngraph.drawing.placement import draw
from mngraph.spreadsheet import inert, row_text

if TYPE_CHECKING:
    import networkx as nx

Value = str | int | float
Node = tuple[str, dict[str, Value]]
Edge = tuple[str, str, str, dict[str, Value]]

GRAPHML = "http://graphml.graphdrawing.org/xmlns"
YFILES = "http://www.yworks.com/xml/graphml"
YED_SHAPES = {"square": "rectangle", "dot": "ellipse", "triangle": "triangle", "diamond": "diamond"}
GEXF_SHAPES = {"square": "square", "dot": "disc", "triangle": "triangle", "diamond": "diamond"}
NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
LOST = "\N{REPLACEMENT CHARACTER}"
NOT_PLAIN = {"studies", "center"}
"""What a network carries for its page alone."""
LEFT_OUT = {"stances", "baseline_only", "dash", "broader"}
"""Attributes that are not a single value and that the files express in another way."""


def plain_values(graph: nx.MultiDiGraph[str]) -> nx.MultiDiGraph[str]:
    """Return a network whose attributes are texts and numbers, as networkx can write them.

    Lists are texts with a semicolon between their items; what is not known is left out.

    >>> import io, mngraph, networkx
    >>> network = mngraph.load().network(focus="melasma")
    >>> networkx.write_graphml(network, io.BytesIO())
    """
    import networkx as nx

    copy: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    copy.graph.update(_flat({k: v for k, v in graph.graph.items() if k not in NOT_PLAIN}))
    for node, data in graph.nodes(data=True):
        copy.add_node(node, **dict(_flat(data)))
    for source, target, relation, data in graph.edges(keys=True, data=True):
        copy.add_edge(source, target, relation, **dict(_flat(data)))
    return copy


def _flat(data: Mapping[str, Any]) -> Iterator[tuple[str, Value]]:
    """Yield each attribute that is known as a text or a number."""
    for name, value in data.items():
        if isinstance(value, Mapping):
            yield name, "; ".join(f"{key}={each}" for key, each in value.items())
        elif isinstance(value, tuple | list):
            yield name, "; ".join(map(str, value))
        elif value is not None:
            yield name, NO_XML.sub(LOST, value) if isinstance(value, str) else value


def to_graphml(graph: nx.MultiDiGraph[str]) -> bytes:
    """Return GraphML: plain attributes for Gephi and Cytoscape, shapes and places for yEd."""
    nodes, edges = _plain(graph)
    Tree.register_namespace("", GRAPHML)
    Tree.register_namespace("y", YFILES)
    root = Tree.Element(f"{{{GRAPHML}}}graphml")
    names: dict[tuple[str, str], str] = {}
    for owner, found in (("node", [n[1] for n in nodes]), ("edge", [e[3] for e in edges])):
        for name, kind in _columns(found).items():
            key = names[owner, name] = f"{owner}-{name}"
            attributes = {"id": key, "for": owner, "attr.name": name, "attr.type": kind}
            Tree.SubElement(root, f"{{{GRAPHML}}}key", attributes)
        Tree.SubElement(
            root, f"{{{GRAPHML}}}key",
            {"id": f"{owner}-graphics", "for": owner, "yfiles.type": f"{owner}graphics"},
        )  # fmt: skip
    body = Tree.SubElement(
        root, f"{{{GRAPHML}}}graph", {"id": "mngraph", "edgedefault": "directed"}
    )
    for curie, data in nodes:
        element = Tree.SubElement(body, f"{{{GRAPHML}}}node", {"id": curie})
        _yed_node(element, data)
        _data(element, "node", data, names)
    for source, target, relation, data in edges:
        attributes = {"id": f"{source} {relation} {target}", "source": source, "target": target}
        element = Tree.SubElement(body, f"{{{GRAPHML}}}edge", attributes)
        _yed_edge(element, data)
        _data(element, "edge", data, names)
    Tree.indent(root)
    written: bytes = Tree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def to_gexf(graph: nx.MultiDiGraph[str]) -> bytes:
    """Return GEXF 1.2 with Gephi's visual attributes; y points up there, so it is turned over."""
    import networkx as nx

    nodes, edges = _plain(graph)
    copy: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for curie, data in nodes:
        viz = {
            "color": {**_rgb(data["color"]), "a": 1.0},
            "position": {"x": data["x"], "y": -float(data["y"]), "z": 0.0},
            "size": data["size"],
            "shape": GEXF_SHAPES[str(data["shape"])],
        }
        looks = ("x", "y", "size", "color", "shape")
        copy.add_node(curie, viz=viz, **{k: v for k, v in data.items() if k not in looks})
    for number, (source, target, relation, data) in enumerate(edges):
        viz = {"color": {**_rgb(data["color"]), "a": 0.6}, "thickness": data["width"]}
        kept = {k: v for k, v in data.items() if k not in ("color", "width")}
        copy.add_edge(source, target, relation, id=number, viz=viz, **kept)
    text = "\n".join(nx.generate_gexf(copy, version="1.2draft"))
    issued = str(graph.graph.get("issued") or "1970-01-01")
    dated = re.sub(r'lastmodifieddate="[^"]*"', f'lastmodifieddate="{issued}"', text)
    return ('<?xml version="1.0" encoding="UTF-8"?>\n' + dated + "\n").encode()


def to_cytoscape(graph: nx.MultiDiGraph[str]) -> bytes:
    """Return Cytoscape JSON (.cyjs), which Cytoscape and Cytoscape.js open, with a style."""
    nodes, edges = _plain(graph)
    elements = {
        "nodes": [
            {"data": {"id": curie, "name": data["label"], **data},
             "position": {"x": data["x"], "y": data["y"]}}
            for curie, data in nodes
        ],
        "edges": [
            {"data": {"id": f"{source} {relation} {target}", "source": source, "target": target,
                      "interaction": relation, **data}}
            for source, target, relation, data in edges
        ],
    }  # fmt: skip
    shapes = [
        {"selector": f"node[shape = '{shape}']", "css": {"shape": YED_SHAPES[shape]}}
        for shape in sorted(YED_SHAPES)
    ]
    style = [
        {"selector": "node", "css": {"background-color": "data(color)", "label": "data(label)",
                                     "width": "mapData(size, 0, 24, 0, 48)",
                                     "height": "mapData(size, 0, 24, 0, 48)"}},
        *shapes,
        {"selector": "edge", "css": {"line-color": "data(color)", "width": "data(width)",
                                     "opacity": 0.6, "line-style": "data(line)"}},
    ]  # fmt: skip
    document = {
        "format_version": "1.0", "generated_by": "mngraph", "target_cytoscapejs_version": "~3.0",
        "data": {"name": graph.graph.get("title") or "mngraph", "shared_name": "mngraph"},
        "elements": elements, "style": style,
    }  # fmt: skip
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def to_csv(graph: nx.MultiDiGraph[str]) -> bytes:
    """Return the edges as a table, one a row, with the labels of both ends."""
    nodes, edges = _plain(graph)
    labels = {curie: data["label"] for curie, data in nodes}
    own = ("relation", "color", "width", "line")
    columns = [name for name in _columns([e[3] for e in edges]) if name not in own]
    rows: list[list[Value]] = [
        ["source", "source_label", "relation", "target", "target_label", *columns]
    ]
    for source, target, relation, data in edges:
        ends = [source, labels[source], relation, target, labels[target]]
        rows.append([*ends, *(data.get(name, "") for name in columns)])
    return "".join(row_text(inert(str(cell)) for cell in row) for row in rows).encode()


GRAPH_WRITERS: dict[str, Callable[[nx.MultiDiGraph[str]], bytes]] = {
    "graphml": to_graphml,
    "gexf": to_gexf,
    "csv": to_csv,
    "cytoscape": to_cytoscape,
}


def _plain(graph: nx.MultiDiGraph[str]) -> tuple[list[Node], list[Edge]]:
    """Return nodes and edges with looks, every attribute one value; unknown values are left out."""
    drawn, _ = draw(graph)
    nodes = [(curie, dict(_values(data))) for curie, data in drawn.nodes(data=True)]
    edges = []
    for source, target, relation, data in drawn.edges(keys=True, data=True):
        values = dict(_values(data))
        values["line"] = (
            "solid" if not data["dash"] else "dashed" if data["dash"][0] > 2 else "dotted"
        )
        edges.append((source, target, relation, values))
    return nodes, edges


def _values(data: Mapping[str, Any]) -> Iterator[tuple[str, Value]]:
    """Yield the attributes that a file has."""
    yield from _flat({name: value for name, value in data.items() if name not in LEFT_OUT})


def _columns(found: list[dict[str, Value]]) -> dict[str, str]:
    """Return the attributes that occur with their GraphML types, in the order of appearance."""
    kinds = {int: "int", float: "double", str: "string", bool: "boolean"}
    return {name: kinds[type(value)] for data in found for name, value in data.items()}


def _data(
    element: Tree.Element,
    owner: str,
    data: Mapping[str, Value],
    names: Mapping[tuple[str, str], str],
) -> None:
    for name, value in data.items():
        item = Tree.SubElement(element, f"{{{GRAPHML}}}data", {"key": names[owner, name]})
        item.text = str(value)


def _yed_node(element: Tree.Element, data: Mapping[str, Value]) -> None:
    item = Tree.SubElement(element, f"{{{GRAPHML}}}data", {"key": "node-graphics"})
    shape = Tree.SubElement(item, f"{{{YFILES}}}ShapeNode")
    size = float(data["size"])
    place = {
        "x": float(data["x"]) - size,
        "y": float(data["y"]) - size,
        "width": 2 * size,
        "height": 2 * size,
    }
    numbers = {name: f"{value:g}" for name, value in place.items()}
    Tree.SubElement(shape, f"{{{YFILES}}}Geometry", numbers)
    Tree.SubElement(
        shape, f"{{{YFILES}}}Fill", {"color": str(data["color"]), "transparent": "false"}
    )
    Tree.SubElement(
        shape, f"{{{YFILES}}}BorderStyle", {"color": "#FFFFFF", "type": "line", "width": "1.0"}
    )
    label = {"fontSize": "11", "modelName": "sides", "modelPosition": "s"}
    Tree.SubElement(shape, f"{{{YFILES}}}NodeLabel", label).text = str(data["label"])
    Tree.SubElement(shape, f"{{{YFILES}}}Shape", {"type": YED_SHAPES[str(data["shape"])]})


def _yed_edge(element: Tree.Element, data: Mapping[str, Value]) -> None:
    item = Tree.SubElement(element, f"{{{GRAPHML}}}data", {"key": "edge-graphics"})
    line = Tree.SubElement(item, f"{{{YFILES}}}PolyLineEdge")
    kind = {"solid": "line"}.get(str(data["line"]), str(data["line"]))
    style = {"color": str(data["color"]), "type": kind, "width": str(data["width"])}
    Tree.SubElement(line, f"{{{YFILES}}}LineStyle", style)
    Tree.SubElement(line, f"{{{YFILES}}}Arrows", {"source": "none", "target": "none"})


def _rgb(color: Value) -> dict[str, int]:
    text = str(color).lstrip("#")
    return {name: int(text[i : i + 2], 16) for name, i in (("r", 0), ("g", 2), ("b", 4))}
