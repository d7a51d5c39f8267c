from pathlib import Path

import pytest

from graphql import parse, print_ast
from plumb_server import sdl


def test_the_golden_sdl_is_that_of_the_code() -> None:
    assert sdl.GOLDEN.read_text(encoding="utf-8") == sdl.sdl()


def test_a_removed_field_is_named_as_breaking_and_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    golden = tmp_path / "schema.graphql"
    golden.write_text(sdl.sdl().replace("type Query {", "type Query {\n  gone: Int @signedIn\n"), encoding="utf-8")
    monkeypatch.setattr(sdl, "GOLDEN", golden)
    assert sdl.main(["--check"]) == 1
    assert "BREAKING FIELD_REMOVED: Field Query.gone was removed." in capsys.readouterr().out
    assert sdl.main(["--write"]) == 0
    assert sdl.main(["--check"]) == 0


def test_a_loosened_permission_fails_the_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    golden = tmp_path / "schema.graphql"
    golden.write_text(sdl.sdl().replace("): Node @signedIn", "): Node @public"), encoding="utf-8")
    monkeypatch.setattr(sdl, "GOLDEN", golden)
    assert sdl.main([]) == 1


def test_the_sdl_is_sorted() -> None:
    document = sdl.sorted_document(
        parse("type B { b(z: Int, a: Int): Int a: Int } union U = B | A enum E { Y X } type A { a: Int }")
    )
    text = print_ast(document)
    assert text.split() == [
        "type",
        "A",
        "{",
        "a:",
        "Int",
        "}",
        "type",
        "B",
        "{",
        "a:",
        "Int",
        "b(a:",
        "Int,",
        "z:",
        "Int):",
        "Int",
        "}",
        "enum",
        "E",
        "{",
        "X",
        "Y",
        "}",
        "union",
        "U",
        "=",
        "A",
        "|",
        "B",
    ]
