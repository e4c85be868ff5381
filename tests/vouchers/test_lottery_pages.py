import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from pointsys.audit.models import AccessRecord, AuditEvent
from pointsys.users.models import Role
from tests.factories import OrganizationFactory, staff_of
from tests.vouchers.lottery import (
    APPLY_ENDS,
    APPLYING,
    DECIDING,
    DRAWING,
    Lottery,
    build_lottery,
    photo,
)
from vouchers.models import Application, SaleRound
from vouchers.services import publishing, residency

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_second_factor(settings):
    settings.REQUIRE_SECOND_FACTOR = False


@pytest.fixture
def lottery() -> Lottery:
    return build_lottery()


def visitor(user) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def upload(content: bytes | None = None, name: str = "IMG_0001.JPG") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content or photo(), content_type="image/jpeg")


def own(name: str, *args: object) -> str:
    return reverse(f"my_vouchers:{name}", args=args)


def staff(name: str, *args: object) -> str:
    return reverse(f"vouchers:{name}", args=args)


def fill_in(client: Client, lottery: Lottery, sets: int = 3) -> None:
    client.post(own("apply", lottery.round_id), {"sets": sets})
    client.post(own("apply_document", lottery.round_id), {"kind": "LICENCE", "picture": upload()})


@pytest.mark.req("VO-02")
def test_a_resident_applies_page_by_page_and_twice_pressed_is_once(lottery: Lottery):
    resident = lottery.person(mail="sato@example.jp")
    client = visitor(resident.user)
    with time_machine.travel(APPLYING, tick=False):
        fill_in(client, lottery)
        check = client.get(own("apply_check", lottery.round_id))
        picture = client.get(own("apply_picture", lottery.round_id))
        first = client.post(own("apply_check", lottery.round_id), {"agree": "on"})
        second = client.post(own("apply_check", lottery.round_id), {"agree": "on"})

    application = Application.objects.get()
    assert "15,000円" in check.content.decode()
    assert "18,000円分" in check.content.decode()
    assert picture["Content-Type"] == "image/jpeg"
    assert picture["Cache-Control"].startswith("no-store")
    assert first.url == own("done", application.uuid)
    assert second.url == own("application", application.uuid)
    assert application.sets == 3


@pytest.mark.req("VO-02")
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\0\0\0\x18ftypheic" + b"\0" * 40, "HEIC"),
        (b"%PDF-1.7", "PDF"),
        (b"hello", "写真として読み取れませんでした"),
    ],
)
def test_a_wrong_file_is_explained_and_nothing_else_is_lost(lottery: Lottery, content, words):
    client = visitor(lottery.person(mail="sato@example.jp").user)
    with time_machine.travel(APPLYING, tick=False):
        client.post(own("apply", lottery.round_id), {"sets": 4})
        refused = client.post(
            own("apply_document", lottery.round_id),
            {"kind": "UTILITY_BILL", "picture": upload(content)},
        )
        # A redirect: the browser's "back" never asks to send the form once more.
        answer = client.get(refused.url)
        later = client.get(refused.url)
        again = client.get(own("apply", lottery.round_id))

    page = answer.content.decode()
    assert words not in later.content.decode()
    assert "checked" in later.content.decode()
    assert words in page
    assert 'value="UTILITY_BILL" class' in page or "checked" in page
    assert 'value="4"' in again.content.decode()
    assert not Application.objects.exists()


def test_a_picture_without_its_kind_is_kept(lottery: Lottery):
    client = visitor(lottery.person(mail="sato@example.jp").user)
    with time_machine.travel(APPLYING, tick=False):
        client.post(own("apply", lottery.round_id), {"sets": 2})
        page = own("apply_document", lottery.round_id)
        refused = client.post(page, {"picture": upload()}, follow=True)
        right = client.post(page, {"kind": "LICENCE"})

    assert refused.redirect_chain == [(page, 302)]
    assert "書類の種類" in refused.text
    assert "えらんだ写真" in refused.text
    assert right.url == own("apply_check", lottery.round_id)


def test_a_missing_mark_on_the_last_page_is_told_after_a_redirect(lottery: Lottery):
    client = visitor(lottery.person(mail="sato@example.jp").user)
    with time_machine.travel(APPLYING, tick=False):
        fill_in(client, lottery)
        page = own("apply_check", lottery.round_id)
        refused = client.post(page, {}, follow=True)
        later = client.get(page)

    assert refused.redirect_chain == [(page, 302)]
    assert "いちばん下の四角にしるしを付けてください" in refused.text
    assert "いちばん下の四角にしるしを付けてください" not in later.text


