"""Who is signed in, as a page greets them: one request tells name and unit, or that there is no employee behind the account."""

from plumb_platform.database import Database
from support.asking import Ask
from support.companies import add_person, add_unit, make_company

VIEWER = "{ viewer { personId roles person { id name number unit { name } manager { name } } } }"


async def test_the_viewer_comes_with_their_own_person(database: Database, ask: Ask) -> None:
    company = await make_company()
    unit = await add_unit(company, "HN", "华南")
    manager = await add_person(company, "1", "陈华", unit=unit)
    employee = await add_person(company, "2", "张三", unit=unit, manager=manager)
    viewer = await ask(employee, VIEWER)
    assert viewer["person"] == {
        "id": viewer["personId"],
        "name": "张三",
        "number": "2",
        "unit": {"name": "华南"},
        "manager": None,
    }
    assert (await ask(company.admin, VIEWER))["person"] is None
