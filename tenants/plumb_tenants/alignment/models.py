"""Tables of alignment: its rounds, proposals with their versions, values moved between them, and talks."""

from plumb_platform.database.models import AmountField, CreatedModel, fields


class Alignment(CreatedModel):
    """Goal setting for a cycle in three rounds, by a form; each round begins on its day or when somebody opens it."""

    cycle_id = fields.UUIDField()
    definition_version_id = fields.UUIDField()
    rules_version_id = fields.UUIDField(null=True)
    name = fields.CharField(max_length=120)
    round = fields.IntField(default=0)
    proposing_on = fields.DateField()
    levelling_on = fields.DateField()
    confirming_on = fields.DateField()
    closes_on = fields.DateField()
    opened_at = fields.DatetimeField(null=True)
    meeting_days_before = fields.DecimalField(max_digits=6, decimal_places=2, null=True)
    meeting_days_after = fields.DecimalField(max_digits=6, decimal_places=2, null=True)
    version = fields.IntField(default=1)
    created_by = fields.UUIDField(null=True)

    class Meta:
        table = "alignment"


class Proposal(CreatedModel):
    """What a person proposes for a metric in a cycle, as it stands: proposed, adjusted, and the goal that it became."""

    alignment_id = fields.UUIDField()
    cycle_id = fields.UUIDField()
    person_id = fields.UUIDField()
    unit_id = fields.UUIDField()
    metric_key = fields.CharField(max_length=60)
    product = fields.CharField(max_length=120)
    region = fields.CharField(max_length=120)
    number = fields.IntField(default=1)
    proposed = AmountField()
    adjusted = AmountField(null=True)
    adjusted_at = fields.DatetimeField(null=True)
    adjusted_by = fields.UUIDField(null=True)
    goal_id = fields.UUIDField(null=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "proposal"


class ProposalVersion(CreatedModel):
    """A value as its person proposed it, with the submission that says so; never changed."""

    proposal_id = fields.UUIDField()
    number = fields.IntField()
    proposed = AmountField()
    submission_id = fields.UUIDField()
    created_by = fields.UUIDField(null=True)

    class Meta:
        table = "proposal_version"


class ProposalMove(CreatedModel):
    """An amount that was moved from one proposal to a sibling; never changed."""

    alignment_id = fields.UUIDField()
    source_id = fields.UUIDField()
    target_id = fields.UUIDField()
    amount = AmountField()
    reason = fields.TextField()
    moved_by = fields.UUIDField(null=True)

    class Meta:
        table = "proposal_move"


class TalkTask(CreatedModel):
    """A talk that a flag asks of the direct manager, or of the unit's administrators where there is none."""

    proposal_id = fields.UUIDField()
    alignment_id = fields.UUIDField()
    flag = fields.CharField(max_length=8)
    value = AmountField()
    peer_mean = AmountField()
    person_id = fields.UUIDField()
    unit_id = fields.UUIDField()
    assignee_id = fields.UUIDField(null=True)
    state = fields.CharField(max_length=8)
    note = fields.TextField(null=True)
    closed_at = fields.DatetimeField(null=True)
    closed_by = fields.UUIDField(null=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "talk_task"
