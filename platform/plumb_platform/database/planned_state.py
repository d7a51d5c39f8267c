"""Planning migrations in time that grows with their number: Tortoise draws every model anew before each operation."""

from functools import cached_property
from typing import Any

from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.graph import MigrationKey
from tortoise.migrations.schema_generator.state import ModelState, State
from tortoise.migrations.schema_generator.state_apps import StateApps
from tortoise.models import Model


class PlannedExecutor(MigrationExecutor):
    """An executor whose state draws a model when it changes, and an earlier state only when an operation looks at it."""

    async def _project_state(self, applied: set[MigrationKey], *, upto: MigrationKey | None = None) -> State:
        """Replay what is applied on a state of ours, which Tortoise then carries through the plan."""
        connections = {name: config.get("default_connection", "default") for name, config in self.loader.apps_config.items()}
        state = PlannedState(models={}, apps=PlannedApps(default_connections=connections))
        for key in self._full_plan():
            if key not in applied:
                continue
            if key == upto:
                break
            migration = self.loader.graph.nodes[key]
            if migration is None:
                raise ValueError(f"{key} is applied and has no file")
            await migration.apply(state, dry_run=True, schema_editor=None)
        return state


class PlannedState(State):
    """The state as it is now."""

    def clone(self) -> State:
        """Return what the state is now, to be drawn when somebody asks for its models."""
        return EarlierState({key: model.clone() for key, model in self.models.items()}, self.apps)


class EarlierState(State):
    """The state before an operation; most operations never look at it."""

    def __init__(self, models: dict[tuple[str, str], ModelState], later: StateApps) -> None:
        self.models = models
        self._later = later

    @cached_property
    def apps(self) -> StateApps:  # type: ignore[override]  # a field of the dataclass that it stands in for
        """Return the models as they were."""
        return self._later.clone(model_states=self.models)


class PlannedApps(StateApps):
    """Models that are finished once: one that changes is a new class."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._finished: set[type[Model]] = set()

    def _build_initial_querysets(self) -> None:
        waiting = self.apps
        fresh = {
            label: {name: model for name, model in models.items() if model not in self._finished}
            for label, models in waiting.items()
        }
        self.apps = fresh
        try:
            super()._build_initial_querysets()
        finally:
            self.apps = waiting
        self._finished.update(model for models in fresh.values() for model in models.values() if model._meta._inited)
