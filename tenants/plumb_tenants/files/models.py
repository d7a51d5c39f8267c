"""The table of what the virus scan says of files that people brought."""

from plumb_platform.database.models import CreatedModel, fields


class FileScan(CreatedModel):
    """What the last scan said of a file that somebody brought: under which signatures, when, and what it found.

    `file_key` is the key of a stored file, or what a source calls the files within one of its rows; one that was never scanned
    has no row. `found_as` holds a file back (C92) unless somebody cleared that very finding (`cleared_as`); `found_in` names the
    fields of a body that it was found in, with commas between them. A removed file is destroyed, and stays so.
    """

    file_key = fields.CharField(max_length=200)
    signatures = fields.CharField(max_length=120)
    scanned_at = fields.DatetimeField()
    found_as = fields.CharField(max_length=80, null=True)
    found_in = fields.CharField(max_length=200, default="", db_default="")
    held_since = fields.DatetimeField(null=True)
    cleared_as = fields.CharField(max_length=80, null=True)
    cleared_at = fields.DatetimeField(null=True)
    cleared_reason = fields.TextField(null=True)
    removed_at = fields.DatetimeField(null=True)
    removed_reason = fields.TextField(null=True)
    version = fields.IntField(default=1, db_default=1)

    class Meta:
        table = "file_scan"
