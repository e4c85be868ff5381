import base64
import threading
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from pointsys.users.models import Role
from stores import errors, queries, services, till_codes
from stores.models import Enrolment, Till
from tests.factories import (
    NOON,
    EnrolmentFactory,
    ProgramFactory,
    StoreFactory,
    TillFactory,
    staff_of,
)

codes = st.text(till_codes.ALPHABET, min_size=7, max_size=7).map(
    lambda data: data + till_codes.check_character(data)
)


@pytest.fixture
def enrolment():
    return EnrolmentFactory()


@pytest.fixture
def clerk(enrolment):
    return staff_of(enrolment.program.client, Role.OFFICE_CLERK)


def issue(enrolment, by):
    return services.issue_till(
        program_id=enrolment.program_id, store_id=enrolment.store_id, by=by, at=NOON
    )


# --- The code --------------------------------------------------------------------------------
def test_the_signs_of_a_code_cannot_be_mixed_up():
    assert len(set(till_codes.ALPHABET)) == 32
    assert not set("0O1I") & set(till_codes.ALPHABET)


def test_new_codes_are_valid_and_differ():
    made = {till_codes.new_code() for _ in range(500)}

    assert len(made) == 500
    assert all(till_codes.is_code(code) for code in made)


@given(codes, st.integers(0, 7), st.sampled_from(till_codes.ALPHABET))
def test_one_wrong_sign_is_always_noticed(code, place, sign):
    changed = code[:place] + sign + code[place + 1 :]

    assert till_codes.is_code(changed) == (changed == code)


@given(codes, st.integers(0, 7), st.integers(0, 7))
def test_two_exchanged_signs_are_always_noticed(code, one, other):
    signs = list(code)
    signs[one], signs[other] = signs[other], signs[one]
    changed = "".join(signs)

    assert till_codes.is_code(changed) == (changed == code)


@pytest.mark.parametrize(
    "spelling",
    ["{0}{1}", "{0}-{1}", " {0}　{1} ", "{0}－{1}", "{0}ー{1}"],
)
def test_a_code_is_read_in_any_spelling(spelling):
    code = till_codes.new_code()
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in code.lower())

    assert till_codes.read_code(spelling.format(code[:4], code[4:])) == code
    assert till_codes.read_code(spelling.format(wide[:4], wide[4:])) == code


@given(st.text(max_size=40))
def test_no_typed_text_makes_reading_fail(typed):
    code = till_codes.read_code(typed)

    assert code is None or till_codes.is_code(code)


def test_letters_that_no_code_has_are_never_guessed():
    data = "222222"
    assert till_codes.read_code(f"O{data}2") is None
    assert till_codes.read_code(f"0{data}2") is None
    assert till_codes.has_foreign_sign("ab１2")
    assert not till_codes.has_foreign_sign("ABCD-2345")


# --- The mark --------------------------------------------------------------------------------
def test_the_address_of_a_till_carries_its_code_key_and_mark(settings):
    till = SimpleNamespace(code=till_codes.new_code(), key_id="1")

    parts = urlsplit(till_codes.till_url(till))
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}

    assert f"{parts.scheme}://{parts.netloc}" == settings.SITE_ORIGIN
    assert parts.path == f"/s/{till.code}"
    assert query["k"] == "1"
    assert len(query["v"]) * 5 >= 48
    assert till_codes.is_mac_valid(till.code, query["k"], query["v"])
    assert till_codes.is_mac_valid(till.code, query["k"], query["v"].upper())


@pytest.mark.parametrize("mac", ["", "aaaaaaaaaa", "ａ", "あ" * 10, "x" * 500, "\ud800"])
def test_a_mark_that_we_did_not_make_is_refused(mac):
    assert not till_codes.is_mac_valid(till_codes.new_code(), "1", mac)
    assert not till_codes.is_mac_valid("日本語", "1", mac)


