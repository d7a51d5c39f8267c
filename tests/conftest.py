"""How the tests are collected and shared out; whoever runs them takes the fixtures of `support.fixtures`."""

import gc
from typing import Any

import pytest

from support.sharing import ByFileOrFolder, place_of

OBJECTS_PER_COLLECTION = 20_000


def pytest_configure(config: pytest.Config) -> None:
    """Load the fixtures, and the product with them, where tests run: not in the process that only shares them out."""
    gc.disable()
    if hasattr(config, "workerinput") or config.getoption("dist", "no") == "no":
        config.pluginmanager.import_plugin("support.fixtures")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the long ones."""
    items.sort(key=lambda item: place_of(item.path.parent.name))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFileOrFolder | None:
    """Keep together what shares what is dear to make."""
    return ByFileOrFolder(config, log) if config.getvalue("dist") == "loadfile" else None


def pytest_collection() -> None:
    """Look for no garbage while nothing but what stays is made."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Never look again through modules, schema and tests, which stay until the end; and seldom through what tests make."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_PER_COLLECTION)
    gc.enable()
