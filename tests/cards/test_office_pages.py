"""The office's pages of cards: who may, what a clerk does, and what is refused."""

import re

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from cards.models import Card, EarnRule, StockBatch, Terminal
from cards.services import lifecycle, policies, terminals
from pointsys.audit.models import AccessRecord, AuditEvent
from pointsys.users.models import Role
from tests.cards.factories import face_number, idm, issued, listed, row, stock_of, token
from tests.factories import (
    NOON,
    ProgramFactory,
    ResidentFactory,
    TillFactory,
    WalletFactory,
    staff_of,
)

pytestmark = [pytest.mark.django_db, pytest.mark.req("CA-02")]


@pytest.fixture(autouse=True)
def _no_second_factor(settings):
    settings.REQUIRE_SECOND_FACTOR = False


@pytest.fixture
def program():
    return ProgramFactory()


@pytest.fixture
def clerk(client, program):
    user = staff_of(program.client, Role.OFFICE_CLERK)
    client.force_login(user)
    return user


def text_of(response):
    return response.content.decode()


# --- Who may ---------------------------------------------------------------------------------
@pytest.mark.req("CA-03")
@pytest.mark.parametrize("role", [Role.DESK_OPERATOR, Role.DESK_SUPERVISOR])
def test_the_desk_stops_a_lost_card_and_can_do_nothing_else(client, program, role):
    card, other = stock_of(program, 1, 2)
    issued(card, resident_id=ResidentFactory(client=program.client, name="湊 花子").pk)
    [foreign] = stock_of(ProgramFactory(), 3)
    issued(foreign)
    by = staff_of(program.client, role)
    client.force_login(by)
    address = reverse("cards:block", args=[card.uuid])

    asked = client.get(address)
    without_reason = client.post(address, {})
    stopped = client.post(address, {"cause": "紛失", "note": ""}, follow=True)
    again = client.post(address, {"cause": "紛失", "note": ""}, follow=True)

    assert card.face_number not in text_of(asked)
    assert "湊" not in text_of(asked)
    assert without_reason.status_code == 200
    assert "ポイントは残っています" in text_of(stopped)
    assert "利用停止" in text_of(again)
    card.refresh_from_db()
    assert (card.status, card.reason) == ("BLOCKED", "紛失")
    assert AuditEvent.objects.get(code="cards.card.blocked").by_id == by.pk
    assert client.get(reverse("cards:block", args=[foreign.uuid])).status_code == 404
    assert client.post(reverse("cards:block", args=[foreign.uuid])).status_code == 404
    for name in ("card", "issued", "unblock", "retire", "replace", "issue_to"):
        for row_uuid in (card.uuid, other.uuid):
            assert client.post(reverse(f"cards:{name}", args=[row_uuid])).status_code in {403, 405}
    assert client.get(reverse("cards:home")).status_code == 403


@pytest.mark.parametrize("role", [Role.CLIENT_VIEWER, Role.AUDITOR])
def test_who_only_looks_sees_cards_without_names_and_changes_nothing(client, program, role):
    resident = ResidentFactory(client=program.client, name="湊 花子")
    [card, blank] = stock_of(program, 1, 2)
    issued(card, resident_id=resident.pk)
    client.force_login(staff_of(program.client, role))

    shown = client.get(reverse("cards:card", args=[card.uuid]))

    assert shown.status_code == 200
    assert "湊" not in text_of(shown)
    assert card.face_number not in text_of(shown)
    assert not AccessRecord.objects.exists()
    assert client.get(reverse("cards:issue")).status_code == 403
    for name, target in (
        ("block", card),
        ("retire", blank),
        ("replace", card),
        ("issue_to", blank),
    ):
        assert client.post(reverse(f"cards:{name}", args=[target.uuid])).status_code == 403
    assert client.post(reverse("cards:home"), {"words": "湊"}).status_code == 200
    assert client.get(reverse("cards:stock_import")).status_code == 403
    assert client.post(reverse("cards:limits")).status_code == 403
    assert client.get(reverse("cards:terminal_new")).status_code == 403


