"""What people do with brought files that a scan holds, and the functions that other domains and the API may call."""

from plumb_tenants.files.models import FileScan
from plumb_tenants.files.quarantine import FileQuarantined, FileRemoved, held_fields, note_passed, refuse_quarantined, tell
from plumb_tenants.files.releasing import checked_reason, held_file, release_held_file
from plumb_tenants.files.rescanning import RESCAN_TOPIC, forget_scan, queue_rescan, rescan
from plumb_tenants.files.sources import Bearer, Files, FileUnreadable, Source, register, source_of
from plumb_tenants.files.states import FINDING, REASON, STATE, ScanState
from plumb_tenants.files.sweeping import SWEEP_TOPIC, queue_sweep, sweep

__all__ = [
    "FINDING",
    "REASON",
    "RESCAN_TOPIC",
    "STATE",
    "SWEEP_TOPIC",
    "Bearer",
    "FileQuarantined",
    "FileRemoved",
    "FileScan",
    "FileUnreadable",
    "Files",
    "ScanState",
    "Source",
    "checked_reason",
    "forget_scan",
    "held_fields",
    "held_file",
    "note_passed",
    "queue_rescan",
    "queue_sweep",
    "refuse_quarantined",
    "register",
    "release_held_file",
    "rescan",
    "source_of",
    "sweep",
    "tell",
]
