"""A crew whose workers do as they are told by the first word, and say on stdout that they are there: `python -m ... WORD`."""

import os
import signal
import sys
import time
from collections.abc import Callable

from plumb_platform.observability import configure_logging
from plumb_server import crew


def say(line: str) -> None:
    """Write a line by one call, so that no other's comes into it."""
    os.write(1, f"{line}\n".encode())


def work(_number: int, beat: Callable[[], None]) -> int:
    """Tell that this worker is there, then fail, stand still, or beat until SIGTERM, after which it takes a moment to end.

    One that is deaf goes on.
    """
    say(f"worker {os.getpid()}")
    if sys.argv[1] == "fail":
        return 1
    if sys.argv[1] == "never":
        return crew.NOT_STARTED
    ending: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: ending.append(number))
    beat()
    while not ending or sys.argv[1] == "deaf":
        if sys.argv[1] != "still":
            beat()
        time.sleep(0.05)
    time.sleep(0.3)
    say(f"ended {os.getpid()}")
    return 0


if __name__ == "__main__":
    configure_logging()
    crew.LOOK_SECONDS, crew.SILENT_LOOKS, crew.STOP_SECONDS = 0.2, 5, 2.0
    raise SystemExit(crew.ended_by(crew.Crew(work, int(sys.argv[2]), lambda: say("closed")).run()))