@pytest.mark.parametrize("sets", ["", "0", "11", "9" * 30, "\0", "abc"])
def test_odd_numbers_of_sets_are_told_and_never_break(lottery: Lottery, sets):
    client = visitor(lottery.person(mail="sato@example.jp").user)
    with time_machine.travel(APPLYING, tick=False):
        answer = client.post(own("apply", lottery.round_id), {"sets": sets}, follow=True)
        price = client.get(own("apply_price", lottery.round_id), {"sets": sets})

    assert answer.status_code == 200
    assert "エラー" in answer.content.decode()
    assert price.status_code == 200


def test_a_picture_that_waited_too_long_is_asked_for_again(lottery: Lottery):
    from django.core.cache import cache

    client = visitor(lottery.person(mail="sato@example.jp").user)
    with time_machine.travel(APPLYING, tick=False):
        fill_in(client, lottery)
        kept = dict(client.session)
        cache.clear()
        session = client.session
        session.update(kept)
        session.save()
        answer = client.post(own("apply_check", lottery.round_id), {"agree": "on"})

    assert answer.status_code == 302
    assert not Application.objects.exists()


def test_outside_the_dates_nobody_gets_to_the_form(lottery: Lottery):
    client = visitor(lottery.person(mail="sato@example.jp").user)
    with time_machine.travel(APPLY_ENDS, tick=False):
        answer = client.get(own("apply", lottery.round_id), follow=True)

    assert "申し込みを受け付けていません" in answer.content.decode()


@pytest.mark.req("VO-04")
def test_an_applicant_sees_the_same_page_before_and_after_the_draw_until_the_approval(
    lottery: Lottery,
):
    resident = lottery.person(mail="sato@example.jp")
    application = lottery.confirmed(resident)
    client = visitor(resident.user)

    def page() -> str:
        with time_machine.travel(DECIDING, tick=False):
            return client.get(own("application", application.uuid)).content.decode()

    before = page()
    lottery.hold_draw()
    waiting = page()
    lottery.approve()
    after = page()

    def body(text: str) -> str:
        return text[text.index("<main") : text.index("</main>")]

    assert body(before) == body(waiting)
    assert "当選" in after
    assert "払込番号" in after


@pytest.mark.req("VO-04")
@pytest.mark.parametrize("role", [Role.CLIENT_VIEWER, Role.AUDITOR, Role.FINANCE_PREPARER])
def test_figures_of_a_draw_wait_for_the_approval(lottery: Lottery, role):
    for _ in range(3):
        lottery.confirmed(sets=9)
    lottery.hold_draw()
    onlooker = visitor(staff_of(lottery.program.client, role))
    with time_machine.travel(DECIDING, tick=False):
        before = onlooker.get(staff("draw", lottery.round_id)).status_code
        round_page = onlooker.get(staff("round", lottery.round_id)).content.decode()
        clerk = visitor(lottery.clerk).get(staff("draw", lottery.round_id)).content.decode()
        lottery.approve()
        after = onlooker.get(staff("draw", lottery.round_id)).status_code

    assert (before, after) == (403, 200)
    assert "当選した人" not in round_page
    assert "当選した人" in clerk
    assert Application.objects.first().resident.name not in clerk


