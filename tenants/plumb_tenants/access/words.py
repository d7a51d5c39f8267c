"""The words that a matrix may use: permissions by resource and action, and the resources and fields that stand behind them."""

import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.util import find_spec

import plumb_platform
import plumb_tenants
from plumb_platform.permissions import Permission
from plumb_platform.resources import Resource, known_resources


@cache
def actions_by_resource() -> Mapping[str, frozenset[str]]:
    """Return the actions of each resource word that permissions have."""
    found: dict[str, frozenset[str]] = {}
    for permission in Permission:
        found[permission.resource] = found.get(permission.resource, frozenset()) | {permission.action}
    return found


def resources_of(word: str) -> tuple[Resource, ...]:
    """Return the types of object that a resource word stands for; none for acts that concern no rows."""
    _load_resources()
    return tuple(resource for resource in known_resources().values() if resource.name == word)


def fields_of(word: str) -> frozenset[str]:
    """Return the coordinates of all fields that a matrix may name for a resource word."""
    return frozenset().union(*(resource.fields for resource in resources_of(word)))


@cache
def _load_resources() -> None:
    """Import the `resources` module of every domain, so that all resources have registered themselves."""
    for room in (plumb_platform, plumb_tenants):
        for domain in pkgutil.iter_modules(room.__path__, f"{room.__name__}."):
            if domain.ispkg and find_spec(f"{domain.name}.resources"):
                import_module(f"{domain.name}.resources")
