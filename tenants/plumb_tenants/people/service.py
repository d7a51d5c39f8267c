"""What people do with the directory: import it and read it. Other domains import this module and access.py only."""

from plumb_tenants.people.directory import (
    children_of_unit,
    count_people,
    get_person,
    get_unit,
    known_codes,
    known_numbers,
    list_people,
    list_units,
    people_by_id,
    people_of_unit,
    units_by_id,
)
from plumb_tenants.people.importing import ImportReport, import_people
from plumb_tenants.people.reading import Fault
from plumb_tenants.people.records import Person, Unit

__all__ = [
    "Fault",
    "ImportReport",
    "Person",
    "Unit",
    "children_of_unit",
    "count_people",
    "get_person",
    "get_unit",
    "import_people",
    "known_codes",
    "known_numbers",
    "list_people",
    "list_units",
    "people_by_id",
    "people_of_unit",
    "units_by_id",
]
