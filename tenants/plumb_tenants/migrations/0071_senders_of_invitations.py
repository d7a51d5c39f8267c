"""An invitation knows the member who sent it; those that were open before learn it from the audit chain."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

_SEEN = ("invitation", "audit_entry", "membership")
_SENT = """UPDATE invitation i SET sent_by = m.id FROM audit_entry e, membership m
   WHERE e.tenant_id = i.tenant_id AND e.action = 'member.invite' AND e.object_id = i.id
     AND m.tenant_id = i.tenant_id AND m.id::text = e.actor ->> 'membership' AND i.used_at IS NULL"""


class Migration(migrations.Migration):
    """Undone only by restoring a backup."""

    dependencies = [("plumb", "0070_discarded_runs")]

    operations = [
        ops.AddField(model_name="Invitation", name="sent_by", field=fields.UUIDField(null=True)),
        ops.RunSQL(
            [
                "ALTER TABLE invitation ADD FOREIGN KEY (tenant_id, sent_by) REFERENCES membership (tenant_id, id)",
                *(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY" for table in _SEEN),
                _SENT,
                *(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY" for table in _SEEN),
            ]
        ),
    ]