def test_a_retired_key_ends_its_stands_and_a_new_one_signs(settings):
    old = SimpleNamespace(code=till_codes.new_code(), key_id="1")
    mac = till_codes.till_mac(old.code, "1")
    second = "2:" + base64.b64encode(b"k" * 32).decode()

    settings.TILL_SIGNING_KEYS = [second, *settings.TILL_SIGNING_KEYS]
    assert till_codes.newest_key_id() == "2"
    assert till_codes.is_mac_valid(old.code, "1", mac)
    assert not till_codes.is_mac_valid(old.code, "2", mac)

    settings.TILL_SIGNING_KEYS = [second]
    assert not till_codes.is_mac_valid(old.code, "1", mac)
    with pytest.raises(errors.SigningKeyMissing):
        till_codes.till_url(old)


# --- Issuing ---------------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_scan_finds_the_till_and_a_forged_one_finds_nothing(enrolment, clerk):
    till = issue(enrolment, clerk)
    mac = till_codes.till_mac(till.code, till.key_id)

    assert queries.till_for_scan(code=till.code, key_id=till.key_id, mac=mac) == till
    assert queries.till_for_scan(code=till.code, key_id=till.key_id, mac=mac[::-1]) is None
    assert queries.till_for_scan(code=till.code, key_id="9", mac=mac) is None
    assert queries.till_by_code(till_codes.grouped_code(till.code).lower()) == till
    assert queries.till_by_code("と") is None


@pytest.mark.django_db
def test_tills_are_numbered_and_a_revoked_number_is_free_again(enrolment, clerk):
    tills = [issue(enrolment, clerk) for _ in range(3)]

    services.revoke_till(till_id=tills[1].pk, by=clerk, at=NOON)
    again = issue(enrolment, clerk)

    assert [till.number for till in tills] == [1, 2, 3]
    assert again.number == 2
    assert again.code != tills[1].code
    assert queries.till_by_code(tills[1].code).revoked_at == NOON
    with pytest.raises(errors.TillAlreadyRevoked):
        services.revoke_till(till_id=tills[1].pk, by=clerk, at=NOON)


@pytest.mark.django_db
def test_only_a_store_that_takes_part_gets_a_till(enrolment, clerk):
    with pytest.raises(errors.NotEnrolled):
        services.issue_till(
            program_id=enrolment.program_id, store_id=StoreFactory().pk, by=clerk, at=NOON
        )
    services.withdraw_enrolment(enrolment_id=enrolment.pk, reason="閉店", by=clerk, at=NOON)
    with pytest.raises(errors.EnrolmentInOtherState):
        issue(enrolment, clerk)

    assert not Till.objects.exists()


@pytest.mark.django_db
def test_the_database_refuses_one_code_or_one_number_twice(enrolment, clerk):
    till = issue(enrolment, clerk)

    for clash in ({"code": till.code, "number": 9}, {"code": "22222222", "number": till.number}):
        with pytest.raises(IntegrityError), transaction.atomic():
            TillFactory(program=till.program, store=till.store, **clash)


@pytest.mark.django_db
def test_stores_without_a_till_get_their_first_one_together():
    program = ProgramFactory()
    clerk = staff_of(program.client, Role.OFFICE_CLERK)
    enrolments = EnrolmentFactory.create_batch(3, program=program)
    stopped = EnrolmentFactory(program=program, status=Enrolment.Status.SUSPENDED, reason="調査中")
    issue(enrolments[0], clerk)
    everybody = [enrolment.store_id for enrolment in (*enrolments, stopped)]

    made = services.issue_missing_tills(
        program_id=program.pk, store_ids=everybody, by=clerk, at=NOON
    )

    assert {till.store_id for till in made} == {e.store_id for e in enrolments[1:]}


@pytest.mark.django_db(transaction=True)
def test_people_who_issue_at_the_same_time_get_different_numbers():
    enrolment = EnrolmentFactory()
    clerk = staff_of(enrolment.program.client, Role.OFFICE_CLERK)
    failures: list[Exception] = []

    def work() -> None:
        try:
            for _ in range(3):
                issue(enrolment, clerk)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert sorted(Till.objects.values_list("number", flat=True)) == list(range(1, 10))