@pytest.mark.req("VO-04")
def test_the_draw_goes_from_freeze_to_approval_by_its_pages(lottery: Lottery):
    for _ in range(3):
        lottery.confirmed(sets=9)
    clerk, approver = visitor(lottery.clerk), visitor(lottery.approver)
    with time_machine.travel(DRAWING, tick=False):
        clerk.post(staff("draw_freeze", lottery.round_id))
        frozen = clerk.get(staff("draw", lottery.round_id)).content.decode()
        wrong = clerk.post(staff("draw_run", lottery.round_id), {"first": "12", "second": ""})
        clerk.post(staff("draw_run", lottery.round_id), {"first": "123456", "second": "654321"})
        draw = lottery.round.draw
        typo = approver.post(
            staff("draw_approve", lottery.round_id),
            {"typed_winners": 4, "digest": draw.result_sha256},
        )
        inbox = approver.get(reverse("console:approvals")).content.decode()
        by_clerk = clerk.post(
            staff("draw_approve", lottery.round_id),
            {"typed_winners": 3, "digest": draw.result_sha256},
        )
        approver.post(
            staff("draw_approve", lottery.round_id),
            {"typed_winners": 3, "digest": draw.result_sha256},
        )
        running = approver.get(staff("draw", lottery.round_id)).content.decode()
        publishing.carry_out(sale_round_id=lottery.round_id, at=DRAWING)
        done = approver.get(staff("draw", lottery.round_id)).content.decode()

    assert "結果を書き込んでいます" in running
    assert "0 / 3人" in running
    assert "書き込んでいます" not in done
    assert draw.secret_sha256 in frozen
    assert "6けた" in wrong.content.decode()
    assert "表の数字" in typo.content.decode()
    assert staff("draw", lottery.round_id) in inbox
    assert by_clerk.status_code == 403
    assert draw.public_value == "123456-654321"
    assert lottery.round.status == SaleRound.Status.SELLING


@pytest.mark.req("VO-02")
def test_the_queue_leads_from_one_document_to_the_next(lottery: Lottery):
    first, second = lottery.apply(), lottery.apply()
    client = visitor(lottery.clerk)
    with time_machine.travel(APPLYING, tick=False):
        begun = client.post(staff("queue_next", lottery.round_id))
        page = client.get(begun.url).content.decode()
        no_choice = client.post(begun.url, {})
        no_reason = client.post(begun.url, {"decision": "refuse"})
        following = client.post(begun.url, {"decision": "confirm"})
        late = client.post(begun.url, {"decision": "refuse", "reason": "x"}, follow=True)
        last = client.post(following.url, {"decision": "refuse", "reason": "読めません"})

    assert begun.url == staff("application", first.pk)
    assert first.resident.name in page
    assert "えらんでください" in no_choice.content.decode()
    assert "理由" in no_reason.content.decode()
    assert following.url == staff("application", second.pk)
    assert "先に" in late.content.decode()
    assert last.url == staff("round", lottery.round_id)
    first.refresh_from_db()
    assert first.status == Application.Status.CONFIRMED


@pytest.mark.req("VO-02")
def test_a_picture_is_served_once_on_record_and_never_cached(lottery: Lottery):
    document = lottery.apply().documents.get()

    answer = visitor(lottery.clerk).get(staff("picture", document.uuid))

    assert answer["Content-Type"] == "image/jpeg"
    assert answer["Cache-Control"].startswith("no-store")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert AccessRecord.objects.filter(by=lottery.clerk).count() == 1


def test_rows_of_another_client_do_not_exist(lottery: Lottery):
    application = lottery.confirmed(lottery.person(mail="sato@example.jp"))
    stranger = visitor(staff_of(OrganizationFactory(), *Role.values))
    foreign_resident = build_lottery().person(mail="other@example.jp")
    document = application.documents.get()
    with time_machine.travel(APPLYING, tick=False):
        answers = {
            address: stranger.get(address).status_code
            for address in (
                staff("round", lottery.round_id),
                staff("campaign_edit", lottery.campaign.pk),
                staff("application", application.pk),
                staff("picture", document.uuid),
                staff("draw", lottery.round_id),
                staff("letters", lottery.round_id),
                staff("assist_find", lottery.round_id),
                staff("assist_enter", lottery.round_id, application.resident_id),
            )
        }
        theirs = visitor(foreign_resident.user)
        answers |= {
            address: theirs.get(address).status_code
            for address in (
                own("apply", lottery.round_id),
                own("application", application.uuid),
                own("withdraw", application.uuid),
            )
        }

    assert set(answers.values()) == {404}


@pytest.mark.req("PB-05")
def test_the_call_centre_applies_for_a_resident_without_a_smartphone(lottery: Lottery):
    operator = staff_of(lottery.program.client, Role.DESK_OPERATOR)
    resident = lottery.person(name="菊地 ハル")
    client = visitor(operator)
    with time_machine.travel(APPLYING, tick=False):
        found = client.post(staff("assist_find", lottery.round_id), {"words": "菊地"})
        enter = staff("assist_enter", lottery.round_id, resident.pk)
        too_many = client.post(enter, {"sets": 11, "kind": "LICENCE", "picture": upload()})
        client.post(enter, {"sets": 2, "kind": "LICENCE", "picture": upload()})
        check = staff("assist_check", lottery.round_id, resident.pk)
        done = client.post(check)
        page = client.get(done.url).content.decode()
        again = client.get(enter).content.decode()

    application = Application.objects.get()
    assert "菊地 ハル" in found.content.decode()
    assert "10以下" in too_many.content.decode()
    assert (application.sets, application.assisted_by) == (2, operator)
    assert application.number[:4] in page
    assert "手紙" in page
    assert "もう申し込んでいます" in again
    event = AuditEvent.objects.get(code="vouchers.application.received")
    assert (event.by, event.changes["is_assisted"]) == (operator, True)
    assert AccessRecord.objects.filter(by=operator, subject_id=str(resident.pk)).exists()


