"""The map of the house, docs/map.md: every module of the rooms with the first line of its docstring."""

import argparse
import ast
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MAP = ROOT / "docs" / "map.md"
PACKAGES = (
    "platform/plumb_platform",
    "platform/plumb_server",
    "platform/plumb_verify",
    "tenants/plumb_tenants",
    "schema/plumb_schema",
    "workers/plumb_workers",
    "frontend_templates/plumb_templates",
)
HEADER = (
    "# 准绳的地图 / The map of the house\n\n由 `make map` 根据各模块首行生成。Made by `make map` from the modules' first lines.\n"
)


def modules() -> Iterator[Path]:
    """Yield every module of the rooms, packages before what they hold; migrations are named by their package."""
    for package in PACKAGES:
        found = (
            path for path in (ROOT / package).rglob("*.py") if "migrations" not in path.parent.parts or path.name == "__init__.py"
        )
        yield from sorted(found, key=lambda path: (path.parent.parts, path.name != "__init__.py", path.name))


def first_line(module: Path) -> str:
    """Return the first line of a module's docstring, or nothing when it has none."""
    docstring = ast.get_docstring(ast.parse(module.read_text(encoding="utf-8"))) or ""
    return docstring.partition("\n")[0].strip()


def drawn_map() -> str:
    """Return the text of docs/map.md as the modules on disk would have it."""
    parts = [HEADER]
    for folder, members in groupby(modules(), key=lambda path: path.parent):
        lines = [f"- `{each.name}` {first_line(each)}" for each in members if each.name != "__init__.py"]
        package = folder / "__init__.py"
        about = [first_line(package)] if package.exists() else []
        parts.append("\n".join([f"## {folder.relative_to(ROOT)}", "", *about, *([""] if about and lines else []), *lines, ""]))
    return "\n".join(parts)


def main() -> int:
    """Write the map, or say whether the one on disk is the one that would be written."""
    parser = argparse.ArgumentParser(description="docs/map.md")
    wanted = parser.add_mutually_exclusive_group(required=True)
    wanted.add_argument("--write", action="store_true")
    wanted.add_argument("--check", action="store_true")
    if parser.parse_args().write:
        MAP.parent.mkdir(exist_ok=True)
        MAP.write_text(drawn_map(), encoding="utf-8")
        return 0
    if MAP.exists() and MAP.read_text(encoding="utf-8") == drawn_map():
        return 0
    print("docs/map.md 已过期，请运行 / is out of date, run: make map")
    return 1


if __name__ == "__main__":
    sys.exit(main())
