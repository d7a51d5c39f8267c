"""Settings that nobody can go on with are named, in a line and without their value: it may be a secret."""

from collections.abc import Callable, Iterator

import pytest

from plumb_platform.database import Database
from plumb_platform.settings import Settings
from plumb_server.resources import child_environment
from support.commands_walked import Walked, Walker

Listed = Callable[[dict[str, str]], Walked]
"""Lists the companies under further PLUMB_ variables."""
SECRET = "the-secret-key-of-an-installation-2026"
NAME = "PLUMB_ACCEPTED_SECRET_KEYS"


@pytest.fixture(scope="module")
def listed(settings: Settings, database: Database) -> Iterator[Listed]:
    with Walker() as walker:
        yield lambda extra: walker.walk([(("company", "list"), child_environment(settings) | extra)])[0]


@pytest.mark.parametrize("given", [SECRET, f'"{SECRET}"', f'{{"old": "{SECRET}"}}', f'["{SECRET}", 1]', f'["{SECRET}"', "[null]"])
def test_accepted_keys_that_are_no_array_are_named_and_not_shown(listed: Listed, given: str) -> None:
    ended = listed({NAME: given})
    said = f'设置有误 / unfit setting {NAME}: Value error, not a JSON array of texts, as ["..."]\n'
    assert (ended.code, ended.output, ended.errors) == (2, "", said)


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        ({NAME: '["short"]'}, f"{NAME} must have at least 32 characters"),
        ({"PLUMB_SECRET_KEY": "short"}, "PLUMB_SECRET_KEY must have at least 32 characters"),
        ({"PLUMB_POOL_SIZE": SECRET}, "PLUMB_POOL_SIZE: Input should be a valid integer"),
        ({"PLUMB_TIMESTAMP_SERVERS": SECRET}, 'error parsing value for field "timestamp_servers"'),
    ],
)
def test_other_settings_are_told_so_too(listed: Listed, extra: dict[str, str], said: str) -> None:
    ended = listed(extra)
    assert (ended.code, ended.output) == (2, "")
    assert said in ended.errors
    assert "Traceback" not in ended.errors
    assert SECRET not in ended.errors


@pytest.mark.parametrize("blank", ["", "  ", "[]"])
def test_a_blank_list_accepts_no_other_key(listed: Listed, blank: str) -> None:
    ended = listed({NAME: blank})
    assert (ended.code, "Traceback" in ended.errors) == (0, False)
