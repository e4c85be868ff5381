"""Applications and their suspected duplicates; everything else comes from tests.factories."""

from datetime import timedelta
from typing import Any

import factory
from factory.django import DjangoModelFactory

from pointsys.common import text
from stores.models import MergeProposal, StoreApplication
from stores.services import BankDetails, bank_details
from tests.factories import NOON, ProgramFactory


class ApplicationFactory(DjangoModelFactory[StoreApplication]):
    class Meta:
        model = StoreApplication

    program = factory.SubFactory(ProgramFactory)
    source = "飲食店一覧"
    source_key = factory.Sequence(lambda n: f"row-{n}")
    row_number = factory.Sequence(lambda n: n + 2)
    name = factory.Sequence(lambda n: f"ひろせ食堂 {n}号店")
    name_kana = "ヒロセショクドウ"
    name_key = factory.LazyAttribute(lambda row: text.name_key(row.name))
    industry = "飲食"
    municipality_code = "04101"
    address = factory.Sequence(lambda n: f"宮城県仙台市青葉区一番町{n}-1")
    phone = factory.Sequence(lambda n: f"022-{n:03d}-0001"[:12])
    phone_key = factory.LazyAttribute(lambda row: row.phone.replace("-", ""))
    raw = factory.LazyAttribute(lambda row: {"店名": row.name, "住所": row.address})
    submitted_at = factory.Sequence(lambda n: NOON - timedelta(days=30) + timedelta(minutes=n))

    class Params:
        outside = factory.Trait(
            findings=[
                {
                    "code": "OUTSIDE_AREA",
                    "field": "住所",
                    "message": "秋田県は対象地域（宮城県）の外です",
                }
            ]
        )


class ProposalFactory(DjangoModelFactory[MergeProposal]):
    """Pass `other_application` or `other_store`."""

    class Meta:
        model = MergeProposal

    application = factory.SubFactory(ApplicationFactory)
    reason = "店名と所在地が同じです"


def account(**changes: Any) -> BankDetails:
    """Return the details of an account of 七十七銀行 泉パークタウン支店."""
    values = {
        "bank_code": "0125",
        "branch_code": "282",
        "account_type": "1",
        "account_number": "0048509",
        "holder_kana": "カ）コモレビフーズ",
    }
    return bank_details(**{**values, **changes})
