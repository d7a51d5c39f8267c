"""Starts processes of the background that are warm: `python -m support.nursery`, told by lines of JSON, forks after the imports.

`{"start": "worker", "log": path}` answers the pid of a process that runs `plumb_workers.run worker`; `{"end": pid,
"signal": number}` answers how it ended.
"""

import json
import os
import sys
import traceback
from pathlib import Path

from plumb_workers import run


def main() -> None:
    """Do what each line says until there is none."""
    for line in sys.stdin:
        asked = json.loads(line)
        answer = started(asked["start"], asked["log"]) if "start" in asked else ended(asked["end"], asked["signal"])
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


def started(name: str, log: str) -> int:
    """Fork a process whose output goes to a file; return its pid."""
    if child := os.fork():
        return child
    with Path(log).open("ab") as output, Path(os.devnull).open("rb") as nothing:
        for number, file in enumerate((nothing, output, output)):
            os.dup2(file.fileno(), number)
    sys.argv = ["plumb_workers.run", name]
    code = 1
    try:
        run.main()
        code = 0
    except Exception:
        traceback.print_exc()
        raise
    finally:
        sys.stderr.flush()
        # Never back into the loop of the parent.
        os._exit(code)


def ended(pid: int, number: int) -> int:
    """Send a signal and return the exit code, or the negative number of the signal that ended the process."""
    os.kill(pid, number)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


if __name__ == "__main__":
    main()
