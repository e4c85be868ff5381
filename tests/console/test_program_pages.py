import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from pointsys.audit.models import AuditEvent
from pointsys.programs import presets
from pointsys.programs.models import Program
from pointsys.users.models import Role
from tests.programs.factories import NOON, make_client, make_operator, make_program, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at_noon(settings):
    settings.REQUIRE_SECOND_FACTOR = False
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def county():
    return make_client()


@pytest.fixture
def office(client, county):
    client.force_login(make_staff(county, Role.OFFICE_CLERK))
    return client


def answers(county, operator, **changed):
    return {
        "name": "みやぎポイント 来年度",
        "code": "miyagi-2026",
        "client": county.pk,
        "operator": operator.pk,
        "status": "PREPARING",
        "theme": "green",
        "area_name": "宮城県内全域",
        "area_codes": "０４",
        "grant_starts_at": "2026-05-28T00:00",
        "grant_ends_at": "2027-03-01T00:00",
        "usage_starts_at": "2026-05-28T00:00",
        "usage_ends_at": "2027-03-01T00:00",
        "points_expire_at": "2027-03-01T00:00",
        "issuance_ceiling_points": "４４３，７５０，０００",
        "payment_limit_points": "",
        "refund_limit_points": "10000",
        "settlement_payment_day": "20",
        "settlement_payment_shift": "PREVIOUS",
        "file_lead_bank_days": "2",
        "system_fee_basis_points": "50",
        "system_fee_rounding": "DOWN",
        "goods_list": "miyagi-2025",
        "goods": "",
        "desk_name": "コールセンター",
        "desk_phone": "0120-000-000",
        "desk_hours": "午前9時から午後5時30分まで",
        **changed,
    }


@pytest.mark.req("AD-10")
@pytest.mark.req("LG-01")
def test_staff_set_up_a_program_on_screens_alone(office, county):
    typed = answers(county, make_operator())

    check = office.post(reverse("console:program_new"), typed)
    nothing_yet = Program.objects.exists()
    saved = office.post(reverse("console:program_new"), typed | {"step": "save"}, follow=True)

    assert "内容を確認してください" in check.content.decode()
    assert not nothing_yet
    made = Program.objects.get(code="miyagi-2026")
    assert made.issuance_ceiling_points == 443_750_000
    assert made.area_codes == ["04"]
    assert timezone.localtime(made.usage_ends_at).isoformat() == "2027-03-01T00:00:00+09:00"
    assert made.prohibited_goods.count() == len(presets.MIYAGI_2025)
    page = saved.content.decode()
    assert "0.5％" in page
    assert "たばこ" in page


def test_the_check_page_of_a_new_program_names_its_client_and_operator(office, county):
    operator = make_operator()

    check = office.post(reverse("console:program_new"), answers(county, operator))

    rows = {row["label"]: row["value"] for row in check.context["sections"][0]["rows"]}
    assert (rows["発注者"], rows["受託者"]) == (county.name, operator.name)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"code": "宮城"}, "事業コードは、半角の英数字とハイフンで入力してください"),
        (
            {"usage_ends_at": "2026-05-28T00:00"},
            "利用期間の終わりは、始まりより後の日時にしてください",
        ),
        ({"usage_ends_at": "来年"}, "利用の終わりは、「2026-03-01 00:00」のような日付と時刻"),
        ({"area_codes": "99"}, "対象地域のコード「99」は使えません"),
        ({"settlement_payment_day": "31"}, "支払日（翌月）は、28以下の数字で入力してください"),
        (
            {"goods": "たばこ"},
            "利用の対象外の1行目を、「コード｜名前｜根拠」の形で入力してください",
        ),
        ({"name": ""}, "事業名を入力してください"),
        ({"desk_phone": "123"}, "問合せの電話番号は、市外局番から"),
    ],
)
def test_a_wrong_rule_is_told_at_its_field_and_nothing_typed_is_lost(
    office, county, changed, sentence
):
    page = office.post(
        reverse("console:program_new"), answers(county, make_operator(), **changed)
    ).content.decode()

    assert page.count(sentence) >= 2
    assert "エラー：" in page
    assert "午前9時から午後5時30分まで" in page
    assert not Program.objects.exists()


def test_the_check_page_leads_back_to_what_was_typed(office, county):
    typed = answers(county, make_operator()) | {"step": "edit"}

    page = office.post(reverse("console:program_new"), typed).content.decode()

    assert 'value="みやぎポイント 来年度"' in page
    assert not Program.objects.exists()


def test_a_code_that_is_taken_is_told_before_the_check_page(office, county):
    taken = make_program(county)

    page = office.post(
        reverse("console:program_new"), answers(county, make_operator(), code=taken.code)
    ).content.decode()

    assert f"事業コード「{taken.code}」は、すでに使われています" in page


def edited(program, **changed):
    return answers(program.client, program.operator) | {
        "name": program.name,
        "status": "OPEN",
        "grant_starts_at": "2025-05-28T00:00",
        "grant_ends_at": "2026-03-01T00:00",
        "usage_starts_at": "2025-05-28T00:00",
        "usage_ends_at": "2026-03-01T00:00",
        "points_expire_at": "2026-03-01T00:00",
        "desk_name": program.desk_name,
        "desk_hours": program.desk_hours,
        "goods": "\n".join(f"{g.code}｜{g.label}｜{g.source}" for g in presets.MIYAGI_2025),
        **changed,
    }


@pytest.mark.req("SP-15")
def test_a_changed_rule_is_shown_old_and_new_and_recorded(office, county):
    program = make_program(county)
    address = reverse("console:program_edit", args=[program.code])
    typed = edited(program, issuance_ceiling_points="450,000,000")

    check = office.post(address, typed).content.decode()
    done = office.post(address, typed | {"step": "save"}, follow=True).content.decode()

    assert "<del>443,750,000ポイント</del> <ins>450,000,000ポイント</ins>" in check
    program.refresh_from_db()
    assert program.issuance_ceiling_points == 450_000_000
    changes = AuditEvent.objects.get(code="programs.rules_changed").changes
    assert list(changes) == ["issuance_ceiling_points"]
    assert "事業の規則を変えた" in done


@pytest.mark.req("LG-14")
def test_a_ceiling_below_what_is_reserved_is_refused_with_the_number(office, county):
    from ledger import services as ledger

    program = make_program(county)
    ledger.create_round(
        program_id=program.pk, name="第1回", method="ALL", reserved_points=2_000, by=None, at=NOON
    )
    address = reverse("console:program_edit", args=[program.code])

    page = office.post(
        address, edited(program, issuance_ceiling_points="1999") | {"step": "save"}
    ).content.decode()

    assert "確保した2,000ポイントより小さくできません" in page
    program.refresh_from_db()
    assert program.issuance_ceiling_points == 443_750_000


@pytest.mark.req("SP-02")
def test_another_clients_program_is_not_found_and_viewers_cannot_change(client, county):
    program = make_program(county)
    address = reverse("console:program_edit", args=[program.code])

    client.force_login(make_staff(make_client("別の県"), Role.OFFICE_CLERK))
    stranger = client.post(address, edited(program) | {"step": "save"})
    client.force_login(make_staff(county, Role.CLIENT_VIEWER))
    viewer = client.post(address, edited(program) | {"step": "save"})

    assert (stranger.status_code, viewer.status_code) == (404, 403)
