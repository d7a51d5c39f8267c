"""The judge keeps to itself which rules it loads: a worker's log would hold a company's matrix (C95)."""

import subprocess
import sys

ASKS = """
import logging, uuid
logging.basicConfig(level="INFO")
from plumb_platform.permissions.judge import verdict
from plumb_platform.permissions.rules import default_rules
print(len(verdict(uuid.uuid4(), default_rules(), frozenset({"company_admin", "hr"}))))
"""


def test_asking_what_roles_hold_writes_nothing_into_the_log() -> None:
    asked = subprocess.run([sys.executable, "-c", ASKS], capture_output=True, text=True, check=True)
    assert int(asked.stdout) > 20
    assert asked.stderr == ""
