"""A lottery from its preparation to its publication, and everybody who would like to bend it."""

import json
import subprocess
import sys
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from pointsys.audit.models import AuditEvent
from pointsys.common.sealing import seal
from pointsys.draws import algorithm, errors, queries
from pointsys.draws import services as draws
from pointsys.draws.models import Draw, Entry
from pointsys.users.models import Role
from tests.factories import NOON, OrganizationFactory, UserFactory, staff_of

pytestmark = pytest.mark.django_db


def prepared(rule="MOST_PEOPLE", supply=12, **fields) -> Draw:
    organization = fields.pop("organization", None) or OrganizationFactory()
    return draws.create_draw(
        organization_id=organization.pk,
        title="第1回 抽選",
        rule=rule,
        supply=supply,
        by=None,
        at=NOON,
        **fields,
    )


def entrants(count=10, units=3) -> list[tuple[UUID, int]]:
    return [(uuid4(), 1 + number % units) for number in range(count)]


def frozen(entries=None, **fields) -> Draw:
    lottery = prepared(**fields)
    return draws.freeze(draw_id=lottery.pk, entries=entries or entrants(), by=None, at=NOON)


def drawn(**fields) -> Draw:
    lottery = frozen(**fields)
    return draws.draw(draw_id=lottery.pk, public_value="3-14-15-9", by=None, at=NOON)