def test_rows_of_another_client_do_not_exist(client, clerk):
    other = ProgramFactory()
    [card] = stock_of(other, 1)
    till = TillFactory(program=other)
    terminal, _ = terminals.create_terminal(
        store_id=till.store_id, till_id=till.pk, name="レジ", by=None, at=NOON
    )
    rule = policies.create_earn_rule(
        program_id=other.pk, name="来店", points=1, total_points=10, by=None, at=NOON
    )

    for name in ("card", "issued", "block", "unblock", "retire", "replace", "issue_to"):
        assert client.get(reverse(f"cards:{name}", args=[card.uuid])).status_code == 404, name
    assert client.get(reverse("cards:terminal_revoke", args=[terminal.uuid])).status_code == 404
    assert client.post(reverse("cards:terminal_code", args=[terminal.uuid])).status_code == 404
    assert client.post(reverse("cards:earn_rule_switch", args=[rule.pk])).status_code == 404
    assert client.get(reverse("cards:home"), {"program": other.code}).status_code == 404
    assert client.get(reverse("cards:terminal_new"), {"store": till.store_id}).status_code == 404
    found = client.post(reverse("cards:home"), {"words": face_number(1)})
    assert "登録されていません" in text_of(found) or "見つかりませんでした" in text_of(found)


# --- Stock -----------------------------------------------------------------------------------
def upload(content, name="cards.csv"):
    return {"name": "第1回納品", "file": SimpleUploadedFile(name, content)}


def test_a_list_is_looked_at_then_taken(client, clerk):
    content = listed(row(1), row(2), row(3, IDm=""))

    preview = client.post(reverse("cards:stock_import"), upload(content))
    assert not Card.objects.exists()
    token_held = re.search(r'name="token" value="([^"]+)"', text_of(preview))[1]
    errors = client.post(
        reverse("cards:stock_errors"), {"token": token_held, "source": "第1回納品"}
    )
    taken = client.post(
        reverse("cards:stock_confirm"),
        {"token": token_held, "source": "第1回納品"},
        follow=True,
    )

    assert "2枚を在庫に入れる" in text_of(preview)
    assert "IDm（UID）がありません" in errors.content.decode("utf-8-sig")
    assert "カード2枚を在庫に入れました" in text_of(taken)
    assert StockBatch.objects.get().imported_by == clerk
    for page in (preview, errors, taken):
        for serial in (1, 2, 3):
            assert idm(serial) not in text_of(page)
            assert token(serial) not in text_of(page)


def test_the_file_lies_sealed_in_the_cache_meanwhile(client, clerk):
    client.post(reverse("cards:stock_import"), upload(listed(row(1))))

    kept = repr(getattr(cache, "_cache", {}))
    assert "held" in kept
    assert idm(1) not in kept
    assert token(1) not in kept


@pytest.mark.parametrize(
    "content", [b"\x00\x00", b"a,b\n1,2\n", b"PK\x03\x04x", "氏名\n湊\n".encode()]
)
def test_a_file_of_another_kind_is_named_and_the_name_stays(client, clerk, content):
    response = client.post(reverse("cards:stock_import"), upload(content))

    assert response.status_code == 200
    assert "エラー：" in text_of(response)
    assert 'value="第1回納品"' in text_of(response)


def test_a_confirmation_without_its_file_starts_anew(client, clerk):
    response = client.post(
        reverse("cards:stock_confirm"), {"token": "x\0", "source": ""}, follow=True
    )

    assert "預かり時間" in text_of(response)


def test_numbers_for_the_printer_are_handed_out_once_and_on_record(client, clerk):
    response = client.post(reverse("cards:numbers"), {"count": "３", "technology": "Q"})

    lines = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()
    assert len(lines) == 4
    assert "PSC1:" in lines[1]
    assert AuditEvent.objects.filter(code="cards.numbers.exported").count() == 1
    for count in ("0", "200001", "x", "9" * 40, "\0"):
        wrong = client.post(reverse("cards:numbers"), {"count": count, "technology": "Q"})
        assert "エラー：" in text_of(wrong)


