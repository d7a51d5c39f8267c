"""How the servers of the peers learn where the database is: by environment, so that they load nothing of the product."""

import os
from typing import Any

NAMES = ("host", "user", "password", "database")


def connection_of(url: str) -> dict[str, str]:
    """Return host, user, password and database of a role's URL."""
    from plumb_platform.database.connect import url_credentials

    known = url_credentials(url)
    return {name: str(known[name]) for name in NAMES}


def to_environment(url: str) -> dict[str, str]:
    """Return the environment for a role's URL."""
    return {f"BENCH_{name.upper()}": value for name, value in connection_of(url).items()}


def from_environment() -> dict[str, Any]:
    """Return what asyncpg and Tortoise connect by."""
    return {"port": 5432, **{name: os.environ[f"BENCH_{name.upper()}"] for name in NAMES}}