def meddled(statement: str, *values: object) -> None:
    """Change rows as somebody with the database in their hands would, past the triggers."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement, values)
        cursor.execute("SET LOCAL session_replication_role = origin")


@pytest.mark.req("LG-03", "VO-04")
def test_a_lottery_goes_from_preparation_to_publication():
    clerk, client = UserFactory(), UserFactory()
    entries = entrants(20)
    lottery = prepared(supply=25)
    draws.freeze(draw_id=lottery.pk, entries=entries, by=clerk, at=NOON)
    draws.draw(draw_id=lottery.pk, public_value=" ３-１４ ", by=clerk, at=NOON)
    draws.approve(draw_id=lottery.pk, by=client, at=NOON)
    lottery = draws.publish(draw_id=lottery.pk, by=clerk, at=NOON + timedelta(days=1))

    results = queries.results_of(lottery.pk)
    assert (lottery.status, lottery.public_value, lottery.drawn_by) == ("PUBLISHED", "3-14", clerk)
    assert {(result.applicant_uuid, result.units) for result in results} == set(entries)
    assert [result.rank for result in results] == list(range(1, 21))
    assert sum(result.won_units for result in results) == 25
    assert len({result.entry_no for result in results}) == 20
    assert queries.faults_of(lottery.pk) == []
    assert list(AuditEvent.objects.order_by("id").values_list("code", flat=True)) == [
        f"draws.draw.{act}" for act in ("created", "frozen", "drawn", "approved", "published")
    ]


def test_before_the_draw_there_are_entries_without_rank():
    lottery = frozen()

    results = queries.results_of(lottery.pk)

    assert len(results) == 10
    assert {(result.rank, result.won_units) for result in results} == {(None, None)}


def test_entry_numbers_tell_nothing_about_the_order_of_the_applications():
    entries = [(uuid4(), 1) for _ in range(200)]
    lottery = frozen(entries)

    numbers = {result.applicant_uuid: result.entry_no for result in queries.results_of(lottery.pk)}
    in_order = [numbers[applicant] for applicant, _ in entries]
    rising = sum(a < b for a, b in pairwise(in_order))

    assert 60 < rising < 140  # 100 ± 14 if nothing is behind it


def test_who_asks_for_what_fits_wins_it_all():
    lottery = drawn(supply=1_000)

    assert all(result.won_units == result.units for result in queries.results_of(lottery.pk))


@pytest.mark.parametrize("supply", [0, -1, 2**31])
def test_a_lottery_has_something_to_win(supply):
    with pytest.raises(errors.NothingToDraw):
        prepared(supply=supply)


def test_entries_that_make_no_sense_are_refused_and_nothing_is_frozen():
    lottery, single = prepared(), prepared(rule="SINGLE")
    same = uuid4()

    def freeze(entries, draw=lottery):
        return draws.freeze(draw_id=draw.pk, entries=entries, by=None, at=NOON)

    with pytest.raises(errors.NoEntries):
        freeze([])
    for entries in ([(same, 1), (same, 2)], [(same, 0)], [(same, 2**31)]):
        with pytest.raises(errors.WrongEntries):
            freeze(entries)
    with pytest.raises(errors.WrongEntries):
        freeze([(uuid4(), 2**30), (uuid4(), 2**30)])
    with pytest.raises(errors.WrongEntries):
        freeze([(same, 2)], single)

    assert not Entry.objects.exists()
    lottery.refresh_from_db()
    assert lottery.status == "DRAFT"


@pytest.mark.parametrize("value", ["", "  ", "1\x002", "x" * 201])
def test_a_draw_needs_the_witnesses_value(value):
    lottery = frozen()

    with pytest.raises(errors.PublicValueMissing):
        draws.draw(draw_id=lottery.pk, public_value=value, by=None, at=NOON)


def test_nothing_is_frozen_drawn_approved_or_published_twice_or_too_early():
    def freeze(lottery):
        draws.freeze(draw_id=lottery.pk, entries=entrants(), by=None, at=NOON)

    def draw(lottery):
        draws.draw(draw_id=lottery.pk, public_value="1", by=None, at=NOON)

    def approve(lottery):
        draws.approve(draw_id=lottery.pk, by=None, at=NOON)

    def publish(lottery):
        draws.publish(draw_id=lottery.pk, by=None, at=NOON)

    def void(lottery):
        draws.void(draw_id=lottery.pk, reason="やり直すため", by=None, at=NOON)

    lottery = prepared()
    acts = [freeze, draw, approve, publish]
    for done, act in enumerate(acts):
        for other in acts:
            if other is not act:
                with pytest.raises(errors.WrongState):
                    other(lottery)
        act(lottery)
        assert Draw.objects.get().status == ["FROZEN", "DRAWN", "APPROVED", "PUBLISHED"][done]
    for other in [*acts, void]:
        with pytest.raises(errors.WrongState):
            other(lottery)


def test_whoever_drew_does_not_approve():
    clerk = UserFactory()
    lottery = frozen()
    draws.draw(draw_id=lottery.pk, public_value="1", by=clerk, at=NOON)

    with pytest.raises(errors.SamePerson):
        draws.approve(draw_id=lottery.pk, by=clerk, at=NOON)

    assert draws.approve(draw_id=lottery.pk, by=UserFactory(), at=NOON).status == "APPROVED"


def test_a_voided_lottery_keeps_its_results_and_is_replaced_once():
    organization = OrganizationFactory()
    lottery = drawn(organization=organization)
    with pytest.raises(errors.NotReplaceable):
        prepared(organization=organization, replaces_id=lottery.pk)
    for reason in ("", "  ", "x" * 301, "a\x00"):
        with pytest.raises(errors.ReasonMissing):
            draws.void(draw_id=lottery.pk, reason=reason, by=None, at=NOON)

    voided = draws.void(draw_id=lottery.pk, reason="対象者に誤り", by=None, at=NOON)

    assert (voided.status, voided.seed, voided.void_reason) == (
        "VOIDED",
        lottery.seed,
        "対象者に誤り",
    )
    assert queries.faults_of(lottery.pk) == []
    with pytest.raises(errors.NotReplaceable):
        prepared(replaces_id=lottery.pk)
    assert prepared(organization=organization, replaces_id=lottery.pk).replaces == voided
    with pytest.raises(errors.NotReplaceable):
        prepared(organization=organization, replaces_id=lottery.pk)


@pytest.mark.req("LG-03")
def test_a_fresh_process_computes_the_same_from_what_is_stored(tmp_path):
    lottery = drawn(entries=entrants(50), supply=40)
    record = tmp_path / "record.json"
    record.write_text(json.dumps(queries.record_of(lottery.pk)), encoding="utf-8")

    answer = _check(record)

    assert answer.stdout == f"OK: 50 entries, result {lottery.result_sha256}\n"
    assert answer.returncode == 0


@pytest.mark.parametrize(
    "change",
    [
        {"supply": 41},
        {"rule": "PROPORTIONAL_CUT"},
        {"public_value": "3-14-15-10"},
        {"secret": "00" * 32},
        {"result_sha256": "00" * 32},
        {"seed": "00" * 32},
        {"entries": ("units", 2)},
        {"entries": ("won_units", 2)},
        {"entries": ("rank", 2)},
        {"entries": ("entry_no", 12_345_678)},
        {"entries": ("person", "00" * 32)},
    ],
    ids=str,
)
def test_a_record_that_was_bent_anywhere_is_found_out(tmp_path, change):
    lottery = drawn(entries=[(uuid4(), 5) for _ in range(10)], supply=40)
    record = queries.record_of(lottery.pk)
    for name, value in change.items():
        if name == "entries":
            record["entries"][0][value[0]] = value[1]
        else:
            record[name] = value
    file = tmp_path / "record.json"
    file.write_text(json.dumps(record), encoding="utf-8")

    answer = _check(file)

    assert answer.returncode == 1
    assert "FAULT" in answer.stdout


def _check(record: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", "-S", algorithm.__file__, str(record)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_record_names_nobody():
    entries = entrants()
    lottery = drawn(entries=entries)

    record = json.dumps(queries.record_of(lottery.pk))

    assert not any(str(applicant) in record or applicant.hex in record for applicant, _ in entries)
    assert not any(
        bytes(salt).hex() in record for salt in Entry.objects.values_list("salt", flat=True)
    )


def test_there_is_no_record_before_the_draw_because_it_tells_the_secret():
    lottery = frozen()

    with pytest.raises(AssertionError):
        queries.record_of(lottery.pk)


def test_an_entrant_can_show_that_they_are_among_the_frozen_entries():
    entries = entrants(7)
    lottery = frozen(entries)
    applicant, units = entries[3]

    receipt = queries.receipt_of(draw_id=lottery.pk, applicant_uuid=applicant)

    person = algorithm.person_of(salt=bytes.fromhex(receipt.salt), applicant=applicant.bytes)
    leaf = algorithm.leaf_of(entry_no=receipt.entry_no, units=units, person=person)
    proof = [(is_left, bytes.fromhex(digest)) for is_left, digest in receipt.proof]
    assert algorithm.root_of_proof(leaf, proof).hex() == lottery.entries_root
    assert queries.receipt_of(draw_id=lottery.pk, applicant_uuid=uuid4()) is None


MEDDLING = {
    "units": "UPDATE draws_entry SET units = units + 1 WHERE units = 1",
    "applicant": "UPDATE draws_entry SET applicant_uuid = gen_random_uuid() WHERE units = 1",
    "leaf": "UPDATE draws_entry SET leaf = sha256('x')",
    "left out": "DELETE FROM draws_entry WHERE units = 1",
    "number": "UPDATE draws_entry SET entry_no = entry_no + 1",
    "root": "UPDATE draws_draw SET entries_root = repeat('0', 64)",
    "digest": "UPDATE draws_draw SET secret_sha256 = repeat('0', 64)",
}


@pytest.mark.parametrize("what", MEDDLING)
def test_entries_that_changed_after_the_freeze_are_not_drawn(what):
    lottery = frozen()
    meddled(MEDDLING[what])

    with pytest.raises(errors.EntriesChanged):
        draws.draw(draw_id=lottery.pk, public_value="1", by=None, at=NOON)

    assert not Entry.objects.filter(rank__isnull=False).exists()


@pytest.mark.parametrize("what", ["exchanged", "broken"])
def test_a_secret_that_was_exchanged_is_not_drawn_with(what):
    lottery = frozen()
    other = seal(b"x" * 32, context=queries.secret_context(lottery))
    Draw.objects.update(secret_sealed=other if what == "exchanged" else b"broken")

    with pytest.raises(errors.EntriesChanged):
        draws.draw(draw_id=lottery.pk, public_value="1", by=None, at=NOON)


@pytest.mark.parametrize(
    "statement",
    [
        *MEDDLING.values(),
        "UPDATE draws_entry SET rank = rank + 100 WHERE rank = 1",
        "UPDATE draws_entry SET won_units = 0 WHERE rank = 1",
        "UPDATE draws_draw SET supply = supply + 1",
        "UPDATE draws_draw SET public_value = 'other'",
        "UPDATE draws_draw SET result_sha256 = repeat('0', 64)",
    ],
)
def test_a_result_that_changed_after_the_draw_is_not_approved_or_published(statement):
    lottery = drawn()
    with transaction.atomic():
        meddled(statement)
        with pytest.raises(errors.ResultChanged):
            draws.approve(draw_id=lottery.pk, by=None, at=NOON)
        transaction.set_rollback(True)
    draws.approve(draw_id=lottery.pk, by=None, at=NOON)
    meddled(statement)

    with pytest.raises(errors.ResultChanged):
        draws.publish(draw_id=lottery.pk, by=None, at=NOON)


@pytest.mark.parametrize("status", ["DRAFT", "FROZEN", "DRAWN", "APPROVED"])
def test_the_database_lets_no_status_go_back(status):
    lottery = drawn()
    draws.approve(draw_id=lottery.pk, by=None, at=NOON)
    draws.publish(draw_id=lottery.pk, by=None, at=NOON)

    with pytest.raises(IntegrityError), transaction.atomic():
        Draw.objects.filter(pk=lottery.pk).update(status=status, published_at=None)


@pytest.mark.parametrize(
    "change",
    [
        {"supply": 99},
        {"rule": "SINGLE"},
        {"entries_root": "0" * 64},
        {"secret_sha256": "0" * 64},
        {"public_value": "2"},
        {"seed": "0" * 64},
        {"result_sha256": "0" * 64},
        {"status": "PUBLISHED", "published_at": NOON},
        {"status": "FROZEN", "drawn_at": None, "seed": "", "result_sha256": ""},
    ],
    ids=str,
)
def test_the_database_keeps_what_was_frozen_and_drawn(change):
    lottery = drawn()

    with pytest.raises(IntegrityError), transaction.atomic():
        Draw.objects.filter(pk=lottery.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        lottery.delete()


@pytest.mark.parametrize(
    "change",
    [
        {"units": 9},
        {"applicant_uuid": UUID(int=7)},
        {"leaf": b"x" * 32},
        {"rank": 5, "won_units": 0},
    ],
    ids=str,
)
def test_the_database_keeps_entries_and_gives_their_result_once(change):
    drawn()
    entry = Entry.objects.order_by("rank").first()

    with pytest.raises(IntegrityError), transaction.atomic():
        Entry.objects.filter(pk=entry.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        entry.delete()


def test_the_database_takes_no_entry_after_the_freeze_and_no_result_after_the_draw():
    lottery = frozen()
    entry = Entry.objects.first()

    def late():
        Entry.objects.create(
            draw=lottery, entry_no=1, applicant_uuid=uuid4(), salt=b"s", units=1, leaf=b"x"
        )

    with pytest.raises(IntegrityError), transaction.atomic():
        late()
    with pytest.raises(IntegrityError), transaction.atomic():
        Entry.objects.filter(pk=entry.pk).update(units=9)
    draws.void(draw_id=lottery.pk, reason="取りやめ", by=None, at=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        Entry.objects.filter(pk=entry.pk).update(rank=1, won_units=1)


@pytest.mark.parametrize("table", ["draws_entry", "draws_draw"])
def test_the_database_does_not_empty_the_tables(table):
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {table} CASCADE")


def test_a_draft_can_be_thrown_away():
    prepared().delete()

    assert not Draw.objects.exists()


def test_staff_see_the_draws_of_their_clients():
    mine = prepared()
    prepared()

    seen = queries.draws_visible_to(staff_of(mine.organization, Role.OFFICE_CLERK))

    assert list(seen) == [mine]
    assert not queries.draws_visible_to(UserFactory()).exists()


def test_figures_take_a_constant_number_of_queries(django_assert_num_queries):
    lottery = drawn(entries=entrants(100), supply=50)

    with django_assert_num_queries(1):
        queries.results_of(lottery.pk)
    with django_assert_num_queries(2):
        queries.record_of(lottery.pk)
