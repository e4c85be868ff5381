from settlement.models.batches import Payout, PayoutBatch
from settlement.models.files import BankFile, BankFileDownload, BankFileSubmission
from settlement.models.profiles import BankFileProfile
from settlement.models.statements import Statement, StatementRun

__all__ = [
    "BankFile",
    "BankFileDownload",
    "BankFileProfile",
    "BankFileSubmission",
    "Payout",
    "PayoutBatch",
    "Statement",
    "StatementRun",
]
