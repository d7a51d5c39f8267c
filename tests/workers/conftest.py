"""What the tests of workers share: processes of the background that may be killed."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from plumb_platform.settings import Settings
from support.background import Background
from support.warm_background import WarmBackground


@pytest.fixture
def background(settings: Settings, font_cache: Path) -> Iterator[Background]:
    with tempfile.TemporaryDirectory(prefix="plumb-") as folder:
        (Path(folder) / "fonts").symlink_to(font_cache)
        made = WarmBackground(Path(folder), settings)
        try:
            yield made
        finally:
            made.stop()
