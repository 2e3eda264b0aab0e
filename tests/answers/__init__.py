"""Answers to the named queries, worked out from records and vocabularies without SPARQL.

One function a query, of the same name with underscores; it takes the query's parameters and
returns the columns it vouches for and the rows, in no order.
"""

from answers.claims import *  # noqa: F403
from answers.concepts import *  # noqa: F403
from answers.curation import *  # noqa: F403
from answers.estimates import *  # noqa: F403
from answers.harms import *  # noqa: F403
from answers.outcomes import *  # noqa: F403
from answers.publications import *  # noqa: F403
from answers.studies import *  # noqa: F403
