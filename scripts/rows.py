"""Where each row of the specification is proven, docs/rows.md: the tests whose docstrings name it."""

import argparse
import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TESTS, PAGE = ROOT / "tests", ROOT / "docs" / "rows.md"
ROW = re.compile(r"\b([CADN])(\d{1,2})\b(?: to \1(\d{1,2})\b)?")
"""A row as docstrings name it, `C34`, or several, `C34 to C36`."""
FAMILIES = {
    "D": "歧义的裁定 / Rules where the case studies are ambiguous",
    "C": "案例能力 / Capabilities of the case studies",
    "A": "通行能力 / What users of such a system also expect",
    "N": "独有能力 / What no other system has",
}
HEADER = (
    "# 各行由何处的测试证明 / Which tests prove which row\n\n"
    "由 `make map` 根据 `tests/` 的文档字符串生成。Made by `make map` from the docstrings in `tests/` that name a row.\n"
)


def docstrings(module: Path) -> Iterator[tuple[str, str]]:
    """Yield each docstring of a test module with the name of its test, empty for the module's own."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    yield "", ast.get_docstring(tree) or ""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield node.name, ast.get_docstring(node) or ""


def rows_named(text: str) -> Iterator[tuple[str, int]]:
    """Yield the rows that a text names as (family, number)."""
    for family, first, last in ROW.findall(text):
        yield from ((family, number) for number in range(int(first), int(last or first) + 1))


def places() -> dict[tuple[str, int], list[str]]:
    """Return for each row where it is named, modules before single tests of others."""
    found: dict[tuple[str, int], dict[str, None]] = defaultdict(dict)
    for module in sorted(TESTS.rglob("test_*.py")):
        path = module.relative_to(TESTS).as_posix()
        for name, text in docstrings(module):
            for row in (each for each in rows_named(text) if path not in found[each]):
                found[row][f"{path}::{name}" if name else path] = None
    return {row: sorted(found[row], key=lambda place: ("::" in place, place)) for row in found}


def drawn() -> str:
    """Return the text of docs/rows.md as the tests on disk would have it."""
    known, parts = places(), [HEADER]
    for family, title in FAMILIES.items():
        numbers = sorted(number for of, number in known if of == family)
        lines = [f"| {family}{each} | {', '.join(f'`{place}`' for place in known[family, each])} |" for each in numbers]
        parts.append("\n".join([f"## {title}", "", "| 行 / Row | 测试 / Tests |", "|---|---|", *lines, ""]))
    return "\n".join(parts)


def main() -> int:
    """Write the page, or say whether the one on disk is the one that would be written."""
    parser = argparse.ArgumentParser(description="docs/rows.md")
    wanted = parser.add_mutually_exclusive_group(required=True)
    wanted.add_argument("--write", action="store_true")
    wanted.add_argument("--check", action="store_true")
    if parser.parse_args().write:
        PAGE.write_text(drawn(), encoding="utf-8")
        return 0
    if PAGE.exists() and PAGE.read_text(encoding="utf-8") == drawn():
        return 0
    print("docs/rows.md 已过期，请运行 / is out of date, run: make map")
    return 1


if __name__ == "__main__":
    sys.exit(main())
