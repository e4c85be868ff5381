import json
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command

from ledger import errors, queries
from ledger.models import GrantRound, Lot, Wallet
from ledger.services import granting
from pointsys.common.tabular import TableRefused
from pointsys.residents.models import Resident
from tests.programs.factories import NOON, make_client, make_program, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def program():
    return make_program(issuance_ceiling_points=100_000)


def add_residents(client, number, municipality_code="04101", prefix="app"):
    return Resident.objects.bulk_create(
        Resident(
            client=client,
            external_id=f"{prefix}-{n:04d}",
            name="住民",
            municipality_code=municipality_code,
            imported_at=NOON,
        )
        for n in range(1, number + 1)
    )


def grant_to_all(program, name="第1回", points=1_000):
    plan = granting.plan_for_all(program_id=program.pk, name=name, points_each=points)
    return granting.carry_out(plan=plan, by=None, at=NOON)


def list_plan(program, text, name="名簿"):
    return granting.plan_for_list(program_id=program.pk, name=name, content=text.encode())


@pytest.mark.req("LG-02")
@pytest.mark.req("LG-16")
def test_everybody_in_the_area_gets_the_points_once(program):
    add_residents(program.client, 3)
    add_residents(program.client, 2, municipality_code="03201", prefix="outside")
    add_residents(make_client("別の県"), 1, prefix="stranger")

    first = grant_to_all(program)
    again = grant_to_all(program)

    assert (first.granted_count, first.granted_points, first.opened_wallets) == (3, 3_000, 3)
    assert (again.granted_count, again.skipped_count) == (0, 3)
    assert Wallet.objects.filter(program=program).count() == 3
    lots = Lot.objects.filter(wallet__program=program)
    assert {(lot.granted, lot.expires_at) for lot in lots} == {(1_000, program.points_expire_at)}


def test_a_round_that_stopped_halfway_goes_on_under_its_name(program, monkeypatch):
    add_residents(program.client, 5)
    plan = granting.plan_for_all(program_id=program.pk, name="第1回", points_each=1_000)
    monkeypatch.setattr(granting, "CHUNK", 2)

    class PowerCut(Exception):
        pass

    def cut(done, whole):
        if done >= 2:
            raise PowerCut

    with pytest.raises(PowerCut):
        granting.carry_out(plan=plan, by=None, at=NOON, progress=cut)
    halfway = queries.program_totals(program_id=program.pk, at=NOON).usable
    outcome = grant_to_all(program)

    assert halfway == 2_000
    assert (outcome.granted_count, outcome.skipped_count) == (3, 2)
    assert queries.program_totals(program_id=program.pk, at=NOON).usable == 5_000
    assert outcome.grant_round.status == GrantRound.Status.DONE


@pytest.mark.req("LG-01")
def test_a_round_above_the_ceiling_writes_nothing(program):
    add_residents(program.client, 2)
    plan = granting.plan_for_all(program_id=program.pk, name="多すぎ", points_each=50_001)

    assert not plan.fits
    assert plan.left_after == -2
    with pytest.raises(errors.CeilingExceeded, match="100,000"):
        granting.carry_out(plan=plan, by=None, at=NOON)
    assert not GrantRound.objects.exists()
    assert not Wallet.objects.exists()


def test_two_rounds_share_one_ceiling(program):
    add_residents(program.client, 2)
    grant_to_all(program, points=40_000)

    plan = granting.plan_for_all(program_id=program.pk, name="第2回", points_each=10_001)

    assert plan.left_points == 20_000
    assert not plan.fits


def test_the_name_of_another_round_is_not_reused(program):
    add_residents(program.client, 2)
    grant_to_all(program)

    with pytest.raises(errors.RoundDiffers, match="2,000"):
        grant_to_all(program, points=2_000)


def test_outside_the_grant_period_nothing_is_reserved(program):
    add_residents(program.client, 1)
    plan = granting.plan_for_all(program_id=program.pk, name="遅い", points_each=1)

    with pytest.raises(errors.OutsideGrantPeriod):
        granting.carry_out(plan=plan, by=None, at=program.grant_ends_at)

    assert queries.reserved_points(program.pk) == 0


