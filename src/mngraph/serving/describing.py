"""The service description of a site: https://www.w3.org/TR/sparql11-service-description/."""

from __future__ import annotations

from functools import lru_cache

from mngraph import export, sparql
from mngraph.serving.negotiate import GRAPHS, RESULTS, Format
from mngraph.serving.site import Site

FEATURE = "http://www.w3.org/ns/sparql-service-description#"


@lru_cache(maxsize=8)
def description(site: Site, form: Format) -> bytes:
    """Return what a site's endpoint can do and which graphs it holds, counted in the data.

    Args:
        site: the site.
        form: one of `negotiate.GRAPHS`.
    """
    service = f"{site.public}/sparql"
    features = ["UnionDefaultGraph", *(["BasicFederatedQuery"] if site.services else [])]
    text = sparql.internal(
        "service-description",
        service=service,
        dataset=f"{service}#dataset",
        union=f"{service}#all",
        formats=[form.iri for form in (*RESULTS, *GRAPHS)],
        features=[FEATURE + name for name in features],
    )
    return export.to_rdf_triples(site.store.construct(text), form.ending)
