"""What people do with the directory: import it and read it. Other domains import this module and access.py only."""

from plumb_platform.sheets.lines import Fault
from plumb_tenants.people.as_of import PersonThen, UnitThen, people_as_of, units_as_of
from plumb_tenants.people.columns import COLUMNS, NUMBER_TITLES, UNIT_TITLES, read_names
from plumb_tenants.people.directory import (
    children_of_unit,
    count_people,
    find_person_by_number,
    get_person,
    get_unit,
    known_codes,
    known_numbers,
    list_people,
    list_units,
    people_by_id,
    people_of_unit,
    people_within,
    units_by_id,
    units_within,
)
from plumb_tenants.people.importing import ImportReport, import_people
from plumb_tenants.people.leaving import complete_handover, deactivate_person
from plumb_tenants.people.picking import Pickable, pickable_people
from plumb_tenants.people.placing import known_day
from plumb_tenants.people.records import Person, Unit
from plumb_tenants.people.staying import refuse_leavers
from plumb_tenants.people.stays import Spell, Stay, stays_in

__all__ = [
    "COLUMNS",
    "NUMBER_TITLES",
    "UNIT_TITLES",
    "Fault",
    "ImportReport",
    "Person",
    "PersonThen",
    "Pickable",
    "Spell",
    "Stay",
    "Unit",
    "UnitThen",
    "children_of_unit",
    "complete_handover",
    "count_people",
    "deactivate_person",
    "find_person_by_number",
    "get_person",
    "get_unit",
    "import_people",
    "known_codes",
    "known_day",
    "known_numbers",
    "list_people",
    "list_units",
    "people_as_of",
    "people_by_id",
    "people_of_unit",
    "people_within",
    "pickable_people",
    "read_names",
    "refuse_leavers",
    "stays_in",
    "units_as_of",
    "units_by_id",
    "units_within",
]
