"""The reference of what the product says, docs/reference.md: settings, permissions, roles, jobs and every error code."""

import argparse
import importlib
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path

from plumb_platform.errors import REGISTRY
from plumb_platform.permissions import DEFAULT_ROLES, Permission, Role, Scope
from plumb_platform.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT / "docs" / "reference.md"
PACKAGES = ("plumb_platform", "plumb_tenants", "plumb_schema", "plumb_workers", "plumb_server")
LEFT_OUT = ("plumb_server.cli", "plumb_tenants.migrations", "plumb_platform.documents.render_child")
HEADER = "# 参考 / Reference\n\n由 `make map` 根据代码生成。Made by `make map` from the code.\n"


def load_everything() -> None:
    """Import every module of the product, so that all that registers itself has done so."""
    for name in PACKAGES:
        package = importlib.import_module(name)
        for module in pkgutil.walk_packages(package.__path__, f"{name}."):
            if not module.name.startswith(LEFT_OUT):
                importlib.import_module(module.name)


def settings() -> Iterator[str]:
    """Yield the table of settings."""
    yield from ("## 设置 / Settings", "", "| 变量 / variable | 默认 / default | |", "|---|---|---|")
    for name, field in Settings.model_fields.items():
        default = "" if name == "secret_key" else field.default
        yield f"| `PLUMB_{name.upper()}` | `{default}` | {field.description or ''} |"


def permissions() -> Iterator[str]:
    """Yield the table of permissions with what each default role reaches."""
    roles = list(Role)
    yield from ("", "## 权限与默认角色 / Permissions and default roles", "")
    yield f"| | {' | '.join(role.value for role in roles)} |"
    yield "|---" * (len(roles) + 1) + "|"
    for permission in Permission:
        reach = [DEFAULT_ROLES[role].get(permission, Scope.NONE) for role in roles]
        yield f"| `{permission.value}` | {' | '.join(scope.name if scope else '' for scope in reach)} |"


def jobs() -> Iterator[str]:
    """Yield the list of job topics."""
    from plumb_workers.jobs import registered_jobs

    yield from ("", "## 后台任务 / Jobs", "", "| topic | |", "|---|---|")
    for topic, job in registered_jobs().items():
        yield f"| `{topic}` | {(job.handler.__doc__ or '').partition(chr(10))[0]} |"


def problems() -> Iterator[str]:
    """Yield the table of error codes."""
    yield from ("", "## 错误代码 / Error codes", "", "| code | kind | zh-CN | en |", "|---|---|---|---|")
    for code, error in sorted(REGISTRY.items()):
        if not error.__module__.startswith(PACKAGES):
            continue
        kind = error.__mro__[1].__name__
        texts = [text.replace("|", "\\|").replace("\n", " ") for text in (error.zh, error.en)]
        yield f"| `{code}` | {kind} | {texts[0]} | {texts[1]} |"


def written_reference() -> str:
    """Return the text of docs/reference.md as the code would have it."""
    load_everything()
    return "\n".join([HEADER, *settings(), *permissions(), *jobs(), *problems(), ""])


def main() -> int:
    """Write the reference, or say whether the one on disk is the one that would be written."""
    parser = argparse.ArgumentParser(description="docs/reference.md")
    wanted = parser.add_mutually_exclusive_group(required=True)
    wanted.add_argument("--write", action="store_true")
    wanted.add_argument("--check", action="store_true")
    if parser.parse_args().write:
        REFERENCE.write_text(written_reference(), encoding="utf-8")
        return 0
    if REFERENCE.exists() and REFERENCE.read_text(encoding="utf-8") == written_reference():
        return 0
    print("docs/reference.md 已过期，请运行 / is out of date, run: make map")
    return 1


if __name__ == "__main__":
    sys.exit(main())
