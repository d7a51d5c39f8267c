"""Names and titles from before texts were taken as they are seen: composed (NFC), without what shows nothing at either end."""

from tortoise import migrations
from tortoise.migrations import operations as ops

_NAMES = (
    *(("alignment", "name"), ("customer", "name"), ("cycle", "name"), ("definition", "name"), ("goal", "title")),
    *(("org_unit", "name"), ("person", "name"), ("survey", "title"), ("task", "title"), ("unit_placement", "name")),
)
"""What people look for by filters. Keys and codes stay, for others refer to them by their bytes, and so does whatever is sealed,
hashed or frozen: it says what it said."""
_UNSEEN = "U&'\\00AD\\200B\\200C\\200D\\200E\\200F\\2060\\2061\\2062\\2063\\2064\\FEFF'"
_CHANGES = {"survey": " AND t.closed_at IS NULL"}
"""Which rows of a table may change at all; a trigger keeps the others from anybody."""
# A few characters are longer composed: what would not fit any more stays as it is.
BACKFILL = [
    ";\n".join(
        (
            f"DO $do$ BEGIN ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
            f"UPDATE {table} t SET {column} = s.seen FROM ("
            f"SELECT tenant_id, id, btrim(normalize({column}, NFC), {_UNSEEN}) AS seen FROM {table} "
            f"WHERE {column} IS NOT NFC NORMALIZED OR btrim({column}, {_UNSEEN}) <> {column}) s "
            f"WHERE t.tenant_id = s.tenant_id AND t.id = s.id AND s.seen <> '' AND length(s.seen) <= length(t.{column})"
            f"{_CHANGES.get(table, '')}",
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
            "END $do$",
        )
    )
    for table, column in _NAMES
]
"""Brings rows from before this migration up to date, a table at a time, each wholly or not at all; run again it changes nothing.

In one transaction it kept everybody from all ten tables until the last was read.
"""


class Migration(migrations.Migration):
    """Reads each of the tables once and writes only rows that differ; undone only by restoring a backup."""

    dependencies = [("plumb", "0063_closed_tickets")]
    atomic = False

    operations = [ops.RunSQL(BACKFILL)]
