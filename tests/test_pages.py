"""Any text may be a title, a label or a note of a page: it never ends or opens markup."""

from __future__ import annotations

import json
from html.parser import HTMLParser

import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st

from mngraph.drawing import view
from mngraph.tables import Table

TEXT = st.text(
    st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from("<>&\"'/!-=`{}%"), max_size=80
)


class Reader(HTMLParser):
    """Collects the elements of a page in the order in which a parser meets them."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.elements.append(tag)


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    return reader


@settings(max_examples=200)
@given(TEXT)
def test_any_text_stands_in_a_script_and_in_a_table(text: str) -> None:
    content = view.embedded({"label": text})
    assert "<" not in content and json.loads(content) == {"label": text}
    elements = read(Table([text], [[text]])._repr_html_()).elements
    assert elements == ["table", "thead", "tr", "th", "tbody", "tr", "td"]


@settings(max_examples=10)
@given(TEXT)
def test_any_title_leaves_the_page_its_elements(text: str) -> None:
    empty: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    plain = read(view.page(empty, "plain"))
    assert read(view.page(empty, text or "x")).elements == plain.elements
