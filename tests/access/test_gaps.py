"""Gaps of a company's own matrix are told to those who keep it (C56)."""

from collections import Counter

from plumb_platform.database import fetch, tenant_transaction
from plumb_tenants.access.service import tell_gaps
from support.companies import add_person
from support.matrices import Json, grant, matrix, published
from support.office import Office


def without_surveys() -> Json:
    """Return the shipped matrix without a word on surveys, as a company's own stands after an upgrade that brought them."""
    body = matrix()
    for role in body["roles"]:
        role["grants"] = [each for each in role["grants"] if each["resource"] != "survey"]
    return body


async def told(office: Office) -> int:
    async with tenant_transaction(office.company.system):
        return await tell_gaps(office.company.system)


async def test_those_who_keep_the_matrix_are_told_of_its_gaps_once_and_again_when_they_change(office: Office) -> None:
    chief = await add_person(office.company, "90", "人事总监", unit=office.above, roles=("hr",))
    assert await told(office) == 0
    await published(office.company.admin, without_surveys())
    assert [await told(office), await told(office)] == [3, 0]
    body = without_surveys()
    body["roles"][0]["grants"].append(grant("survey:read", "NONE"))
    await published(office.company.admin, body)
    assert [await told(office), await told(office)] == [3, 0]
    async with tenant_transaction(office.company.system):
        messages = await fetch("select person_id, membership_id, zh, en from message where kind = 'matrix.gaps' order by id")
        entries = await fetch("select after::text from audit_entry where action = 'matrix.gaps' order by number")
    # Two who keep the matrix are no employees: the administrator and HR. The auditor reads all roles and mends nothing.
    assert Counter(each["person_id"] for each in messages) == {chief.person_id: 2, None: 4}
    assert office.company.auditor.membership_id not in {each["membership_id"] for each in messages}
    assert messages[-1]["zh"] == (
        "权限矩阵未提到 2 项权限，因此无人可用：survey:answer、survey:write。请用 matrixGaps 查看全部，并授权或写明 NONE。"
    )
    assert messages[-1]["en"] == (
        "The matrix does not mention 2 permissions, so that nobody has them: survey:answer, survey:write. "
        "List them by matrixGaps, and grant each or say NONE."
    )
    assert [each["after"] for each in entries][1] == '{"told": 3, "permissions": ["survey:answer", "survey:write"]}'
