"""Versions of what people read, counted in the transaction of every change."""

from tortoise import migrations
from tortoise.migrations import operations as ops

from plumb_platform.database.ddl import VERSIONS, versioned
from plumb_platform.settings import PLATFORM_ROLE

READ = (
    "company",
    "org_unit",
    "org_unit_closure",
    "person",
    "role_assignment",
    "definition",
    "definition_version",
    "cycle",
    "goal",
    "goal_version",
    "plan",
    "plan_node",
    "letter",
    "letter_goal",
    "letter_signature",
    "snapshot",
    "audit_entry",
)
"""The tables behind answers that are kept until one of them changes; the platform role writes none of them."""

# An account that is closed takes its sessions and tokens with it, so that proving one of them proves the account.
ACCOUNT = [
    f"GRANT UPDATE (revoked_at) ON api_token TO {PLATFORM_ROLE}",
    """CREATE FUNCTION sec.close_account() RETURNS trigger LANGUAGE plpgsql SET search_path = public AS $$
       BEGIN
         UPDATE session SET revoked_at = clock_timestamp() WHERE account_id = NEW.id AND revoked_at IS NULL;
         UPDATE api_token t SET revoked_at = clock_timestamp() FROM membership m
         WHERE m.account_id = NEW.id AND t.tenant_id = m.tenant_id AND t.membership_id = m.id AND t.revoked_at IS NULL;
         RETURN NULL;
       END $$""",
    "CREATE TRIGGER account_closed AFTER UPDATE OF active ON account FOR EACH ROW WHEN (OLD.active AND NOT NEW.active) "
    "EXECUTE FUNCTION sec.close_account()",
]


class Migration(migrations.Migration):
    """Runs after the tables that it counts; dropping the counters would make kept answers stale."""

    dependencies = [("plumb", "0006_permission_matrix")]

    operations = [
        ops.RunSQL(VERSIONS),
        ops.RunSQL([sql for table in READ for sql in versioned(table)]),
        ops.RunSQL(ACCOUNT),
    ]
