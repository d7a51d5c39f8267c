"""Tables of surveys. Who answered and what was answered share no key, no time and no order, so that no row tells whose it is."""

from typing import Any
from uuid import uuid4

from plumb_platform.database.models import CreatedModel, TenantModel, fields


class Survey(CreatedModel):
    """Questions of a form, with the figure that is made of the answers; frozen by a trigger once it is closed."""

    definition_version_id = fields.UUIDField()
    about_version_id = fields.UUIDField(null=True)
    kind = fields.CharField(max_length=16)
    title = fields.CharField(max_length=120)
    opens_on = fields.DateField()
    closes_on = fields.DateField()
    score_field = fields.CharField(max_length=40, null=True)
    correct = fields.JSONField[dict[str, list[Any]]]()
    minimum = fields.IntField()
    respondents = fields.IntField(null=True)
    value = fields.DecimalField(max_digits=6, decimal_places=1, null=True)
    closed_at = fields.DatetimeField(null=True)
    version = fields.IntField(default=1)
    created_by = fields.UUIDField(null=True)

    class Meta:
        table = "survey"


class SurveyParticipant(TenantModel):
    """That a person has answered, and nothing else; ids are random, because ordered ones would tell when."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    survey_id = fields.UUIDField()
    person_id = fields.UUIDField()

    class Meta:
        table = "survey_participant"


class SurveyAnswer(TenantModel):
    """What somebody answered, and not who; there is no way to read one alone."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    survey_id = fields.UUIDField()
    values = fields.JSONField[dict[str, Any]]()

    class Meta:
        table = "survey_answer"
