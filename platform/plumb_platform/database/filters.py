"""Filters of the model layer, made for a field when it is first filtered by: made at once, they took 14 MB of every process."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from tortoise.filters import FilterInfoDict, get_filters_for_field
from tortoise.models import MetaInfo, ModelMeta

Made = dict[str, FilterInfoDict]


class FieldFilters(Mapping[str, FilterInfoDict]):
    """What a table may be filtered by: `title`, `title__in`, `title__gte` and the like, as Tortoise names them."""

    def __init__(self, meta: MetaInfo) -> None:
        self._meta = meta
        self._made: dict[str, Made] = {}

    def __getitem__(self, key: str) -> FilterInfoDict:
        return self._of(key.partition("__")[0])[key]

    def __iter__(self) -> Iterator[str]:
        names = ["pk", *self._meta.fields_db_projection]
        return (key for name in names for key in self._of(name))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _of(self, name: str) -> Made:
        made = self._made.get(name)
        if made is None:
            made = self._made[name] = self._make(name)
        return made

    def _make(self, name: str) -> Made:
        attribute = self._meta.pk_attr if name == "pk" else name
        column = self._meta.fields_db_projection.get(attribute)
        if column is None:
            return {}
        field = self._meta.fields_map[attribute]
        return {key: self._spoken(each) for key, each in get_filters_for_field(name, field, column).items()}

    def _spoken(self, filter_info: FilterInfoDict) -> FilterInfoDict:
        own: Any = self._meta.db.executor_class.get_overridden_filter_func(filter_info["operator"], filter_info)
        return {**filter_info, "operator": own} if own else filter_info


class TableMeta(ModelMeta):
    """Makes a table's class without the filters of its fields."""

    def __new__(cls, name: str, bases: tuple[type, ...], attrs: dict[str, Any]) -> ModelMeta:
        """Return the class."""
        table: Any = super().__new__(cls, name, bases, attrs)
        table._meta._filters = {}
        table._meta.filters = FieldFilters(table._meta)
        return cast(ModelMeta, table)
