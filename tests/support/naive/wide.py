"""The product's engine for documents of any size; engines of one schema share what is read of them."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace

from graphql import GraphQLSchema
from plumb_schema.ground.documents import Documents, Prepared
from plumb_schema.ground.engine import Engine
from plumb_schema.ground.limits import Limits

WIDE = Limits(cost=10**9, fields=10**6, aliases=10**6, repeats=10**6, depth=100, tokens=10**6, characters=10**7, definitions=1000)
"""What one document may hold is tested elsewhere."""
REMEMBERED = 1_000
"""More than the documents that two worlds are asked by, one after the other."""


class WideDocuments(Documents):
    """Documents that are parsed and validated once for all engines that share `read`, which no row of a company can change.

    What an engine makes of a document, its variables and plans, each makes for itself.
    """

    def __init__(self, schema: GraphQLSchema, read: OrderedDict[str, Prepared]) -> None:
        super().__init__(schema, WIDE)
        self._read = read

    def _prepare(self, text: str, variables: Mapping[str, object], anonymous: bool) -> Prepared:
        found = None if anonymous else self._read.get(text)
        if found is None:
            found = self._read[text] = super()._prepare(text, variables, anonymous)
            if len(self._read) > REMEMBERED:
                self._read.popitem(last=False)
        return replace(found, size=self._meter(found.document, variables).total(), kept={})


def wide_engine(engine: Engine) -> Engine:
    """Return an engine of the same schema that takes documents of any size."""
    made = Engine(engine.schema, WIDE)
    read = engine._documents._read if isinstance(engine._documents, WideDocuments) else OrderedDict()
    made._documents = WideDocuments(engine.schema, read)
    return made
