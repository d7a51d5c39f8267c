"""Random walks over the API: whatever is recorded, shared, changed and closed, every cent is somebody's once.

Rows C60, C61, A19, A20, A21, N1.
"""

import pytest

from support.asking import Ask
from support.credit_walking import make_payer
from support.sellers import Sellers

STEPS = 25


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_is_done_with_orders_every_cent_is_somebodys_once(sellers: Sellers, ask: Ask, seed: int) -> None:
    payer = await make_payer(sellers, ask, seed)
    for _ in range(STEPS):
        await payer.step()
    assert {"recordOrders", "setOrderShares", "changeOrderAmount", "closeBonusPeriod"} <= payer.done.keys(), payer.refusals
