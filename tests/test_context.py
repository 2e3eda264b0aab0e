"""The context: CURIEs both ways, and what each key of a record means."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mngraph import context, keys

LOCAL = st.text("abz019-._~/#:%", max_size=12)
OURS = st.sampled_from(sorted(context.prefixes()))
SPACES = st.sampled_from(sorted(context.prefixes().values()))


@given(st.one_of(st.tuples(SPACES, LOCAL), st.tuples(OURS.map("{}:".format), LOCAL)).map("".join))
def test_what_a_curie_stands_for_is_the_iri_that_it_was_made_of(iri: str) -> None:
    """Also for an IRI such as claim:z, which looks like one of our CURIEs and is none."""
    assert context.expand(context.compact(iri)) == iri
    found = context.curie(iri)
    assert found is None or context.expand(found) == iri


def test_the_longest_namespace_gives_the_prefix() -> None:
    assert context.compact("https://w3id.org/mngraph/ontology#Arm") == "mn:Arm"
    assert context.compact("https://w3id.org/mngraph/graph/study/x") == "graph:study/x"


def test_keys_inside_a_group_belong_to_the_node_around_it() -> None:
    outcome = keys.record().terms["outcomes"]
    assert {"type", "value", "i_squared"} <= set(outcome.terms["effect"].terms)
    assert not {"type", "value", "i_squared"} & set(outcome.terms)
    assert "id" not in outcome.terms
    assert "id" in keys.record().terms["arms"].terms