# --- Handing out -----------------------------------------------------------------------------
@pytest.mark.req("PB-05")
def test_a_clerk_hands_out_a_card_to_a_person(client, clerk, program):
    resident = ResidentFactory(client=program.client, name="湊 花子", name_kana="ミナト ハナコ")
    [card] = stock_of(program, 1)

    read = client.post(reverse("cards:issue"), {"card": idm(1).lower() + "\r\n"})
    assert read.headers["Location"] == reverse("cards:issue_to", args=[card.uuid])
    address = read.headers["Location"]
    found = client.post(address, {"words": "ミナト"})
    confirm = client.post(address, {"step": "choose", "resident": str(resident.uuid)})
    done = client.post(address, {"step": "issue", "resident": str(resident.uuid)}, follow=True)

    assert "湊 花子" in text_of(found)
    assert "湊 花子" in text_of(confirm)
    assert "カードを発行しました" in text_of(done)
    assert Card.objects.get().wallet.resident == resident
    assert {r.purpose for r in AccessRecord.objects.filter(subject_id=str(resident.pk))} == {
        "カードの発行先をさがす",
        "カードの発行",
    }


@pytest.mark.req("PB-05")
def test_a_clerk_hands_out_a_card_without_a_name(client, clerk, program):
    [card] = stock_of(program, 1)
    address = reverse("cards:issue_to", args=[card.uuid])

    client.post(address, {"step": "choose", "resident": "none"})
    done = client.post(address, {"step": "issue", "resident": "none"}, follow=True)

    assert "お名前なしのカードです" in text_of(done)
    assert Card.objects.get().wallet.resident is None


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("08A1B2C3", "スマートフォン"),
        ("B:00112233", "マイナンバーカード"),
        ("04A1B2C3", "4バイト"),
        ("ABC", "読み取れませんでした"),
        ("\0", "カード"),
        (idm(7), "登録されていません"),
        ("", "カード"),
    ],
)
def test_a_card_that_cannot_be_handed_out_is_refused_in_words(client, clerk, typed, words):
    response = client.post(reverse("cards:issue"), {"card": typed})

    assert "エラー：" in text_of(response)
    assert words in text_of(response)
    assert not typed or f'value="{typed}"' not in text_of(response)


@pytest.mark.parametrize("resident", ["", "nobody", "\0", "6f0d8f0a-0000-4000-8000-000000000000"])
def test_a_person_who_was_not_offered_is_not_found(client, clerk, program, resident):
    [card] = stock_of(program, 1)

    for step in ("choose", "issue"):
        response = client.post(
            reverse("cards:issue_to", args=[card.uuid]), {"step": step, "resident": resident}
        )
        assert response.status_code == 404
    assert Card.objects.get().status == "STOCK"


def test_a_second_card_is_refused_on_the_page(client, clerk):
    wallet = WalletFactory()
    clerk.memberships.create(organization=wallet.program.client, role=Role.OFFICE_CLERK)
    first, second = stock_of(wallet.program, 1, 2)
    issued(first, resident_id=wallet.resident_id)

    response = client.post(
        reverse("cards:issue_to", args=[second.uuid]),
        {"step": "issue", "resident": str(wallet.resident.uuid)},
        follow=True,
    )

    assert "カードは1人に1枚です" in text_of(response)


# --- Lost, found, exchanged ------------------------------------------------------------------
@pytest.mark.req("CA-03")
def test_a_lost_card_is_stopped_found_and_exchanged_on_the_pages(client, clerk, program):
    old, new = stock_of(program, 1, 2)
    issued(old)
    page = reverse("cards:card", args=[old.uuid])

    nothing = client.post(reverse("cards:block", args=[old.uuid]), {})
    stopped = client.post(
        reverse("cards:block", args=[old.uuid]), {"cause": "紛失", "note": "駅前"}, follow=True
    )
    back = client.post(reverse("cards:unblock", args=[old.uuid]), follow=True)
    wrong = client.post(
        reverse("cards:replace", args=[old.uuid]), {"cause": "紛失", "card": face_number(9)}
    )
    done = client.post(
        reverse("cards:replace", args=[old.uuid]),
        {"cause": "紛失", "card": face_number(2)},
        follow=True,
    )

    assert "エラー：" in text_of(nothing)
    assert "カードを止めました" in text_of(stopped)
    assert "停止を解きました" in text_of(back)
    assert "登録されていません" in text_of(wrong)
    assert "カードを発行しました" in text_of(done)
    assert "新しいカードに交換しました" in text_of(client.get(page))
    assert Card.objects.get(pk=new.pk).status == "ISSUED"
    again = client.get(reverse("cards:replace", args=[old.uuid]), follow=True)
    assert "交換できません" in text_of(again)


