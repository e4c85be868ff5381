"""Every act of settlement: close, state, prepare, approve, hand over, record as paid."""

from settlement.services.batches import approve_batch, reject_batch
from settlement.services.closing import close_period
from settlement.services.preparing import prepare_batch
from settlement.services.profiles import PayerAccount, ProfileRules, save_profile
from settlement.services.results import (
    DownloadedFile,
    download_file,
    record_batch_paid,
    register_submission,
)
from settlement.services.statements import hold_statement, release_statement

__all__ = [
    "DownloadedFile",
    "PayerAccount",
    "ProfileRules",
    "approve_batch",
    "close_period",
    "download_file",
    "hold_statement",
    "prepare_batch",
    "record_batch_paid",
    "register_submission",
    "reject_batch",
    "release_statement",
    "save_profile",
]
