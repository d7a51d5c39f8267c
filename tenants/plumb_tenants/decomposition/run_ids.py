"""Ids that follow from what a run splits, so that a rerun gives them again (C34); pure."""

from datetime import date
from uuid import UUID, uuid5

from plumb_tenants.decomposition.requests import RunMethod


def run_id(tenant_id: UUID, *, cycle_id: UUID, unit_id: UUID, metric: str, method: RunMethod) -> UUID:
    """Return the id of a run: the same annual goal of a unit by the same method is the same run."""
    return uuid5(tenant_id, f"run/{cycle_id}/{unit_id}/{method}/{metric}")


def plan_id(run: UUID, unit_id: UUID) -> UUID:
    """Return the id of the plan of a unit within a run."""
    return uuid5(run, f"plan/{unit_id}")


def node_id(plan: UUID, child_id: UUID) -> UUID:
    """Return the id of a child's node in a plan."""
    return uuid5(plan, f"node/{child_id}")


def week_id(node: UUID, week: date) -> UUID:
    """Return the id of a node's plan for the week that begins on a Monday."""
    return uuid5(node, f"week/{week}")


def goal_id(node: UUID) -> UUID:
    """Return the id of the goal that a node becomes."""
    return uuid5(node, "goal")