def test_cards_are_found_by_number_last_digits_chip_and_name(client, clerk, program):
    resident = ResidentFactory(client=program.client, name="湊 花子")
    [card] = stock_of(program, 1)
    issued(card, resident_id=resident.pk)
    target = reverse("cards:card", args=[card.uuid])

    for words in (face_number(1), face_number(1)[-4:], idm(1), f"PSC1:{token(1)}", "花子"):
        found = client.post(reverse("cards:home"), {"words": words})
        assert found.headers.get("Location") == target, words
    for words in ("だれでもない", "1" * 16, "\0", "x" * 201, ""):
        assert client.post(reverse("cards:home"), {"words": words}).status_code == 200, words
    lifecycle.block_card(card_id=card.pk, reason="紛失", by=None, at=NOON)
    assert "利用停止" in text_of(client.get(reverse("cards:home"), {"status": "BLOCKED"}))
    assert client.get(reverse("cards:home"), {"status": "x\0", "page": "9" * 30}).status_code == 200


# --- Limits and terminals --------------------------------------------------------------------
@pytest.mark.req("CA-04")
def test_limits_and_grants_are_set_on_the_page(client, clerk, program):
    set_ = {"use_limit_points": "５００", "day_limit_points": "2,000"}
    assert client.post(reverse("cards:limits"), set_).status_code == 302
    wrong = client.post(
        reverse("cards:limits"), {"use_limit_points": "3000", "day_limit_points": "2000"}
    )
    rule = {"name": "来店", "points": "10", "total_points": "1000"}
    assert client.post(reverse("cards:earn_rule_new"), rule).status_code == 302
    twice = client.post(reverse("cards:earn_rule_new"), rule)
    much = client.post(reverse("cards:earn_rule_new"), rule | {"total_points": "9" * 10})
    made = EarnRule.objects.get()
    client.post(reverse("cards:earn_rule_switch", args=[made.pk]), {"to": "close"})

    assert "1日に使える上限（2,000ポイント）以下" in text_of(wrong)
    assert "すでに使われています" in text_of(twice)
    assert "エラー：" in text_of(much)
    assert program.card_policy.use_limit_points == 500
    made.refresh_from_db()
    assert not made.is_active


@pytest.mark.req("CA-05")
def test_a_terminal_is_made_told_once_and_revoked(client, clerk, program):
    till = TillFactory(program=program)

    choice = client.get(reverse("cards:terminal_new"), {"words": till.store.code})
    address = f"{reverse('cards:terminal_new')}?store={till.store_id}"
    made = client.post(address, {"name": "1階レジ", "till": str(till.pk)})
    twice = client.post(address, {"name": "1階レジ", "till": str(till.pk)})
    terminal = Terminal.objects.get()
    renewed = client.post(reverse("cards:terminal_code", args=[terminal.uuid]))
    revoke = reverse("cards:terminal_revoke", args=[terminal.uuid])
    nothing = client.post(revoke, {"reason": ""})
    gone = client.post(revoke, {"reason": "盗難"}, follow=True)
    again = client.get(revoke, follow=True)

    assert till.store.name in text_of(choice)
    assert "登録コード" in text_of(made)
    assert made.headers["Cache-Control"].startswith("max-age=0")
    assert "エラー：" in text_of(twice)
    assert "登録コード" in text_of(renewed)
    assert "エラー：" in text_of(nothing)
    assert "失効させました" in text_of(gone)
    assert "すでに失効しています" in text_of(again)
    code = re.search(r'done__number">([^<]+)<', text_of(made))[1]
    assert code not in text_of(client.get(reverse("cards:terminals")))


def test_a_store_without_a_till_says_what_to_do_first(client, clerk, program):
    till = TillFactory(program=program, revoked_at=NOON)

    page = client.get(reverse("cards:terminal_new"), {"store": till.store_id})

    assert "使えるレジがありません" in text_of(page)
    for store in ("x", "0", "9" * 30, "\0"):
        assert client.get(reverse("cards:terminal_new"), {"store": store}).status_code == 404
