"""Maker's lists: read once, errors named, nothing of what a card is read by is kept."""

import base64
import json

import pytest
from django.db import IntegrityError, connection

from cards import errors, identifiers
from cards.models import Card, StockBatch
from cards.services import stock
from pointsys.audit.models import AuditEvent
from pointsys.common.tabular import TableRefused, csv_bytes, xlsx_bytes
from tests.cards.factories import COLUMNS, face_number, idm, listed, row, stock_of, tap_of, token
from tests.factories import NOON, ProgramFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.req("CA-02")]


def take(program, content, **values):
    return stock.import_stock(
        **{
            "program": program,
            "name": "第1回納品",
            "content": content,
            "file_name": "cards.csv",
            "by": None,
            "at": NOON,
            **values,
        }
    )


def test_a_list_becomes_stock_that_is_found_by_chip_qr_and_number():
    from cards import queries

    program = ProgramFactory()

    report = take(program, listed(row(1), row(2)), by=UserFactory())

    assert (report.row_count, report.created_count, report.rejected) == (2, 2, ())
    card = queries.card_by_tap(program_id=program.pk, tap=tap_of(1))
    assert card.status == Card.Status.STOCK
    by_qr = identifiers.read_tap(identifiers.qr_payload(token(1)))
    assert queries.card_by_tap(program_id=program.pk, tap=by_qr) == card
    assert queries.card_by_face_number(program_id=program.pk, face_number=face_number(1)) == card
    assert queries.card_by_tap(program_id=program.pk, tap=identifiers.read_tap(idm(1))) == card
    assert queries.card_by_tap(program_id=program.pk, tap=tap_of(3)) is None
    assert queries.card_by_tap(program_id=ProgramFactory().pk, tap=tap_of(1)) is None
    assert StockBatch.objects.get().card_count == 2


def test_a_dry_run_writes_nothing():
    report = take(ProgramFactory(), listed(row(1)), dry_run=True)

    assert report.created_count == 1
    assert not Card.objects.exists()
    assert not StockBatch.objects.exists()
    assert not AuditEvent.objects.exists()


def test_a_list_read_twice_registers_each_card_once():
    program = ProgramFactory()
    content = listed(row(1), row(2))
    take(program, content)

    again = take(program, content)

    assert (again.created_count, again.unchanged_count) == (0, 2)
    assert Card.objects.count() == 2
    assert AuditEvent.objects.filter(code="cards.stock.imported").count() == 1


def test_a_corrected_list_adds_what_was_left_out():
    program = ProgramFactory()
    take(program, listed(row(1), row(2, IDm="short")))

    report = take(program, listed(row(1), row(2)), name="第1回納品 訂正")

    assert (report.created_count, report.unchanged_count, report.rejected) == (1, 1, ())


def test_another_list_under_a_name_that_is_taken_is_refused():
    program = ProgramFactory()
    take(program, listed(row(1)))

    with pytest.raises(errors.StockNameTaken):
        take(program, listed(row(2)))

    assert Card.objects.count() == 1


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"カード番号": ""}, "カード番号", "ありません"),
        ({"カード番号": "9000000000000002"}, "カード番号", "検査数字"),
        ({"カード番号": "4111111111111111"}, "カード番号", "9で始まる"),
        ({"カード番号": "9.00E+15"}, "カード番号", "Excel"),
        ({"カード番号": "9123456789012340"}, "カード番号", "Excel"),
        ({"種類": "MIFARE Classicっぽい"}, "種類", "どれか"),
        ({"種類": "Type B"}, "種類", "Type B"),
        ({"種類": "QR"}, "種類", "QRになっています"),
        ({"システムコード": "0003"}, "システムコード", "許可"),
        ({"システムコード": "88B"}, "IDm", "16進数の16けた"),
        ({"IDm": ""}, "IDm", "ありません"),
        ({"IDm": "0114"}, "IDm", "16進数の16けた"),
        ({"IDm": "02FE000000000001"}, "IDm", "スマートフォン"),
        ({"種類": "Type A", "IDm": "04A1B2C3"}, "IDm", "4バイト"),
        ({"種類": "Type A", "IDm": "04A1B2"}, "IDm", "14けた"),
        ({"種類": "QR", "IDm": "", "QRトークン": ""}, "QRトークン", "ありません"),
        ({"QRトークン": "abc"}, "QRトークン", "26文字"),
    ],
)
def test_a_wrong_row_is_named_and_the_others_are_taken(values, field, words):
    report = take(ProgramFactory(), listed(row(1), row(2, **values), row(3)))

    assert report.created_count == 2
    [error] = report.rejected
    assert (error.row_number, error.field) == (3, field)
    assert words in error.reason
    for value in (idm(2), token(2)):
        assert value not in error.reason


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"カード番号": face_number(1)}, "カード番号"),
        ({"IDm": idm(1)}, "IDm"),
        ({"IDm": idm(1).lower(), "システムコード": "FE00"}, "IDm"),
        ({"QRトークン": "PSC1:" + token(1)}, "QRトークン"),
    ],
)
def test_a_card_that_stands_twice_is_named_within_the_file_and_against_the_stock(values, field):
    program = ProgramFactory()

    first = take(program, listed(row(1), row(2, **values)))
    later = take(program, listed(row(2, **values)), name="第2回納品")

    [error] = first.rejected
    assert error.field == field
    assert "2行目" in error.reason
    [error] = later.rejected
    assert "すでに登録" in error.reason
    assert Card.objects.count() == 1


