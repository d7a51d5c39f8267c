"""Tenant keys, row security, grants and immutability of the first tables."""

from tortoise import migrations
from tortoise.migrations import operations as ops

from plumb_platform.database.ddl import SECURITY_SCHEMA, frozen, platform_access, row_security, tenant_table
from plumb_platform.settings import APP_ROLE, PLATFORM_ROLE

APPEND = "select, insert"

IDENTITY = [
    f"GRANT SELECT, INSERT, UPDATE ON account, login_throttle TO {PLATFORM_ROLE}",
    f"GRANT DELETE ON login_throttle TO {PLATFORM_ROLE}",
    # The company's row is keyed by tenant_id itself; a new company is made by its own first transaction.
    *row_security("company"),
    f"GRANT SELECT, INSERT, UPDATE ON company TO {APP_ROLE}",
    *platform_access("company", "SELECT"),
    "CREATE UNIQUE INDEX company_key ON company (key, tenant_id)",
    *tenant_table("membership", references={"person_id": "person"}, unique=[["account_id"]]),
    "ALTER TABLE membership ADD FOREIGN KEY (account_id) REFERENCES account (id)",
    *platform_access("membership", "SELECT"),
    "CREATE INDEX ON membership (account_id)",
    *tenant_table("session", references={"membership_id": "membership"}, app="select"),
    *platform_access("session", "SELECT, INSERT, UPDATE"),
    "CREATE UNIQUE INDEX session_token ON session (token_hash, tenant_id)",
    *tenant_table("api_token", references={"membership_id": "membership"}),
    *platform_access("api_token", "SELECT, UPDATE (last_used_at)"),
    "CREATE UNIQUE INDEX api_token_hash ON api_token (token_hash, tenant_id)",
    *tenant_table("invitation", references={"person_id": "person"}),
    *platform_access("invitation", "SELECT"),
    "CREATE UNIQUE INDEX invitation_hash ON invitation (token_hash, tenant_id)",
    *tenant_table("role_permission", unique=[["role", "permission"]], app="select, insert, update, delete"),
]

GROUND = [
    *tenant_table("signing_key"),
    *tenant_table("counter", unique=[["name"]]),
    *tenant_table("audit_entry", unique=[["number"]], index=[["object_type", "object_id"]], app=APPEND),
    *frozen("audit_entry"),
    *row_security("audit_head"),
    f"GRANT SELECT, INSERT, UPDATE ON audit_head TO {APP_ROLE}",
    *tenant_table("outbox", unique=[["topic", "dedupe_key"]], index=[["created_at"]]),
    *platform_access(
        "outbox",
        "SELECT (tenant_id, id, topic, created_at, available_at, sent_at, tries, started_at, done_at, failed_at), "
        "UPDATE (sent_at, tries)",
    ),
    "CREATE INDEX outbox_due ON outbox (available_at) WHERE done_at IS NULL AND failed_at IS NULL",
    *tenant_table("idempotent_answer", unique=[["membership_id", "key"]], app="select, insert, delete"),
]

PEOPLE = [
    *tenant_table("org_unit", references={"parent_id": "org_unit"}, unique=[["code"]], index=[["parent_id"]]),
    *tenant_table(
        "org_unit_closure",
        references={"ancestor_id": "org_unit", "descendant_id": "org_unit"},
        unique=[["ancestor_id", "descendant_id"]],
        index=[["descendant_id"]],
        app="select, insert, delete",
    ),
    *tenant_table(
        "person",
        references={"unit_id": "org_unit", "manager_id": "person"},
        unique=[["number"]],
        index=[["unit_id"], ["manager_id"]],
    ),
]

CONFIGURED = [
    *tenant_table("definition", unique=[["kind", "key"]]),
    *tenant_table("definition_version", references={"definition_id": "definition"}, unique=[["definition_id", "number"]]),
    # A published version may only be archived (A1); any other change of it is refused, whoever asks.
    """CREATE FUNCTION sec.keep_published() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
       BEGIN
         IF TG_OP = 'DELETE' OR ROW(OLD.body, OLD.checksum, OLD.number, OLD.definition_id, OLD.published_at, OLD.author_id)
            IS DISTINCT FROM ROW(NEW.body, NEW.checksum, NEW.number, NEW.definition_id, NEW.published_at, NEW.author_id)
            OR NEW.state NOT IN ('PUBLISHED', 'ARCHIVED') OR (OLD.state = 'ARCHIVED' AND NEW.state <> 'ARCHIVED') THEN
           RAISE EXCEPTION 'a published definition version never changes' USING ERRCODE = '23001';
         END IF;
         RETURN NEW;
       END $$""",
    "CREATE TRIGGER definition_version_frozen BEFORE UPDATE OR DELETE ON definition_version FOR EACH ROW "
    "WHEN (OLD.state IN ('PUBLISHED', 'ARCHIVED')) EXECUTE FUNCTION sec.keep_published()",
]

