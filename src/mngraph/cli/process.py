"""How a command behaves as a process: complete output, an exit code, an end when a signal comes."""

from __future__ import annotations

import codecs
import contextlib
import errno
import io
import os
import signal
import sys
from collections.abc import Iterator
from types import FrameType
from typing import BinaryIO, NoReturn, cast

from mngraph.errors import MngraphError, OutputError, UsageError
from mngraph.visible import escape_controls

INTERNAL_ERROR = 70
"""The exit code of an error in mngraph itself (EX_SOFTWARE of sysexits.h)."""

ENDING_SIGNALS = ("SIGTERM", "SIGHUP")


class Terminated(BaseException):
    """A signal that ends the process; the exit code is 128 and its number, as shells have it."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.exit_code = 128 + number
        self.name = signal.Signals(number).name


class ClosedPipeError(OutputError):
    """The program that reads the output (head, less) has closed the pipe; there is no message."""


def prepare() -> None:
    """Make standard streams whole and signals heeded; call it once, before a command runs."""
    _hold_descriptors()
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115, PTH123
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
    if sys.stdout is None:  # every write to it fails, so that no command takes itself for done
        closed = os.open(os.devnull, os.O_RDONLY)
        sys.stdout = open(closed, "w", encoding="utf-8")  # noqa: SIM115, PTH123
    elif isinstance(getattr(sys.stdout, "buffer", None), io.RawIOBase):
        # PYTHONUNBUFFERED: a raw write may end after a part of the data without an error.
        whole = io.BufferedWriter(sys.stdout.buffer)
        sys.stdout = io.TextIOWrapper(whole, sys.stdout.encoding, sys.stdout.errors)
    for name in ENDING_SIGNALS:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, _terminate)


def _hold_descriptors() -> None:
    """Open the null device where a standard stream is closed, so that no file takes its number."""
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def _terminate(number: int, frame: FrameType | None) -> NoReturn:
    for name in (*ENDING_SIGNALS, "SIGINT"):  # nothing shall disturb the cleaning up
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    raise Terminated(number)


@contextlib.contextmanager
def standard_output(*, styled: bool = False) -> Iterator[BinaryIO]:
    """Yield standard output as a stream of bytes that never writes a part of what it is given.

    On a terminal, control characters are made visible: text of a graph must not steer it.

    Args:
        styled: whether control characters are our own, and are written unchanged.

    Raises:
        OutputError: it is closed, or not all could be written.
    """
    try:
        whole = _Whole(sys.stdout.buffer)
        if styled or not sys.stdout.isatty():
            yield cast("BinaryIO", whole)
        else:
            visible = _Visible(whole)
            yield cast("BinaryIO", visible)
            visible.finish()
        sys.stdout.flush()
    except BrokenPipeError as error:
        raise ClosedPipeError("the reader of the output has closed it") from error
    except OSError as error:
        if isinstance(error, OutputError) or error.errno is None or error.filename is not None:
            raise
        raise output_error(error) from error


class _Whole(io.RawIOBase):
    """A stream that writes all of what it is given, also to an unbuffered one."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream

    def writable(self) -> bool:
        """Return that it can be written to."""
        return True

    def write(self, data: bytes, /) -> int:  # type: ignore[override]
        """Write all of `data`."""
        rest = memoryview(data)
        while rest:
            written = self.stream.write(rest)
            if written is None:
                raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
            rest = rest[written:]
        return len(data)


class _Visible(io.RawIOBase):
    """A stream to a terminal that shows control characters as escapes."""

    def __init__(self, stream: _Whole) -> None:
        self.stream = stream
        self.decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
        self.held = ""

    def writable(self) -> bool:
        """Return that it can be written to."""
        return True

    def write(self, data: bytes, /) -> int:  # type: ignore[override]
        """Write UTF-8; a carriage return waits for what comes next."""
        text = self.held + self.decoder.decode(data)
        self.held = "\r" if text.endswith("\r") else ""
        self.stream.write(escape_controls(text.removesuffix("\r")).encode())
        return len(data)

    def finish(self) -> None:
        """Write what was held back."""
        rest = self.held + self.decoder.decode(b"", final=True)
        self.stream.write(escape_controls(rest).encode())


def output_error(error: OSError) -> OutputError:
    """Return what is wrong with standard output as an error of ours."""
    closed = error.errno == errno.EBADF
    why = "it is closed" if closed else error.strerror or str(error)
    return OutputError(f"cannot write to standard output: {why}")


def exit_code_of(error: BaseException) -> int:
    """Say on stderr, in one line, what ended a command, and return the exit code.

    An error of ours says what to mend. An error of the system that names a file is one of that
    file. Everything else is an error in mngraph.
    """
    if isinstance(error, BrokenPipeError):
        error = ClosedPipeError()
    if isinstance(error, ClosedPipeError):
        return error.exit_code
    if isinstance(error, Terminated):
        message, code = f"stopped by {error.name}", error.exit_code
    elif isinstance(error, MngraphError):
        message, code = str(error), error.exit_code
    elif isinstance(error, UnicodeEncodeError) and error.reason == "surrogates not allowed":
        message, code = "an argument holds bytes that are not UTF-8", UsageError.exit_code
    elif isinstance(error, OSError) and error.strerror:
        unnamed = output_error(error)
        named = f"{error.filename}: {error.strerror}"
        message, code = str(unnamed) if error.filename is None else named, unnamed.exit_code
    else:
        message, code = (
            f"internal error: {type(error).__name__}: {error} (this is a fault of mngraph: please "
            "report it with what mngraph --debug, put before the same command, prints)",
            INTERNAL_ERROR,
        )
    say(f"error: {' '.join(message.split())}")
    return code


def say(text: str) -> None:
    """Print a message for people, to stderr; that it cannot be read ends no command."""
    import click

    with contextlib.suppress(OSError):
        click.echo(escape_controls(text), err=True)


def leave(code: int) -> NoReturn:
    """End the process with an exit code.

    After an error it ends at once: a query that was given up may still run in its thread, and what
    standard output could not take would be tried again.
    """
    if code == 0:
        sys.exit(0)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)
