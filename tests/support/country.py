"""华南 split through all its levels by two templates of equal weights, for tests of runs."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from plumb_platform.database import fetch, tenant_transaction
from plumb_schema.ground.ids import encode_id
from plumb_tenants.decomposition.models import PlanRun
from plumb_tenants.decomposition.service import RunRequest, start_run
from support.decomposition_made import work_off
from support.south import PEOPLE_BODY, UNITS_BODY, South, make_south, published_template

EQUAL = [{"key": "equal", "name": "平均", "weight": "100.00", "source": "1"}]
TOTAL = Decimal("30000000.00")


@dataclass(frozen=True)
class Country:
    """华南 with its provinces, of which only Guangdong has people, and two templates of equal weights."""

    south: South
    units: UUID
    people: UUID

    def request(self, **changes: Any) -> RunRequest:
        asked: dict[str, Any] = {
            "cycle_id": self.south.cycle,
            "unit_id": self.south.unit,
            "units_version_id": self.units,
            "people_version_id": self.people,
            "total": TOTAL,
        }
        return RunRequest(**asked | changes)

    def asked(self, **changes: Any) -> dict[str, Any]:
        """Return what `startRun` is given for a run of 1,000.00."""
        given = {
            "cycleId": encode_id("Cycle", self.south.cycle),
            "unitId": encode_id("OrgUnit", self.south.unit),
            "unitsVersionId": encode_id("DefinitionVersion", self.units),
            "peopleVersionId": encode_id("DefinitionVersion", self.people),
            "total": "1000.00",
        }
        return given | changes

    async def run(self, **changes: Any) -> PlanRun:
        hr = self.south.company.hr
        async with tenant_transaction(hr):
            run = await start_run(hr, self.request(**changes))
        await work_off(hr, run.id)
        return await self.read(run.id)

    async def read(self, run_id: UUID) -> PlanRun:
        async with tenant_transaction(self.south.company.hr):
            return await PlanRun.get(id=run_id)

    async def nodes(self, run_id: UUID) -> list[dict[str, Any]]:
        async with tenant_transaction(self.south.company.hr):
            return await fetch(
                "select n.id, p.depth, n.unit_id, n.person_id, n.value, n.goal_id, p.id as plan_id from plan_node n "
                "join plan p on p.id = n.plan_id where p.run_id = $1 order by p.depth, n.ordinal",
                run_id,
            )


async def make_country() -> Country:
    """Make a company of this kind."""
    south = await make_south()
    units = await published_template(south.company, "run-units", UNITS_BODY | {"factors": EQUAL})
    people = await published_template(south.company, "run-people", PEOPLE_BODY)
    return Country(south, units, people)
