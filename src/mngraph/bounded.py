"""Work that may take so much time and memory and no more, done in a process of its own.

The engine cannot be stopped once it runs, and it hangs or dies when it gets no more memory. So
bounded work runs in a copy of this process (`fork`), which shares the graph without reading it
again. This process looks how large the copy is, ends it when it takes too much time or memory,
passes on what it writes and returns, and says in one error how it ended.

Only Linux counts memory in the way that this needs. Elsewhere the work runs in a thread, which is
given up when its time is over, and there is no bound on memory.
"""

from __future__ import annotations

import _thread
import contextlib
import io
import os
import sys
import time
from collections.abc import Callable
from typing import BinaryIO, NamedTuple, NoReturn, TypeVar, cast

from mngraph.errors import MngraphError, QueryError, QueryMemoryError, QueryTimeoutError, UsageError

Answer = TypeVar("Answer")

_forking = _thread.allocate_lock()
"""Keeps a copy from holding the ends of pipes that another thread is about to close."""

LINUX = sys.platform == "linux"
GIB = 2**30
BLOCK = 2**16
"""How many bytes are taken from a pipe at once."""
GLANCE = 0.05
"""Seconds between two looks at how much memory a copy holds."""
COMPLAINTS = 4096
"""How many bytes of what the engine prints as it dies are read."""


class Bounds(NamedTuple):
    """What some work may take.

    Attributes:
        seconds: the time until it is given up; None waits for ever.
        gibibytes: the memory on top of what the process holds already; None is any amount.
    """

    seconds: float | None = None
    gibibytes: float | None = None

    def __bool__(self) -> bool:
        return self.seconds is not None or self.gibibytes is not None


def run(
    work: Callable[[BinaryIO], Answer], bounds: Bounds, stream: BinaryIO | None = None
) -> Answer:
    """Return what `work` returns, within bounds.

    Args:
        work: takes a stream to write to; its answer must be one that can be pickled.
        bounds: what it may take.
        stream: what `work` writes goes there as it comes.

    Raises:
        QueryTimeoutError: it took longer. The time that `stream` takes is not counted.
        QueryMemoryError: it needed more memory.
        QueryError: its process ended in another way.
        UsageError: this system cannot hold it to a bound on memory.

    >>> run(lambda stream: 6 * 7, Bounds(seconds=10))
    42
    """
    out = io.BytesIO() if stream is None else stream
    if not bounds:
        return work(out)
    if LINUX:
        return _in_child(work, bounds, out)
    if bounds.gibibytes is not None:
        raise UsageError("a bound on memory (--memory) is held on Linux only: leave it out")
    return _in_thread(lambda: work(out), bounds)


def _in_child(work: Callable[[BinaryIO], Answer], bounds: Bounds, stream: BinaryIO) -> Answer:
    """Run `work` in a copy of this process."""
    import signal

    opened: set[int] = set()
    before = _memory("self")
    try:
        with _forking:
            output, answer, life = os.pipe(), os.pipe(), os.pipe()
            complaints = os.memfd_create("complaints")
            opened.update((*output, *answer, *life, complaints))
            child = _fork()
            if child == 0:
                _be_child(work, bounds, (output[1], answer[1], complaints), life)
            for descriptor in (output[1], answer[1], life[0]):
                os.close(descriptor)
                opened.remove(descriptor)
        status = -1
        try:
            found = _taken(output[0], answer[0], stream, _Watch(child, before, bounds))
            _, status = os.waitpid(child, 0)
        finally:
            if status == -1:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
        if not found:
            raise _death(
                status, os.pread(complaints, COMPLAINTS, 0).decode(errors="replace"), bounds
            )
    finally:
        for descriptor in opened:
            os.close(descriptor)
    return cast("Answer", _answer(found, bounds))


def _fork() -> int:
    """Copy this process.

    Python warns where other threads run, for they may hold locks which nobody opens in the copy.
    The engine's own are idle here; with others the copy may hang at worst, until its time is over.
    """
    import warnings

    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, OSError, ValueError):
            stream.flush()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


class _Watch:
    """Looks whether a copy of this process keeps to its bounds."""

    def __init__(self, child: int, before: int, bounds: Bounds) -> None:
        self.child, self.bounds, self.left = child, bounds, bounds.seconds
        self.most = None if bounds.gibibytes is None else before + int(bounds.gibibytes * GIB)

    @property
    def pause(self) -> float | None:
        """Seconds until one has to look again; None for ever."""
        pauses = [self.left, None if self.most is None else GLANCE]
        return min((max(0, pause) for pause in pauses if pause is not None), default=None)

    def look(self, waited: float) -> None:
        """Take account of seconds that passed.

        Raises:
            QueryTimeoutError: the time is over.
            QueryMemoryError: the copy holds too much.
        """
        if self.left is not None:
            self.left -= waited
            if self.left <= 0:
                raise _too_late(self.bounds.seconds)
        if self.most is not None and _memory(str(self.child)) > self.most:
            raise _too_large(self.bounds.gibibytes)


def _memory(process: str) -> int:
    """Return how many bytes of its own a process holds (proc_pid_statm(5)); 0 if it is gone."""
    try:
        with open(f"/proc/{process}/statm") as pages:  # noqa: PTH123
            _, resident, shared, *_ = map(int, pages.read().split())
    except OSError:
        return 0
    return (resident - shared) * os.sysconf("SC_PAGE_SIZE")


