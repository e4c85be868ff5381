from stores.models.applications import ImportRun, MergeProposal, StoreApplication
from stores.models.store import BankAccount, Enrolment, Store, StoreStaff, Till

__all__ = [
    "BankAccount",
    "Enrolment",
    "ImportRun",
    "MergeProposal",
    "Store",
    "StoreApplication",
    "StoreStaff",
    "Till",
]
