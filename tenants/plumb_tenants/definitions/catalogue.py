"""Reading definitions: lists for callers, and the version that a domain's fact is made under or pinned to."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.clock import today
from plumb_platform.errors import NotFound
from plumb_platform.permissions import Permission, Scope, require
from plumb_tenants.company.service import get_company
from plumb_tenants.definitions.access import access_definition, access_version
from plumb_tenants.definitions.difference import Difference, diff
from plumb_tenants.definitions.kinds import kind_of
from plumb_tenants.definitions.models import Definition, DefinitionVersion
from plumb_tenants.definitions.rules import State, VersionNotPublished