GOALS = [
    *tenant_table("cycle", unique=[["code"]]),
    "ALTER TABLE cycle ADD CHECK (starts_on <= ends_on)",
    *tenant_table(
        "goal",
        references={"cycle_id": "cycle", "unit_id": "org_unit", "owner_id": "person", "parent_id": "goal"},
        index=[["cycle_id", "unit_id"], ["owner_id"], ["parent_id"]],
    ),
    *tenant_table("goal_version", references={"goal_id": "goal", "confirmed_by": "person"}, unique=[["goal_id", "number"]]),
    *frozen("goal_version", when="OLD.confirmed_at IS NOT NULL"),
    *tenant_table(
        "plan",
        references={
            "cycle_id": "cycle",
            "definition_version_id": "definition_version",
            "unit_id": "org_unit",
            "parent_goal_id": "goal",
        },
        index=[["cycle_id"]],
    ),
    *tenant_table(
        "plan_node",
        references={"plan_id": "plan", "unit_id": "org_unit", "person_id": "person", "goal_id": "goal"},
        unique=[["plan_id", "ordinal"]],
    ),
]

DOCUMENTS = [
    *tenant_table(
        "letter",
        references={
            "cycle_id": "cycle",
            "employee_id": "person",
            "manager_id": "person",
            "unit_id": "org_unit",
            "definition_version_id": "definition_version",
            "signing_key_id": "signing_key",
            "superseded_by": "letter",
        },
        unique=[["number"]],
        index=[["employee_id"], ["state"]],
    ),
    *platform_access("letter", "SELECT (tenant_id, id, verify_code, file_sha256, state)"),
    "CREATE UNIQUE INDEX letter_verify_code ON letter (verify_code, tenant_id)",
    "CREATE INDEX letter_file ON letter (file_sha256)",
    # What people sign is fixed when the letter is issued, and its file when it is sealed.
    """CREATE FUNCTION sec.keep_letter() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
       BEGIN
         IF TG_OP = 'DELETE'
            OR ROW(OLD.number, OLD.employee_id, OLD.manager_id, OLD.content, OLD.canonical, OLD.canonical_sha256, OLD.verify_code)
            IS DISTINCT FROM
            ROW(NEW.number, NEW.employee_id, NEW.manager_id, NEW.content, NEW.canonical, NEW.canonical_sha256, NEW.verify_code)
            OR (OLD.file_sha256 IS NOT NULL AND ROW(OLD.file_key, OLD.file_sha256, OLD.sealed_at, OLD.signing_key_id)
            IS DISTINCT FROM ROW(NEW.file_key, NEW.file_sha256, NEW.sealed_at, NEW.signing_key_id)) THEN
           RAISE EXCEPTION 'the content of a letter never changes' USING ERRCODE = '23001';
         END IF;
         RETURN NEW;
       END $$""",
    "CREATE TRIGGER letter_frozen BEFORE UPDATE OR DELETE ON letter FOR EACH ROW EXECUTE FUNCTION sec.keep_letter()",
    *tenant_table(
        "letter_goal",
        references={"letter_id": "letter", "goal_id": "goal", "goal_version_id": "goal_version"},
        unique=[["letter_id", "goal_id"]],
        index=[["goal_id"]],
        app=APPEND,
    ),
    *frozen("letter_goal"),
    *tenant_table(
        "letter_signature",
        references={"letter_id": "letter", "person_id": "person", "membership_id": "membership"},
        unique=[["letter_id", "role"]],
        app=APPEND,
    ),
    *frozen("letter_signature"),
    *tenant_table("snapshot", unique=[["number"], ["kind", "period"]], app=APPEND),
    *frozen("snapshot"),
    *platform_access("snapshot", "SELECT (tenant_id, kind, period)"),
    *tenant_table(
        "snapshot_row",
        references={"snapshot_id": "snapshot", "goal_id": "goal"},
        unique=[["snapshot_id", "ordinal"]],
        app=APPEND,
    ),
    *frozen("snapshot_row"),
]


class Migration(migrations.Migration):
    """Runs after the tables exist; it has no way back, because undoing row security is never wanted."""

    dependencies = [("plumb", "0001_tables")]

    operations = [
        ops.RunSQL(SECURITY_SCHEMA),
        ops.RunSQL(PEOPLE),
        ops.RunSQL(IDENTITY),
        ops.RunSQL(GROUND),
        ops.RunSQL(CONFIGURED),
        ops.RunSQL(GOALS),
        ops.RunSQL(DOCUMENTS),
    ]
