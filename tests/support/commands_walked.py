"""Many commands of `plumb`, one after the other, as `main` runs them in a process of their own, which this file is as a script.

A process each would import the product anew for each; in the process of the tests they would open its database beside them.
"""

import contextlib
import io
import json
import os
import subprocess
import sys
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

SECONDS = 300


@dataclass(frozen=True)
class Walked:
    """How a command ended and what it said; one that raised ended with -1 and its traceback."""

    code: int
    output: str
    errors: str


class Walker:
    """A process that runs commands one after the other, for as long as it is open."""

    def __enter__(self) -> "Walker":
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PLUMB_")}
        environment |= {"NO_COLOR": "1", "COLUMNS": "400"}
        command = [sys.executable, "-W", "always", __file__]
        self._process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=SECONDS)

    def walk(self, cases: Sequence[tuple[Sequence[str], Mapping[str, str]]]) -> list[Walked]:
        """Run the words of each case under its PLUMB_ variables and no others."""
        asked, answered = self._process.stdin, self._process.stdout
        assert asked is not None
        assert answered is not None
        asked.write(json.dumps(cases) + "\n")
        asked.flush()
        return [Walked(*each) for each in json.loads(answered.readline())]


def _ran(words: list[str], variables: dict[str, str]) -> tuple[int, str, str]:
    from plumb_server.cli import main

    for name in [name for name in os.environ if name.startswith("PLUMB_")]:
        del os.environ[name]
    os.environ.update(variables)
    output, errors = io.StringIO(), io.StringIO()
    code = 0
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
        try:
            main(words)
        except SystemExit as ended:
            code = int(ended.code or 0)
        except BaseException:  # noqa: BLE001 - what nobody told is what is looked for
            code = -1
            traceback.print_exc()
    return code, output.getvalue(), errors.getvalue()


def main() -> None:
    """Answer each line of cases with a line of how they ended."""
    told = sys.stdout
    for line in sys.stdin:
        told.write(json.dumps([_ran(words, variables) for words, variables in json.loads(line)]) + "\n")
        told.flush()


if __name__ == "__main__":
    main()
