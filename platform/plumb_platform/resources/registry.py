"""The resources that a process knows, by the name of their type."""

from collections.abc import Mapping

from plumb_platform.resources.resource import Resource

_KNOWN: dict[str, Resource] = {}


def register(resource: Resource) -> Resource:
    """Make a resource known under its type's name and return it; raises TypeError when the name is taken."""
    if _KNOWN.setdefault(resource.type_name, resource) is not resource:
        raise TypeError(f"two resources are called {resource.type_name}")
    return resource


def resource_named(type_name: str) -> Resource:
    """Return the resource behind a type; raises KeyError."""
    return _KNOWN[type_name]


def known_resources() -> Mapping[str, Resource]:
    """Return all resources by the names of their types."""
    return _KNOWN
