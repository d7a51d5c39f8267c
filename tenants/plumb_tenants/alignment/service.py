"""What people do in an alignment: set it up, propose, level, talk, confirm, measure. Other domains import this and access.py."""

from plumb_tenants.alignment.confirming import confirm_proposal
from plumb_tenants.alignment.levelling import BoardFilter, Move, levelling_board, move_value
from plumb_tenants.alignment.peers import Standing
from plumb_tenants.alignment.proposing import propose, propose_submission
from plumb_tenants.alignment.resources import ProposalState, TalkState
from plumb_tenants.alignment.rounds import create_alignment, keep_all_up, open_next_round, record_meetings
from plumb_tenants.alignment.rules import Flag, Stage
from plumb_tenants.alignment.talks import close_talk
from plumb_tenants.alignment.timing import Timing, UnitTiming, setting_time

__all__ = [
    "BoardFilter",
    "Flag",
    "Move",
    "ProposalState",
    "Stage",
    "Standing",
    "TalkState",
    "Timing",
    "UnitTiming",
    "close_talk",
    "confirm_proposal",
    "create_alignment",
    "keep_all_up",
    "levelling_board",
    "move_value",
    "open_next_round",
    "propose",
    "propose_submission",
    "record_meetings",
    "setting_time",
]