@pytest.mark.req("LG-02")
@pytest.mark.req("AD-07")
def test_a_list_grants_each_row_its_own_points_and_names_each_wrong_row(program):
    add_residents(program.client, 4)
    add_residents(program.client, 1, municipality_code="03201", prefix="outside")
    text = (
        "アプリのID,氏名,ポイント\n"
        "app-0001,だれか,500\n"
        'ａｐｐ-0002,全角,"１，５００"\n'
        "app-9999,いない,100\n"
        "app-0001,二度目,100\n"
        ",なし,100\n"
        "app-0003,小数,1.5\n"
        "app-0004,零,0\n"
        "outside-0001,県外,100\n"
        "app-0003,多すぎ,1000001\n"
    )

    plan = list_plan(program, text)
    outcome = granting.carry_out(plan=plan, by=None, at=NOON)

    assert [(row.place, row.field) for row in plan.rejected] == [
        ("4行目", "アプリのID"),
        ("5行目", "アプリのID"),
        ("6行目", "アプリのID"),
        ("7行目", "ポイント"),
        ("8行目", "ポイント"),
        ("9行目", "アプリのID"),
        ("10行目", "ポイント"),
    ]
    assert "2行目" in plan.rejected[1].reason
    assert (outcome.granted_count, outcome.granted_points) == (2, 2_000)


@pytest.mark.req("LG-02")
@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("アプリのID,ポイント", "app-0001,1,000"),
        ("アプリのID,ポイント,備考", "app-0001,1,000,"),
        ("アプリのID,ポイント,", "app-0001,1,000"),
        ("ポイント,アプリのID", "500,app-0001,"),
    ],
)
def test_an_amount_that_its_comma_cut_in_two_is_granted_to_nobody(program, header, row):
    add_residents(program.client, 2)

    plan = list_plan(program, f"{header}\n{row}\n")

    assert plan.target_count == 0
    assert [(fault.place, fault.field) for fault in plan.rejected] == [("2行目", "ポイント")]
    assert "列が見出しより多くあります" in plan.rejected[0].reason


def test_blank_columns_that_the_header_has_too_are_no_reason_to_refuse(program):
    add_residents(program.client, 1)

    plan = list_plan(program, 'アプリのID,ポイント,,\napp-0001,"1,000",,\n')

    assert (plan.total_points, plan.rejected) == (1_000, ())


@pytest.mark.parametrize("written", ["1,5", "1,00", ",100", "1,0000", "100,"])
def test_a_comma_that_parts_no_thousands_is_refused(program, written):
    add_residents(program.client, 1)

    plan = list_plan(program, f'アプリのID,ポイント\napp-0001,"{written}"\n')

    assert [row.field for row in plan.rejected] == ["ポイント"]


def test_a_plan_of_a_list_tells_its_smallest_and_largest_points_and_its_first_rows(program):
    add_residents(program.client, 2)

    plan = list_plan(program, 'アプリのID,ポイント\napp-0002,"1,500"\nnobody,9\napp-0001,500\n')

    assert (plan.smallest_points, plan.largest_points) == (500, 1_500)
    assert plan.first_rows == (("app-0002", 1_500), ("app-0001", 500))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_a_list_is_read_in_every_usual_encoding(program, encoding):
    add_residents(program.client, 1)

    plan = granting.plan_for_list(
        program_id=program.pk,
        name="名簿",
        content="アプリのID,ポイント\r\napp-0001,500\r\n".encode(encoding),
    )

    assert plan.total_points == 500


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"", TableRefused),
        (b"\x00\x01\x02\xff" * 100, TableRefused),
        ("氏名,住所\n佐藤,仙台\n".encode(), errors.WrongGrantList),
    ],
)
def test_a_file_that_is_no_grant_list_is_refused_with_one_message(program, content, refusal):
    with pytest.raises(refusal):
        granting.plan_for_list(program_id=program.pk, name="名簿", content=content)


def test_a_frozen_wallet_gets_nothing_and_is_counted(program):
    add_residents(program.client, 2)
    granting.open_wallets_in_area(program_id=program.pk, at=NOON)
    Wallet.objects.filter(resident__external_id="app-0001").update(status="FROZEN")

    outcome = grant_to_all(program)

    assert (outcome.granted_count, outcome.barred_count) == (1, 1)


@time_machine.travel(NOON)
def test_the_command_grants_a_list_and_says_what_it_did(program, tmp_path):
    add_residents(program.client, 1)
    clerk = make_staff(program.client, "OFFICE_CLERK")
    file = tmp_path / "list.csv"
    file.write_text("アプリのID,ポイント\napp-0001,500\nnobody,500\n", encoding="cp932")
    words = ["--program", program.code, "--name", "名簿", "--list", str(file), "--json"]
    words += ["--by", clerk.username]
    tried, done = StringIO(), StringIO()

    call_command("grant_points", *words, "--dry-run", stdout=tried)
    after_trial = Lot.objects.count()
    call_command("grant_points", *words, stdout=done)

    assert after_trial == 0
    assert json.loads(tried.getvalue())["total_points"] == 500
    told = json.loads(done.getvalue())
    assert (told["granted"], told["granted_points"], len(told["rejected"])) == (1, 500, 1)
