import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
DRAW = [sys.executable, str(ROOT / "scripts" / "docs_map.py")]


def test_the_map_is_what_the_modules_say() -> None:
    checked = subprocess.run([*DRAW, "--check"], check=False, capture_output=True, text=True)
    assert (checked.returncode, checked.stdout) == (0, "")


def test_the_map_names_every_module_of_every_room() -> None:
    drawn = (ROOT / "docs" / "map.md").read_text(encoding="utf-8")
    for module in ("platform/plumb_platform", "tenants/plumb_tenants", "schema/plumb_schema", "workers/plumb_workers"):
        assert f"## {module}\n" in drawn
    assert "- `clock.py` The one source of time, replaceable in tests and demos." in drawn
