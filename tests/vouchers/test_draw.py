import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pointsys.approvals.errors import ChangedSinceAsked, ReasonRequired, SamePersonApproval
from pointsys.approvals.models import Approval
from pointsys.draws.models import Draw
from pointsys.notices.models import Notice
from tests.vouchers.lottery import (
    APPLY_ENDS,
    APPLYING,
    DECIDING,
    DRAWING,
    NUMBERS,
    PAY_ENDS,
    Lottery,
    build_lottery,
)
from vouchers import errors
from vouchers.models import Application, Order, SaleRound
from vouchers.queries.drawing import draw_figures
from vouchers.services import drawing, residency

pytestmark = [pytest.mark.django_db, pytest.mark.req("VO-04")]
Status = Application.Status


@pytest.fixture
def lottery() -> Lottery:
    return build_lottery(sets=5)


def test_everybody_wins_what_they_asked_for_when_it_fits(lottery: Lottery):
    small, large = lottery.confirmed(sets=2), lottery.confirmed(sets=3)

    lottery.decided()

    small.refresh_from_db()
    large.refresh_from_db()
    assert [small.status, large.status] == [Status.WON, Status.WON]
    assert [small.won_sets, large.won_sets] == [2, 3]


def test_as_many_people_as_possible_win_when_it_does_not_fit(lottery: Lottery):
    for _ in range(3):
        lottery.confirmed(sets=10)

    lottery.decided()

    won = sorted(sets or 0 for sets in Application.objects.values_list("won_sets", flat=True))
    assert won == [1, 2, 2]


def test_more_people_than_sets_leave_some_without_any(lottery: Lottery):
    for _ in range(8):
        lottery.confirmed(sets=2)

    lottery.decided()

    assert Application.objects.filter(status=Status.WON, won_sets=1).count() == 5
    assert Application.objects.filter(status=Status.LOST, won_sets=0).count() == 3


def test_only_confirmed_applications_take_part(lottery: Lottery):
    taken = lottery.confirmed(sets=1)
    refused = lottery.apply(sets=1)
    residency.refuse(application_id=refused.pk, reason="読めません", by=lottery.clerk, at=APPLYING)

    lottery.decided()

    refused.refresh_from_db()
    assert refused.status == Status.REFUSED
    assert list(lottery.round.draw.entries.values_list("applicant_uuid", flat=True)) == [taken.uuid]


def test_nobody_is_frozen_before_the_applications_end(lottery: Lottery):
    lottery.confirmed()

    with pytest.raises(errors.ApplicationsStillComing):
        lottery.freeze(at=APPLYING)

    assert lottery.round.draw is None


def test_open_applications_are_counted_before_a_freeze(lottery: Lottery):
    lottery.confirmed()
    lottery.apply()
    lottery.apply()

    with pytest.raises(errors.NotYetDecided) as refusal:
        lottery.freeze()

    assert refusal.value.context == {"count": 2}
    assert lottery.round.draw is None


def test_an_empty_round_is_not_drawn(lottery: Lottery):
    with pytest.raises(errors.NothingToDraw):
        lottery.freeze()


def test_a_round_is_frozen_once(lottery: Lottery):
    lottery.confirmed()
    lottery.freeze()

    with pytest.raises(errors.DrawNotReady):
        lottery.freeze()

    assert Draw.objects.count() == 1


def test_nothing_is_drawn_before_the_freeze(lottery: Lottery):
    lottery.confirmed()

    with pytest.raises(errors.DrawNotReady):
        drawing.hold_draw(
            sale_round_id=lottery.round_id, public_value=NUMBERS, by=lottery.clerk, at=DRAWING
        )


def test_the_client_is_asked_about_the_digest_of_the_result(lottery: Lottery):
    lottery.confirmed()
    lottery.hold_draw()

    approval = Approval.objects.get(kind="vouchers.draw")
    assert approval.digest == lottery.round.draw.result_sha256
    assert approval.subject_id == str(lottery.round_id)
    assert approval.organization == lottery.program.client
    assert lottery.round.status == SaleRound.Status.DRAWN


def test_before_the_approval_nobody_is_told_and_no_row_shows_the_result(lottery: Lottery):
    for number in range(8):
        lottery.confirmed(lottery.person(mail=f"w{number}@example.jp"), sets=2)
    before = list(Application.objects.order_by("pk").values())

    lottery.hold_draw()

    assert list(Application.objects.order_by("pk").values()) == before
    assert not Notice.objects.exists()
    assert not Order.objects.exists()
    assert lottery.round.principal_round is None


