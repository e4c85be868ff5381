"""Each refusal has its own page: why, what became of the points, and the way out."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connections
from django.test import Client

from ledger import queries
from ledger.models import Payment, Transfer, Wallet
from pointsys.programs.models import Program
from stores import till_codes
from stores.models import Enrolment
from tests.factories import NOON, ResidentFactory
from tests.ledger.builders import give
from tests.ledger.scenes import Scene, at_a_till

pytestmark = pytest.mark.django_db
CERTAIN = "ポイントは減っていません。"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def scene() -> Scene:
    return at_a_till(points=980)


def enrolment(scene: Scene) -> Enrolment:
    return Enrolment.objects.get(program=scene.till.program, store=scene.till.store)


def stop_store(scene: Scene, status: str) -> None:
    Enrolment.objects.filter(pk=enrolment(scene).pk).update(status=status, reason="調査中")


def change_program(scene: Scene, **fields: object) -> None:
    Program.objects.filter(pk=scene.till.program_id).update(**fields)


def opened(scene: Scene) -> str:
    return scene.client.get(scene.path).content.decode()


@pytest.mark.req("LG-06")
def test_too_few_points_offers_what_is_there(scene):
    page = scene.post(scene.path, points="1280").content.decode()
    offered = scene.post(scene.path, points="980")
    scene.client.post(offered["Location"], scene.order(offered["Location"]))

    assert "残高が300ポイント足りません。" in page
    assert CERTAIN in page
    assert '<span class="num">980ポイント</span>だけ使う' in page
    assert 'name="points" value="980"' in page
    assert Payment.objects.get().points == 980


@pytest.mark.req("LG-06")
def test_points_that_were_spent_meanwhile_are_refused_by_the_ledger_for_good(scene):
    url = scene.confirm_url(900)
    order = scene.order(url)
    scene.pay(500)

    page = scene.client.post(url, order).content.decode()
    give(scene.wallet, 5_000)
    again = scene.client.post(url, order).content.decode()

    assert "残高が420ポイント足りません。" in page
    assert CERTAIN in page
    assert Transfer.objects.filter(kind=Transfer.Kind.VOID).count() == 1
    assert "取りやめになっています" in again
    assert Payment.objects.count() == 1


def test_an_empty_wallet_has_nothing_to_offer():
    scene = at_a_till(points=0)

    page = scene.post(scene.path, points="100").content.decode()

    assert "残高が100ポイント足りません。" in page
    assert "だけ使う" not in page


@pytest.mark.req("LG-05")
def test_points_that_died_before_the_button_are_told_apart_from_too_few(scene, clock):
    dying = at_a_till(points=0, program=scene.till.program)
    give(dying.wallet, 1_000, expires_at=NOON + timedelta(minutes=1))
    give(dying.wallet, 300)
    url = dying.confirm_url(1_200)
    order = dying.order(url)

    clock.shift(61)
    page = dying.client.post(url, order).content.decode()

    assert "使える期限が終わっています" in page
    assert "1,000ポイントは、使える期限が終わりました。" in page
    assert "300ポイント</span>だけ使う" in page
    assert CERTAIN in page


def test_a_till_of_another_program_names_both_programs(scene):
    other = at_a_till(points=0)

    page = scene.client.get(other.path).content.decode()

    assert f"このお店のコードは「{other.till.program.name}」のものです。" in page
    assert f"「{scene.till.program.name}」" in page


def test_a_resident_without_any_wallet_is_told_so(scene):
    newcomer = ResidentFactory(client=scene.till.program.client, signed_up=True)
    browser = Client()
    browser.force_login(newcomer.user)

    page = browser.get(scene.path).content.decode()

    assert "まだお持ちではありません" in page


@pytest.mark.req("ST-14")
@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (Enrolment.Status.SUSPENDED, "いまポイントの取り扱いを止めています。"),
        (Enrolment.Status.WITHDRAWN, "ポイントの取り扱いを終わりました。"),
    ],
)
def test_a_store_that_takes_no_points_now(scene, status, reason):
    url = scene.confirm_url(500)
    order = scene.order(url)
    stop_store(scene, status)

    entrance = opened(scene)
    confirm = scene.client.get(url).content.decode()
    button = scene.client.post(url, order).content.decode()

    assert reason in entrance
    assert reason in confirm
    assert CERTAIN not in confirm  # the order may still be on its way
    assert reason in button
    assert CERTAIN in button
    assert Payment.objects.count() == 0


def test_a_store_outside_the_program(scene):
    enrolment(scene).delete()

    assert "このお店は、このポイントに参加していません。" in opened(scene)


def test_before_the_period_of_use(scene):
    change_program(scene, usage_starts_at=NOON + timedelta(days=3))

    page = opened(scene)

    assert "ポイントを使えるのは、8月23日（土） 正午からです。" in page


def test_after_the_period_of_use_names_its_last_moment(scene):
    change_program(scene, usage_ends_at=NOON.replace(hour=0))

    assert "8月19日（火）" in opened(scene)
    assert "午後11時59分で終わりました。" in opened(scene)


def test_the_period_ends_between_confirm_page_and_button(scene, clock):
    change_program(scene, usage_ends_at=NOON + timedelta(minutes=1))
    url = scene.confirm_url(500)
    order = scene.order(url)

    clock.shift(60)
    page = scene.client.post(url, order).content.decode()

    assert "使える期間が終わっています" in page
    assert CERTAIN in page


@pytest.mark.parametrize(
    ("status", "reason"), [("PREPARING", "まだ始まっていません。"), ("ENDED", "終わりました。")]
)
def test_a_program_that_is_not_open(scene, status, reason):
    change_program(scene, status=status)

    assert reason in opened(scene)


def test_a_revoked_stand(scene):
    scene.till.revoked_at = NOON - timedelta(days=1)
    scene.till.save()

    assert "このQRコードは、新しいものに替わっています。" in opened(scene)


@pytest.mark.parametrize(
    "query", ["?k=1&v=aaaaaaaaaa", "?k=9&v=aaaaaaaaaa", "?k=1", "?v=x", "?k=é&v=é"]
)
def test_a_stand_that_we_did_not_print(scene, query):
    page = scene.client.get(f"/s/{scene.till.code}{query}").content.decode()

    assert "事務局が発行したQRコードではありません。" in page


def test_the_mark_of_another_till_is_not_ours(scene):
    other = at_a_till(points=0, program=scene.till.program).till
    borrowed = till_codes.till_path(other).partition("?")[2]

    page = scene.client.get(f"/s/{scene.till.code}?{borrowed}").content.decode()

    assert "事務局が発行したQRコードではありません。" in page


def test_a_refusal_of_the_till_is_told_before_anybody_signs_in(scene):
    stop_store(scene, Enrolment.Status.SUSPENDED)

    page = Client().get(scene.path).content.decode()

    assert "取り扱いを止めています" in page
    assert "ログインして支払う" not in page


def test_more_than_one_payment_may_take(scene):
    change_program(scene, payment_limit_points=500)

    page = scene.post(scene.path, points="800").content.decode()

    assert "1回に使えるのは、500ポイントまでです。" in page
    assert "500ポイント</span>だけ使う" in page


@pytest.mark.parametrize("status", [Wallet.Status.FROZEN, Wallet.Status.CLOSED])
def test_a_wallet_that_is_stopped(scene, status):
    url = scene.confirm_url(500)
    order = scene.order(url)
    Wallet.objects.filter(pk=scene.wallet.pk).update(status=status)

    page = scene.client.post(url, order).content.decode()

    assert "ポイントの利用を止めています" in opened(scene)
    assert "ポイントの利用を止めています" in page
    assert CERTAIN in page


@pytest.mark.req("SP-02")
def test_the_wallet_of_another_clients_resident_never_pays(scene):
    stranger = at_a_till(points=5_000)

    page = stranger.client.get(scene.path).content.decode()
    stranger.client.post(scene.path, {"points": "100"})

    assert "このお店では使えないポイントです" in page
    assert Payment.objects.count() == 0


def test_every_refusal_shows_the_telephone(scene):
    stop_store(scene, Enrolment.Status.SUSPENDED)

    assert scene.till.program.desk_phone in opened(scene)


@pytest.mark.django_db(transaction=True)
def test_a_payment_whose_outcome_is_unknown_is_looked_for(scene, settings):
    url = scene.confirm_url(500)
    order = scene.order(url)
    holder = connections.create_connection("default")
    try:
        with holder.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute(
                "SELECT 1 FROM ledger_wallet WHERE id = %s FOR UPDATE", [scene.wallet.pk]
            )
            with connections["default"].cursor() as ours:
                ours.execute("SET statement_timeout = '300ms'")
            answer = scene.client.post(url, order)
            cursor.execute("ROLLBACK")
    finally:
        holder.close()
        with connections["default"].cursor() as ours:
            ours.execute("RESET statement_timeout")

    waiting = scene.client.get(answer["Location"]).content.decode()

    assert answer.status_code == 302
    assert "支払いを確認しています" in waiting
    assert CERTAIN not in waiting
    assert "12:00:00" in waiting
    assert queries.usable_points(wallet_id=scene.wallet.pk, at=NOON) == 980