def _taken(output: int, answer: int, stream: BinaryIO, watch: _Watch) -> bytes:
    """Return what comes in at `answer`; what comes in at `output` goes to the stream.

    Raises:
        QueryTimeoutError: it took too long; the time that the stream takes is not counted.
        QueryMemoryError: it took too much memory.
    """
    import select

    poll = select.poll()
    for descriptor in (output, answer):
        poll.register(descriptor, select.POLLIN)
    found, still_open, looked = bytearray(), {output, answer}, time.monotonic()
    waited = 0.0
    while still_open:
        began = time.monotonic()
        pause = watch.pause
        ready = poll.poll(None if pause is None else pause * 1000 + 1)
        now = time.monotonic()
        waited += now - began
        if not ready or now - looked >= GLANCE:
            watch.look(waited)
            looked, waited = now, 0.0
        for descriptor, _ in ready:
            data = os.read(descriptor, BLOCK)
            if not data:
                poll.unregister(descriptor)
                still_open.remove(descriptor)
            elif descriptor == output:
                stream.write(data)
            else:
                found += data
    return bytes(found)


def _be_child(
    work: Callable[[BinaryIO], Answer], bounds: Bounds, ends: tuple[int, int, int],
    life: tuple[int, int],
) -> NoReturn:  # fmt: skip
    """Do the work, send what comes of it, and end, whatever happens."""
    try:
        output, answer, complaints = ends
        os.dup2(complaints, 2)
        _end_with_parent(life)
        _be_quiet()
        _hold(bounds.gibibytes)
        try:
            with os.fdopen(output, "wb", BLOCK) as stream:
                sent = _packed(work(stream))
        except BaseException as error:
            sent = _packed(_Raised(_sendable(error)))
        with os.fdopen(answer, "wb") as pipe:
            pipe.write(sent)
    except BaseException as error:
        os.write(2, f"{type(error).__name__}: {error}\n".encode())
    finally:
        os._exit(0)


class _Raised(NamedTuple):
    """An error on its way to the parent."""

    error: BaseException


def _packed(result: object) -> bytes:
    """Return an answer or error as bytes; plain text needs no import."""
    if isinstance(result, str):
        return b"t" + result.encode()
    import pickle

    return b"p" + pickle.dumps(result, pickle.HIGHEST_PROTOCOL)


def _sendable(error: BaseException) -> BaseException:
    """Return an error, with its traceback as a note, as one that can be pickled."""
    if isinstance(error, MngraphError):
        return error
    import pickle
    import traceback

    note = "".join(traceback.format_exception(error))
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301
    except Exception:
        error = RuntimeError(f"{type(error).__name__}: {error}")
    error.add_note(note)
    return error


def _end_with_parent(life: tuple[int, int]) -> None:
    """End this process when the other end of a pipe closes, because its holder is dead."""

    def wait() -> None:
        os.read(life[0], 1)
        os._exit(1)

    os.close(life[1])
    _thread.start_new_thread(wait, ())


def _be_quiet() -> None:
    """Leave signals of the terminal to the parent, leave no core, and be first to go."""
    import resource
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:  # noqa: PTH123
        score.write("1000")  # a system or container without memory ends this process, no other


def _hold(gibibytes: float | None) -> None:
    """Let the kernel refuse this process twice its bound, which it could ask for at one stroke.

    It is no more than a stop behind the one that looks: an engine that is refused memory in the
    middle of its work may hang.
    """
    if gibibytes is None:
        return
    import resource

    with open("/proc/self/statm") as pages:  # noqa: PTH123
        held = int(pages.read().split()[5]) * resource.getpagesize()
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    most = held + int(2 * gibibytes * GIB)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def _answer(found: bytes, bounds: Bounds) -> object:
    """Return what the child's work returned, or raise what it raised."""
    if found.startswith(b"t"):
        return found[1:].decode()
    import pickle

    result = pickle.loads(memoryview(found)[1:])  # noqa: S301 (written by our own copy)
    if not isinstance(result, _Raised):
        return cast("object", result)
    if isinstance(result.error, MemoryError):
        raise _too_large(bounds.gibibytes) from result.error
    raise result.error


def _death(status: int, complaints: str, bounds: Bounds) -> QueryError:
    """Return in words how a child ended that sent no answer."""
    import signal

    number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    if "memory allocation" in complaints or "MemoryError" in complaints:
        return _too_large(bounds.gibibytes)
    if "overflowed its stack" in complaints or number == signal.SIGSEGV:
        return QueryError("the query is nested too deeply for the engine: write it flatter")
    if number == signal.SIGKILL:
        return QueryMemoryError(
            "the system ended the query, most likely for want of memory: narrow it, sort less, or "
            "set a lower bound with --memory"
        )
    how = (
        signal.Signals(number).name if number else f"exit code {os.waitstatus_to_exitcode(status)}"
    )
    reason = complaints.strip().rpartition("\n")[2]
    return QueryError(f"the engine gave up on the query ({how}): {reason or 'it says no more'}")


def _too_large(gibibytes: float | None) -> QueryMemoryError:
    size = "than there is" if gibibytes is None else f"than {gibibytes:g} GiB"
    return QueryMemoryError(
        f"the query needs more memory {size}: join less, sort or group fewer rows, or allow more "
        "with --memory"
    )


def _too_late(seconds: float | None) -> QueryTimeoutError:
    return QueryTimeoutError(f"the query was given up after {seconds or 0:g} s (--timeout)")


def _in_thread(work: Callable[[], Answer], bounds: Bounds) -> Answer:
    """Run `work` in a thread; after some seconds it is given up, but goes on until all ends."""
    import threading

    result: list[Answer] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            result.append(work())
        except BaseException as error:
            _let_go(error)
            failure.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(bounds.seconds)
    if thread.is_alive():
        raise _too_late(bounds.seconds)
    if failure:
        raise failure[0]
    return result[0]


def _let_go(error: BaseException | None) -> None:
    """Clear what the frames of an error hold: solutions must end in the thread that made them."""
    import traceback

    while error:
        traceback.clear_frames(error.__traceback__)
        error = error.__cause__ or error.__context__
