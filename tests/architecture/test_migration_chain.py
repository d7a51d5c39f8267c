"""Each migration names the one before it: of two that wait for each other neither would be applied, and nothing would say so."""

from importlib import import_module
from itertools import pairwise
from pathlib import Path

from plumb_tenants import migrations


def test_migrations_follow_one_another_in_the_order_of_their_numbers() -> None:
    names = sorted(path.stem for path in Path(migrations.__path__[0]).glob("[0-9]*.py"))
    named = {name: import_module(f"{migrations.__name__}.{name}").Migration.dependencies for name in names}

    assert len(names) > 50
    assert len({name.partition("_")[0] for name in names}) == len(names)
    assert named == {names[0]: [], **{later: [("plumb", earlier)] for earlier, later in pairwise(names)}}