@pytest.mark.parametrize("role", [Role.CLIENT_VIEWER, Role.FINANCE_PREPARER, Role.EVENT_STAFF])
def test_only_the_office_sees_documents_and_sets_up(lottery: Lottery, role):
    application = lottery.apply()
    client = visitor(staff_of(lottery.program.client, role))

    for address in (
        staff("queue"),
        staff("application", application.pk),
        staff("picture", application.documents.get().uuid),
        staff("campaign_edit", lottery.campaign.pk),
        staff("round_edit", lottery.round_id),
        staff("assist"),
    ):
        assert client.get(address).status_code == 403, address
    assert client.post(staff("round_open", lottery.round_id)).status_code == 403


@pytest.mark.req("VO-05")
def test_the_list_of_letters_leaves_on_record(lottery: Lottery):
    lottery.confirmed(lottery.person(name="菊地 ハル"))
    lottery.confirmed(lottery.person(mail="sato@example.jp", name="佐藤 和子"))
    lottery.hold_draw()
    client = visitor(lottery.clerk)
    early = client.get(staff("letters", lottery.round_id)).status_code
    lottery.approve()

    file = b"".join(client.post(staff("letters_csv", lottery.round_id)).streaming_content)

    assert early == 404
    assert "菊地 ハル" in file.decode("utf-8-sig")
    assert "佐藤 和子" not in file.decode("utf-8-sig")
    assert AuditEvent.objects.get(code="vouchers.letters.exported").changes["rows"] == 1


@pytest.mark.parametrize("where", ["home", "letters", "my"])
def test_more_rows_take_no_more_queries(where):
    def queries(people: int) -> int:
        scene = build_lottery(sets=50)
        resident = scene.person(mail=f"{where}{people}@example.jp")
        scene.confirmed(resident)
        for _ in range(people):
            scene.confirmed()
        scene.decided()
        client = visitor(resident.user if where == "my" else scene.clerk)
        address = {
            "home": staff("home"),
            "letters": staff("letters", scene.round_id),
            "my": own("home"),
        }[where]
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    assert queries(2) == queries(9)


@pytest.mark.req("VO-01")
def test_the_office_sets_a_sale_up_by_its_pages(lottery: Lottery):
    client = visitor(lottery.clerk)
    new = staff("round_new", lottery.campaign.pk)
    facts = {
        "method": "LOTTERY",
        "planned_sets": "60,000",
        "apply_starts_at": "2025-09-01T09:00",
        "apply_ends_at": "2025-10-01T00:00",
        "purchase_starts_at": "2025-10-10T09:00",
        "purchase_ends_at": "2025-11-01T00:00",
    }
    missing = client.post(new, facts | {"apply_starts_at": ""})
    crossed = client.post(new, facts | {"purchase_ends_at": "2025-10-01T00:00"})
    odd = client.post(new, facts | {"planned_sets": "9" * 40})
    made = client.post(new, facts)

    assert "申込の開始" in missing.content.decode()
    assert "購入の終了" in crossed.content.decode()
    assert odd.status_code == 200
    second = SaleRound.objects.get(number=2)
    assert made.url == staff("round", second.pk)
    assert second.planned_sets == 60_000
    with time_machine.travel(APPLYING, tick=False):
        client.post(staff("round_open", second.pk))
    second.refresh_from_db()
    assert second.status == SaleRound.Status.APPLYING


def test_a_picture_that_was_deleted_is_not_found(lottery: Lottery):
    application = lottery.confirmed()
    document = application.documents.get()
    residency.delete_pictures(at=DECIDING.replace(year=2026))

    assert visitor(lottery.clerk).get(staff("picture", document.uuid)).status_code == 404
