"""What people do with attribution, and the functions that other domains and the API may call."""

from plumb_tenants.attribution.definition import Dimension
from plumb_tenants.attribution.disputes import comment_dispute, open_dispute, resolve_dispute
from plumb_tenants.attribution.exporting import BonusFile, download_bonus, export_bonus
from plumb_tenants.attribution.importing import import_orders
from plumb_tenants.attribution.orders import NewOrder
from plumb_tenants.attribution.periods import close_period, open_month, open_period
from plumb_tenants.attribution.reconciling import CreditBalance, reconcile_credit
from plumb_tenants.attribution.recording import record_order, record_orders
from plumb_tenants.attribution.reports import CreditGroup, Place, credit_report
from plumb_tenants.attribution.rollups import RolledUp, roll_up_to_managers, roll_up_to_units
from plumb_tenants.attribution.sharing import GivenShare, change_amount, set_shares
from plumb_tenants.attribution.splitting import Party
from plumb_tenants.attribution.states import ExportFormat
from plumb_tenants.attribution.templates import adopt_shipped_template

__all__ = [
    "BonusFile",
    "CreditBalance",
    "CreditGroup",
    "Dimension",
    "ExportFormat",
    "GivenShare",
    "NewOrder",
    "Party",
    "Place",
    "RolledUp",
    "adopt_shipped_template",
    "change_amount",
    "close_period",
    "comment_dispute",
    "credit_report",
    "download_bonus",
    "export_bonus",
    "import_orders",
    "open_dispute",
    "open_month",
    "open_period",
    "reconcile_credit",
    "record_order",
    "record_orders",
    "resolve_dispute",
    "roll_up_to_managers",
    "roll_up_to_units",
    "set_shares",
]