def test_the_approval_does_all_of_it_in_one_step(lottery: Lottery):
    for number in range(8):
        lottery.confirmed(lottery.person(mail=f"w{number}@example.jp"), sets=1)

    sale_round = lottery.decided()

    sale_round.refresh_from_db()
    assert sale_round.status == SaleRound.Status.SELLING
    assert sale_round.draw.status == Draw.Status.PUBLISHED
    assert sale_round.taken_sets == 5
    assert Order.objects.filter(sale_round=sale_round, pay_until=PAY_ENDS).count() == 5
    assert Notice.objects.count() == 8
    principal, premium = sale_round.principal_round, sale_round.premium_round
    assert (principal.source, principal.funding_rank) == ("VOUCHER_PRINCIPAL", 0)
    assert (premium.source, premium.funding_rank) == ("VOUCHER_PREMIUM", 1)
    assert (principal.reserved_points, premium.reserved_points) == (25_000, 5_000)
    assert principal.usable_from == lottery.program.usage_starts_at
    assert principal.expires_at == lottery.program.points_expire_at


def test_whoever_drew_does_not_approve(lottery: Lottery):
    lottery.confirmed()
    lottery.hold_draw()

    with pytest.raises(SamePersonApproval):
        drawing.approve_draw(
            sale_round_id=lottery.round_id,
            digest=lottery.round.draw.result_sha256,
            by=lottery.clerk,
            at=DECIDING,
        )

    assert lottery.round.status == SaleRound.Status.DRAWN


def test_another_result_than_the_one_that_was_seen_is_not_approved(lottery: Lottery):
    lottery.confirmed()
    lottery.hold_draw()

    with pytest.raises(ChangedSinceAsked):
        drawing.approve_draw(
            sale_round_id=lottery.round_id, digest="0" * 64, by=lottery.approver, at=DECIDING
        )

    assert not Order.objects.exists()
    assert lottery.round.draw.status == Draw.Status.DRAWN


def test_a_result_that_comes_too_late_to_buy_is_not_approved(lottery: Lottery):
    lottery.confirmed()
    lottery.hold_draw()

    with pytest.raises(errors.PurchasePeriodPassed):
        lottery.approve(at=PAY_ENDS)

    assert lottery.round.status == SaleRound.Status.DRAWN


def test_a_refusal_voids_the_draw_for_good_and_the_next_one_names_it(lottery: Lottery):
    lottery.confirmed()
    lottery.hold_draw()
    first = lottery.round.draw

    drawing.refuse_draw(
        sale_round_id=lottery.round_id,
        reason="立会人が1人足りません",
        by=lottery.approver,
        at=DECIDING,
    )

    first.refresh_from_db()
    assert first.status == Draw.Status.VOIDED
    assert first.void_reason == "立会人が1人足りません"
    assert lottery.round.status == SaleRound.Status.APPLYING
    assert not Notice.objects.exists()
    lottery.decided()
    assert lottery.round.draw.replaces == first
    assert lottery.round.status == SaleRound.Status.SELLING


def test_a_refusal_says_why(lottery: Lottery):
    lottery.confirmed()
    lottery.hold_draw()

    with pytest.raises(ReasonRequired):
        drawing.refuse_draw(
            sale_round_id=lottery.round_id, reason="  ", by=lottery.approver, at=DECIDING
        )

    assert lottery.round.status == SaleRound.Status.DRAWN


def test_a_decision_is_taken_once(lottery: Lottery):
    lottery.confirmed()
    lottery.decided()

    with pytest.raises(errors.DrawNotReady):
        lottery.approve()
    with pytest.raises(errors.DrawNotReady):
        drawing.refuse_draw(
            sale_round_id=lottery.round_id, reason="だめ", by=lottery.approver, at=DECIDING
        )


def test_the_figures_add_up(lottery: Lottery):
    for sets in (1, 2, 4):
        lottery.confirmed(sets=sets)
    lottery.hold_draw()

    figures = draw_figures(lottery.round.draw)

    assert figures is not None
    assert (figures.applicants, figures.requested, figures.supply) == (3, 7, 5)
    assert (figures.winners, figures.losers, figures.given, figures.left) == (3, 0, 5, 0)
    assert not figures.all_fit
    assert sum(line.people for line in figures.lines) == 3


def test_many_winners_take_no_more_queries_than_few(lottery: Lottery):
    def approval_queries(applicants: int) -> int:
        scene = build_lottery(sets=applicants)
        for _ in range(applicants):
            scene.confirmed(scene.person())
        scene.hold_draw()
        with CaptureQueriesContext(
            connection,
        ) as queries:
            scene.approve()
        return len(queries)

    assert approval_queries(12) == approval_queries(3)


def test_the_end_of_applications_is_exclusive(lottery: Lottery):
    with pytest.raises(errors.NotTakingApplications):
        lottery.apply(at=APPLY_ENDS)
