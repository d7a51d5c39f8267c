"""One company for all tests that only read: the product beside the oracle, and callers of every kind."""

from random import Random

import pytest

from plumb_platform.database import Database
from plumb_schema.ground.context import Ground
from plumb_schema.ground.engine import Engine
from support.filled_company import fill_company
from support.naive.execution import Oracle
from support.naive.random_rows import add_random_rows, add_random_units
from support.naive.wide import wide_engine
from support.naive.world import Asked, World


@pytest.fixture(scope="session")
def oracle() -> Oracle:
    """Return the oracle's own schema."""
    return Oracle()


@pytest.fixture(scope="session")
def engine(product_engine: Engine) -> Engine:
    """Return the product's engine, for documents of any size."""
    return wide_engine(product_engine)


@pytest.fixture(scope="session")
async def asked(database: Database, ground: Ground, engine: Engine, oracle: Oracle) -> Asked:
    """Fill a company, add random rows, load it for the oracle."""
    filled = await fill_company("读取测试公司")
    company, source = filled.company, Random(20)
    await add_random_units(company, source, 8)
    await add_random_rows(company, source)
    world = await World(ground, engine, oracle, company.system).load()
    actors = {
        "admin": filled.caller,
        "hr": company.hr,
        "auditor": company.auditor,
        "manager": filled.manager,
        "employee": filled.south.representatives[1],
        "owner": filled.south.representatives[0],
    }
    return Asked(world, filled, {name: (actor, await world.held(actor)) for name, actor in actors.items()})
