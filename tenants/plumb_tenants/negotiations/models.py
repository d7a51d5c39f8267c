"""Tables of negotiations: tickets about goals, and ratings that do not say whose they are."""

from plumb_platform.database.models import AmountField, CreatedModel, TenantModel, fields


class NegotiationTicket(CreatedModel):
    """An employee's question about their own goal; `superior_id` is who has to answer now, `level` how far up that is.

    `closed_reason` says why its goal was withdrawn, where that ended it.
    """

    goal_id = fields.UUIDField()
    unit_id = fields.UUIDField()
    owner_id = fields.UUIDField()
    superior_id = fields.UUIDField()
    level = fields.IntField(default=1)
    state = fields.CharField(max_length=12)
    version = fields.IntField(default=1)
    target = AmountField()
    reason = fields.TextField()
    counter_target = AmountField(null=True)
    answer = fields.TextField(default="")
    answered_by = fields.UUIDField(null=True)
    answered_at = fields.DatetimeField(null=True)
    due_at = fields.DatetimeField()
    escalated_at = fields.DatetimeField(null=True)
    revision_id = fields.UUIDField(null=True)
    closed_reason = fields.TextField(null=True)

    class Meta:
        table = "negotiation_ticket"


class GoalRating(TenantModel):
    """One rating of a goal's version; it knows the day, and a mark that keeps its rater from rating twice."""

    goal_id = fields.UUIDField()
    goal_version_id = fields.UUIDField()
    rater_mark = fields.CharField(max_length=64)
    score = fields.IntField()
    rated_on = fields.DateField()
    ordinal = fields.IntField()

    class Meta:
        table = "goal_rating"