def test_a_chip_of_another_program_is_refused_without_saying_whose():
    stock_of(ProgramFactory(), 1)

    report = take(ProgramFactory(), listed(row(1, カード番号=face_number(2))))

    assert report.created_count == 0
    assert "ほかのカード" in report.rejected[0].reason


def test_cards_of_an_older_pepper_are_known_again(settings):
    program = ProgramFactory()
    take(program, listed(row(1)))
    newest = "2:" + base64.b64encode(b"n" * 32).decode()

    settings.CARD_PEPPERS = [newest, *settings.CARD_PEPPERS]
    report = take(program, listed(row(1), row(2, IDm=idm(1))), name="第2回納品")

    assert report.unchanged_count == 1
    assert report.created_count == 0
    assert [error.field for error in report.rejected] == ["IDm"]


def test_type_a_and_qr_cards_and_workbooks_are_read_too():
    rows = [
        (face_number(1), "NTAG", "", "04A1B2C3D4E5F6", ""),
        (face_number(2), "QR", "", "", token(2)),
        (face_number(3), "", "", idm(3), ""),
    ]

    report = take(ProgramFactory(), xlsx_bytes(COLUMNS, rows), file_name="cards.xlsx")

    assert report.rejected == ()
    assert report.technologies == {"A": 1, "Q": 1, "F": 1}


def test_what_a_card_has_not_is_kept_as_nothing():
    program = ProgramFactory()
    qr_only = row(2, 種類="QR", システムコード="", IDm="")

    take(program, listed(row(1, QRトークン=""), qr_only, row(3)))

    kept = {
        card.face_number: (card.identifier_hmac is None, card.token_hmac is None)
        for card in Card.objects.all()
    }
    assert kept == {
        face_number(1): (False, True),
        face_number(2): (True, False),
        face_number(3): (False, False),
    }


def test_a_list_in_many_parts_is_all_or_nothing(monkeypatch):
    monkeypatch.setattr(stock, "_BATCH", 3)
    program = ProgramFactory()
    serials = range(1, 11)
    insert, parts = stock._insert, []

    def third_fails(batch, cards):
        parts.append(len(cards))
        if len(parts) == 3:
            raise IntegrityError("another server was faster")
        insert(batch, cards)

    monkeypatch.setattr(stock, "_insert", third_fails)
    with pytest.raises(errors.StockChanged):
        take(program, listed(*(row(serial) for serial in serials)))
    assert not Card.objects.exists()
    assert not StockBatch.objects.exists()

    monkeypatch.setattr(stock, "_insert", insert)
    report = take(program, listed(*(row(serial) for serial in serials)))
    assert report.created_count == Card.objects.filter(program=program).count() == 10
    assert len(set(Card.objects.values_list("uuid", flat=True))) == 10
    assert len(parts) == 3


def test_a_card_another_server_took_meanwhile_leaves_nothing_behind(monkeypatch):
    program = ProgramFactory()
    take(program, listed(row(1)))
    monkeypatch.setattr(stock, "_registered", lambda column, values: [])

    with pytest.raises(errors.StockChanged):
        take(program, listed(row(2), row(1)), name="第2回納品")

    assert Card.objects.count() == StockBatch.objects.count() == 1


def test_the_work_of_a_list_grows_with_its_parts_not_its_rows(django_assert_max_num_queries):
    rows = listed(*(row(serial) for serial in range(1, 1_001)))
    program = ProgramFactory()

    with django_assert_max_num_queries(20):
        take(program, rows)

    assert Card.objects.count() == 1_000


@pytest.mark.parametrize(
    "content",
    [csv_bytes(("店舗名", "住所"), [("みなと", "石巻")]), csv_bytes(COLUMNS, [])],
)
def test_a_file_that_is_no_list_of_cards_is_refused(content):
    with pytest.raises(errors.NotAStockList):
        take(ProgramFactory(), content)


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02\x03", b"PK\x03\x04broken"])
def test_a_file_that_is_no_table_is_refused(content):
    with pytest.raises((TableRefused, errors.NotAStockList)):
        take(ProgramFactory(), content)


def test_what_a_card_is_read_by_is_nowhere_in_the_database():
    """Not in a row, a history, the record or the batch: each table is searched."""
    take(ProgramFactory(), listed(row(1)), by=UserFactory())
    secrets = (idm(1), token(1), idm(1).lower())

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT to_jsonb(t)::text FROM "{table}" t')  # noqa: S608 - own names
            text = " ".join(line for (line,) in cursor.fetchall())
            assert not any(secret in text for secret in secrets), table
    event = AuditEvent.objects.get(code="cards.stock.imported")
    assert json.dumps(event.changes).count("created") == 1


def test_the_history_of_a_card_has_no_digest_either():
    from django.apps import apps

    names = {field.name for field in apps.get_model("cards", "CardEvent")._meta.get_fields()}

    assert "status" in names
    assert not names & {"identifier_hmac", "token_hmac"}


def test_numbers_for_the_printer_come_back_as_stock():
    sheet = list(stock.number_sheet(count=3, technology="Q"))

    report = take(ProgramFactory(), csv_bytes(stock.SHEET_COLUMNS, sheet))

    assert (report.created_count, report.rejected) == (3, ())
    assert not Card.objects.filter(face_number__in=[]).exists()


@pytest.mark.django_db(transaction=True)
def test_two_imports_at_once_are_refused_in_words():
    other = connection.copy()
    other.set_autocommit(False)
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [stock._LOCK])
        with pytest.raises(errors.StockImportRuns):
            take(ProgramFactory(), listed(row(1)))
    finally:
        other.close()
