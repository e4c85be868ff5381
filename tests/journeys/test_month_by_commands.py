"""One month of a program from a terminal: from the store list to the bank file, by commands only.

What no command makes stands here: the organizations, the people with their roles, and the account
the county pays from.
"""

import json
from collections import Counter
from datetime import datetime
from io import StringIO

import pypdf
import pytest
import time_machine
from django.core.management import CommandError, call_command

from ledger.models import Payment
from pointsys.common.clock import JST
from pointsys.users.models import Organization, Role, User
from settlement.models import Statement
from tests.factories import OrganizationFactory, staff_of
from tests.settlement.builders import build_profile

SHOPS = """\
店名,店名カナ,所在地,電話番号,業種
みなと食堂,ミナトショクドウ,宮城県石巻市立町1-2-3,0225-11-0001,飲食
髙橋書店,タカハシショテン,宮城県仙台市青葉区一番町1-1-1,022-111-0002,小売
浜の湯,ハマノユ,宮城県気仙沼市港町2-2,0226-11-0003,温泉
となりの店,トナリノミセ,秋田県秋田市中通1-1-1,018-111-0004,飲食
,ナナシ,宮城県石巻市立町9-9,0225-11-0009,飲食
"""
RESIDENTS = """\
アプリのID,氏名,市区町村コード,メールアドレス
app-1,青葉 花子,04101,hana@example.jp
app-2,石巻 太郎,04202,taro@example.jp
app-3,秋田 次郎,05201,jiro@example.jp
"""
ACCOUNTS = """\
店舗コード,銀行コード,支店コード,預金種目,口座番号,口座名義カナ
{みなと食堂},0125,404,普通,1234567,ミナトシヨクドウ
{髙橋書店},0125,282,当座,48509,カ）タカハシシヨテン
"""
MONTH = "2025-08"
# Who paid where, how much, and when; the last one is the first of the next month.
PAYMENTS = [
    ("app-1", "みなと食堂", 1_200, datetime(2025, 8, 1, 0, 0, tzinfo=JST)),
    ("app-1", "髙橋書店", 880, datetime(2025, 8, 12, 12, 30, tzinfo=JST)),
    ("app-2", "みなと食堂", 1, datetime(2025, 8, 20, 9, 0, tzinfo=JST)),
    ("app-2", "浜の湯", 700, datetime(2025, 8, 21, 18, 0, tzinfo=JST)),
    ("app-2", "髙橋書店", 2_000, datetime(2025, 8, 31, 23, 59, 59, 999_999, tzinfo=JST)),
    ("app-1", "みなと食堂", 500, datetime(2025, 9, 1, 0, 0, tzinfo=JST)),
]


class Office:
    """A terminal: each command is one call at an instant, and its answer is read as JSON."""

    def __init__(self, folder):
        self.folder = folder
        self.client = OrganizationFactory(code="miyagi", name="宮城県")
        OrganizationFactory(code="office", kind=Organization.Kind.CONTRACTOR)
        self.clerk = self._person("clerk", Role.OFFICE_CLERK)
        self.preparer = self._person("preparer", Role.FINANCE_PREPARER)
        self.approver = self._person("approver", Role.FINANCE_APPROVER)
        build_profile(self.client.pk, self.preparer)

    def _person(self, login: str, role: Role) -> User:
        return staff_of(self.client, role, username=login)

    def file(self, name: str, text: str, encoding: str = "cp932") -> str:
        path = self.folder / name
        path.write_text(text, encoding=encoding)
        return str(path)

    def say(self, at: datetime, *words: object) -> str:
        out = StringIO()
        with time_machine.travel(at, tick=False):
            call_command(*map(str, words), stdout=out)
        return out.getvalue()

    def ask(self, at: datetime, *words: object):
        return json.loads(self.say(at, *words, "--json"))


def july(day: int) -> datetime:
    return datetime(2025, 7, day, 10, 0, tzinfo=JST)


def september(day: int) -> datetime:
    return datetime(2025, 9, day, 0, 15, tzinfo=JST)


@pytest.fixture
def office(transactional_db: None, tmp_path) -> Office:
    return Office(tmp_path)


@pytest.mark.req("ST-02", "ST-08", "LG-06", "LG-13", "SE-01", "SE-03")
def test_a_month_goes_from_the_store_list_to_the_bank_file_by_commands(office):
    program = ("--program", "miyagi-2025")
    by_clerk = (*program, "--by", "clerk")
    set_up(office)

    codes = recruit(office, program, by_clerk)
    tills = hand_out_stands(office, by_clerk)
    endow(office, by_clerk)
    receipts = spend(office, by_clerk, {name: tills[code] for name, code in codes.items()})
    file = settle(office, program)

    owed = Counter()
    for _, name, points, at in PAYMENTS:
        if at.month == 8:
            owed[name] += points
    assert Payment.objects.count() == len(set(receipts)) == len(PAYMENTS)
    assert {s.store.name: s.amount_yen for s in Statement.objects.all()} == owed
    assert {row["payee_name"]: row["amount"] for row in file["rows"]} == {
        "ﾐﾅﾄｼﾖｸﾄﾞｳ": owed["みなと食堂"],
        "ｶ)ﾀｶﾊｼｼﾖﾃﾝ": owed["髙橋書店"],
    }
    # The store without an account has a statement that is held; it is not in the file.
    assert file["expected"]["total_amount"] == sum(owed.values()) - owed["浜の湯"]
    assert file["header"]["transfer_date"] == "2025-09-19"


