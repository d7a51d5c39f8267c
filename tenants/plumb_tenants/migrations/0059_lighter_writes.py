"""What every write to a goal pays beside its row: words are checked by one constant, and counters convert the company once."""

from tortoise import migrations
from tortoise.migrations import operations as ops

# PostgreSQL reads the expression of a CHECK anew for each statement that writes, and one with a constant for each word takes
# several times as long to read as one with a single array.
WORDS = {
    "goal": {
        "kind": "OBJECTIVE,KEY_RESULT,KPI,QUOTA",
        "aim": "REACH,MAINTAIN,REDUCE",
        "roll_up": "NONE,SUM,WEIGHTED,FORMULA",
    },
    "goal_progress": {"source": "CHECK_IN,METRIC,PARTS"},
    "submission": {"state": "DRAFT,SUBMITTED,IN_APPROVAL,RETURNED,APPROVED,REJECTED,WITHDRAWN"},
}


def _again(table: str, column: str, words: str) -> tuple[str, str]:
    name = f"{table}_{column}_check"
    return (
        f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}", '
        f"""ADD CONSTRAINT "{name}" CHECK ("{column}" = ANY ('{{{words}}}'::text[])) NOT VALID""",
        # Rows are looked through beside everybody's work; what is written meanwhile is checked already.
        f'ALTER TABLE "{table}" VALIDATE CONSTRAINT "{name}"',
    )


# plpgsql writes a text out and reads it in again to make a UUID of it, unless it is told to convert it.
COUNTERS = """DO $do$
DECLARE counter record;
BEGIN
  FOR counter IN SELECT p.oid FROM pg_proc p WHERE p.pronamespace = 'sec'::regnamespace AND p.prorettype = 'trigger'::regtype
    AND p.proname LIKE 'count\\_%'
  LOOP
    EXECUTE replace(pg_get_functiondef(counter.oid), $$'app.tenant', true), '');$$, $$'app.tenant', true), '')::uuid;$$);
  END LOOP;
END $do$"""


class Migration(migrations.Migration):
    """Each statement by itself, and each the same when it is run again; undone only by restoring a backup."""

    dependencies = [("plumb", "0058_change_at_once")]
    atomic = False

    operations = [
        ops.RunSQL(
            [*(sql for table, columns in WORDS.items() for each in columns.items() for sql in _again(table, *each)), COUNTERS]
        ),
    ]
