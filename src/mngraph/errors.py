"""The exception tree: every error a caller may meet, with its exit code."""

from __future__ import annotations

from pathlib import Path


class MngraphError(Exception):
    """Something mngraph cannot do; the message says what, where, and how to mend it.

    >>> import mngraph
    >>> try:
    ...     mngraph.load("no-such-file.ttl")
    ... except mngraph.MngraphError as error:
    ...     error.exit_code
    4
    """

    exit_code = 3


class UsageError(MngraphError, ValueError):
    """A name, parameter or option that does not exist or does not fit (exit code 2)."""

    exit_code = 2


class WrongKindError(UsageError):
    """A concept named where one of another kind is asked for; `kinds` are those of `text`.

    >>> error = WrongKindError("'PRP' is a modality", "PRP", ("modality",))
    >>> str(error), error.text, error.kinds
    ("'PRP' is a modality", 'PRP', ('modality',))
    """

    def __init__(self, message: str, text: str, kinds: tuple[str, ...]) -> None:
        super().__init__(message, text, kinds)
        self.message, self.text, self.kinds = message, text, kinds

    def __str__(self) -> str:
        return self.message


class RecordError(MngraphError, ValueError):
    """A study record cannot be read; `path`, `line` and `reason` say where and why.

    The line is 0 where the whole file or folder is meant; the message then names no line.

    >>> str(RecordError("data/studies/x.yaml", 12, "unknown key `sesions`"))
    'data/studies/x.yaml:12: unknown key `sesions`'
    """

    def __init__(self, path: str | Path, line: int, reason: str) -> None:
        super().__init__(path, line, reason)
        self.path, self.line, self.reason = path, line, reason

    def __str__(self) -> str:
        return f"{self.path}:{f'{self.line}:' if self.line else ''} {self.reason}"


class GraphSyntaxError(MngraphError, ValueError):
    """An RDF file that does not follow its syntax; the message names line and column."""


class UnrepresentableError(MngraphError, ValueError):
    """Data that the chosen format cannot hold; the message names it, and formats that can."""


class QueryError(MngraphError, ValueError):
    """A query that cannot be parsed or run; the message names the position."""


class QueryTimeoutError(QueryError):
    """A query that did not end within the time it was given."""


class QueryMemoryError(QueryError):
    """A query that needed more memory than it was given."""


class SynthesisError(MngraphError, ValueError):
    """Numbers that cannot be pooled; the message says why."""


class LocationError(MngraphError, OSError):
    """A graph location that cannot be reached or opened (exit code 4)."""

    exit_code = 4


class CutAnswerError(LocationError):
    """An endpoint that sent only the first rows of an answer; `most` is how many it sends."""

    def __init__(self, message: str, most: int) -> None:
        super().__init__(message)
        self.most = most


class OutputError(MngraphError, OSError):
    """A target that cannot be written: no such folder, no permission, disk full (exit code 4)."""

    exit_code = 4


class MissingExtraError(MngraphError, ImportError):
    """A feature whose optional dependency is not installed; the message names the extra."""

    exit_code = 2


class NotConformingError(MngraphError):
    """Data that does not conform to the shapes (exit code 1)."""

    exit_code = 1


class NoStudiesError(MngraphError, ValueError):
    """A graph that holds no studies was asked about studies."""
