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


def walk(cases: Sequence[tuple[Sequence[str], Mapping[str, str]]]) -> list[Walked]:
    """Run the words of each case under its PLUMB_ variables and no others."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PLUMB_")}
    environment |= {"NO_COLOR": "1", "COLUMNS": "400"}
    ran = subprocess.run(
        [sys.executable, "-W", "always", __file__],
        input=json.dumps(cases),
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=SECONDS,
    )
    return [Walked(*each) for each in json.loads(ran.stdout)]


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


if __name__ == "__main__":
    sys.stdout.write(json.dumps([_ran(words, variables) for words, variables in json.load(sys.stdin)]))
