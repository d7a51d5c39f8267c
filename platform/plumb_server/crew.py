"""Processes forked from one that has loaded everything: watched, started again when they die or fall silent, ended together."""

import ctypes
import mmap
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from plumb_platform.observability import get_logger

log = get_logger(__name__)
ENDING = frozenset({signal.SIGTERM, signal.SIGINT})
AWAITED = frozenset({signal.SIGCHLD, *ENDING})
LOOK_SECONDS = 1.0
SILENT_LOOKS, STARTING_LOOKS = 30, 120
"""So many looks without a beat end a worker, as a failing probe ends the process of an API that has one; without a first beat."""
STEADY_SECONDS = 10.0
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 15.0
STOP_SECONDS = 18.0
"""Longer than a worker finishes what is under way, and shorter than whoever started us waits (`processes.STOP_SECONDS`)."""
NOT_STARTED = 3
"""Exit code of an API that could not start, as uvicorn has it."""
_PR_SET_PDEATHSIG = 1
Work = Callable[[int, Callable[[], None]], int]
"""What a worker does: given its number, from 0, and what it calls about once a second; returns its exit code."""


@dataclass(slots=True)
class Seat:
    """A place for one worker: who sits there, since when, and how often in a row somebody did not stay."""

    pid: int = 0
    since: float = 0.0
    due: float = 0.0
    falls: int = 0
    beats: int = 0
    silent: int = 0

    def fell(self, now: float) -> float:
        """Note that the worker died; return after how many seconds another one takes its place: longer and longer."""
        self.falls = self.falls + 1 if now - self.since < STEADY_SECONDS else 0
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (self.falls - 1)) if self.falls else 0.0
        self.pid, self.due = 0, now + pause
        return pause

    def looked(self, beats: int) -> bool:
        """Note how often the worker has beaten until now; return whether it has been silent for too long."""
        self.silent = 0 if beats != self.beats else self.silent + 1
        self.beats = beats
        return self.silent >= (SILENT_LOOKS if beats else STARTING_LOOKS)


class Crew:
    """Workers of one process, one in each seat; `close` is called once no more work is to be taken."""

    def __init__(self, work: Work, size: int, close: Callable[[], None]) -> None:
        self._work, self._close = work, close
        self._seats = [Seat() for _ in range(size)]
        self._beats = memoryview(mmap.mmap(-1, size * 8)).cast("Q")
        self._has_served = False

    def run(self) -> int | signal.Signals:
        """Keep the seats taken until SIGTERM or SIGINT, and return which; or return the exit code of what never began."""
        with _awaited() as mask:
            received = self._watch(mask)
            self._stop()
        return received

    def _watch(self, mask: set[int]) -> int | signal.Signals:
        look = time.monotonic()
        while True:
            now = time.monotonic()
            for number, seat in enumerate(self._seats):
                if not seat.pid and now >= seat.due:
                    self._fill(number, mask)
            told = signal.sigtimedwait(AWAITED, LOOK_SECONDS / 4)
            if told is not None and told.si_signo in ENDING:
                return signal.Signals(told.si_signo)
            if any(self._has_left(number, status) for number, status in self._ended()):
                return NOT_STARTED
            # What stood still with all its workers counts no silence: each look is at least so long behind the last one.
            if time.monotonic() >= look:
                look = time.monotonic() + LOOK_SECONDS
                self._look()

    def _fill(self, number: int, mask: set[int]) -> None:
        seat, parent = self._seats[number], os.getpid()
        self._beats[number], seat.since, seat.beats, seat.silent = 0, time.monotonic(), 0, 0
        try:
            pid = os.fork()
        except OSError as error:
            log.error("a worker cannot be started", worker=number, reason=error.strerror, seconds=seat.fell(seat.since))  # noqa: TRY400 - no traceback
            return
        if not pid:
            self._sit(number, parent, mask)
        seat.pid = pid

    def _sit(self, number: int, parent: int, mask: set[int]) -> None:
        """Never return: what the fork has inherited of its parent's work is not its own to go on with."""
        code = 1
        try:
            _end_with_parent(parent)
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            code = self._work(number, lambda: self._beat(number))
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 1
        except BaseException:
            log.exception("a worker failed", worker=number)
        finally:
            os._exit(code)

    def _beat(self, number: int) -> None:
        self._beats[number] += 1

    def _ended(self) -> Iterator[tuple[int, int]]:
        """Yield the seat and the exit status of each worker that has ended."""
        while any(seat.pid for seat in self._seats):
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            for number, seat in enumerate(self._seats):
                if seat.pid == pid:
                    yield number, os.waitstatus_to_exitcode(status)

    def _has_left(self, number: int, status: int) -> bool:
        """Note that a worker has ended; return whether none has ever served, so that another one would not either."""
        seat = self._seats[number]
        self._has_served = self._has_served or any(self._beats)
        pid, pause = seat.pid, seat.fell(time.monotonic())
        if status == NOT_STARTED and not self._has_served:
            return True
        log.error("a worker died and is started again", worker=number, pid=pid, status=status, seconds=pause)
        return False

    def _look(self) -> None:
        for number, seat in enumerate(self._seats):
            if seat.pid and seat.looked(self._beats[number]):
                log.error("a worker has stood still and is ended", worker=number, pid=seat.pid)
                os.kill(seat.pid, signal.SIGKILL)

    def _stop(self) -> None:
        """Have every worker finish what it does, then make sure that all are gone."""
        self._close()
        for seat in self._seats:
            if seat.pid:
                os.kill(seat.pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while any(seat.pid for seat in self._seats):
            for number, _ in self._ended():
                self._seats[number].pid = 0
            if time.monotonic() >= deadline:
                _kill(seat.pid for seat in self._seats if seat.pid)
            signal.sigtimedwait({signal.SIGCHLD}, LOOK_SECONDS / 4)
        while signal.sigtimedwait(ENDING, 0) is not None:
            pass  # who asked for the end once more has it, and cuts nothing off that is put away behind it


def ended_by(received: int | signal.Signals) -> int:
    """Raise the signal that ended a crew anew, once nothing is left to put away; return any other exit code."""
    if isinstance(received, signal.Signals):
        signal.raise_signal(received)
        return 0
    return received


def _kill(pids: Iterator[int]) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


def _end_with_parent(parent: int) -> None:
    """Be sent SIGTERM when the parent is killed (prctl(2)), so that nobody serves whom no one watches or stops."""
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is not None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(1)


@contextmanager
def _awaited() -> Iterator[set[int]]:
    """Have signals wait until they are asked for; yield the mask that stood before, which the workers get back.

    Whoever started us may have had SIGCHLD ignored, and then nobody would be told of a worker that died (sigaction(2)).
    """
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    before: set[int] = signal.pthread_sigmask(signal.SIG_BLOCK, AWAITED)
    try:
        yield before
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