def set_up(office: Office) -> None:
    office.say(
        july(1),
        *("create_program", "--preset", "miyagi", "--code", "miyagi-2025", "--client", "miyagi"),
        *("--operator", "office", "--by", "clerk", "--status", "OPEN"),
        *("--usage-starts", "2025-08-01T00:00", "--grant-starts", "2025-07-01T00:00"),
    )


def recruit(office: Office, program: tuple, by_clerk: tuple) -> dict[str, str]:
    """Read the list, approve it, register accounts; return store codes by name."""
    shops = office.file("shops.csv", SHOPS, "cp932")

    read = office.ask(july(2), "import_stores", shops, *by_clerk, "--source", "県の一覧")
    again = office.ask(july(2), "import_stores", shops, *program, "--source", "県の一覧")
    decision = ("approve_stores", *by_clerk, "--source", "県の一覧", "--reason", "県の一覧のため")
    trial = office.ask(july(3), *decision, "--dry-run")
    approved = office.ask(july(3), *decision)

    assert (read["row_count"], read["created_count"], len(read["rejected"])) == (5, 4, 1)
    assert (again["created_count"], again["unchanged_count"]) == (0, 4)
    assert trial["approved"] == approved["approved"]
    assert [row["name"] for row in approved["refused"]] == ["となりの店"]
    codes = {row["name"]: row["store"] for row in approved["approved"]}
    assert codes == {"みなと食堂": "04-00001", "髙橋書店": "04-00002", "浜の湯": "04-00003"}

    accounts = office.file("accounts.csv", ACCOUNTS.format_map(codes), "utf-8-sig")
    registered = office.ask(july(4), "import_bank_accounts", accounts, *by_clerk)
    assert (registered["registered_count"], registered["rejected"]) == (2, [])
    return codes


def hand_out_stands(office: Office, by_clerk: tuple) -> dict[str, str]:
    """Issue the first QRs with their stands; return till codes by store code."""
    target = office.folder / "stands.pdf"

    issued = office.ask(july(5), "issue_tills", *by_clerk, "--pdf", target)
    again = office.ask(july(5), "issue_tills", *by_clerk)

    assert (issued["issued_count"], again["issued_count"]) == (3, 0)
    assert len(pypdf.PdfReader(target).pages) == 3
    return {row["store"]: row["code"] for row in issued["tills"]}


def endow(office: Office, by_clerk: tuple) -> None:
    """Read the residents and grant points to everybody of the area."""
    residents = office.file("residents.csv", RESIDENTS)
    grant = ("grant_points", *by_clerk, "--name", "第1回", "--all", "3000")

    read = office.ask(july(6), "import_residents", residents, *by_clerk)
    granted = office.ask(july(7), *grant)
    again = office.ask(july(7), *grant)

    assert read["created_count"] == 3
    assert (granted["granted"], granted["granted_points"]) == (2, 6_000)
    assert (again["granted"], again["skipped"]) == (0, 2)


def spend(office: Office, by_clerk: tuple, tills: dict[str, str]) -> list[str]:
    """Pay what is to be paid, each twice with one key; return the receipt numbers."""
    receipts = []
    for number, (resident, store, points, at) in enumerate(PAYMENTS):
        key = f"00000000-0000-4000-8000-{number:012}"
        words = ("--resident", resident, "--till", tills[store], "--points", points, "--key", key)
        paid = office.ask(at, "pay", *by_clerk, *words)
        again = office.ask(at, "pay", *by_clerk, *words)
        assert (paid["is_repeat"], again["is_repeat"]) == (False, True)
        assert paid["receipt_number"] == again["receipt_number"]
        receipts.append(paid["receipt_number"])
    with pytest.raises(CommandError, match="いま使えるのは299ポイント"):
        office.say(
            PAYMENTS[-1][3],
            *("pay", *by_clerk, "--resident", "app-2", "--till", tills["浜の湯"]),
            *("--points", 300),
        )
    return receipts


def settle(office: Office, program: tuple):
    """Close, prepare, approve and write the month; return the bank file as decoded."""
    month = (*program, "--month", MONTH)
    target, decoded = office.folder / "furikomi.txt", office.folder / "furikomi.json"

    closed = office.ask(september(1), "close_month", *month, "--by", "preparer")
    batch = office.ask(september(11), "prepare_batch", *month, "--by", "preparer")
    figures = ("--count", batch["payouts"], "--total", batch["total_yen"])
    decision = ("approve_batch", batch["number"], *figures, "--by")
    with pytest.raises(CommandError, match="役割がありません"):
        office.say(september(16), *decision, "preparer")
    office.say(september(16), *decision, "approver")
    office.say(september(16), "write_bank_file", batch["number"], target, "--by", "approver")
    office.say(september(16), "zengin", "decode", target, decoded, "--near", "2025-09-19")

    assert (closed["statements"], closed["ledger_yen"]) == (3, 4_781)
    assert (batch["payouts"], batch["payment_date"]) == (2, "2025-09-19")
    return json.loads(decoded.read_text(encoding="utf-8"))
