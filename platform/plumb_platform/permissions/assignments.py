"""Assignments of roles as conditions for SQL: for whom one is, and on which days it holds."""

TODAY = "(select ($1::timestamptz at time zone c.time_zone)::date as today from company c) d"


def _meets(a: str, p: str) -> str:
    return (
        f"({a}.person_id = {p}.id or {a}.grade = {p}.grade or {a}.position = {p}.position or {a}.unit_id in "
        f"(select ancestor_id from org_unit_closure where descendant_id = {p}.unit_id))"
    )


def _holds(a: str) -> str:
    return f"{a}.revoked_at is null and {a}.starts_on <= d.today and ({a}.ends_on is null or {a}.ends_on >= d.today)"


MEETS = _meets("a", "p")
"""The condition under which a role assignment `a` is for a person `p`."""
MET_BY = _meets("given", "p")
"""The same of an assignment `given`."""
_LENDER = f"""select from membership lm join person l on l.id = lm.person_id
  where lm.person_id = a.delegated_by and lm.active and (lm.roles ? a.role or l.active and exists (
    select from role_assignment b where b.role = a.role and b.delegated_by is null and {_holds("b")} and {_meets("b", "l")}))"""
IN_FORCE = f"{_holds('a')} and (a.delegated_by is null or exists ({_LENDER}))"
"""The condition under which a role assignment `a` holds on the day `d.today`; what is delegated, while its giver has it too."""
