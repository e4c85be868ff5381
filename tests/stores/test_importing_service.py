import json
import time
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from pointsys.audit.models import AuditEvent
from pointsys.common.tabular import TableRefused
from stores.models import ImportRun, MergeProposal, StoreApplication
from stores.services import imports
from stores.services.decisions import reject_application
from tests.factories import NOON, ProgramFactory, StoreFactory, UserFactory
from tests.vectors import file_params, vector_files

pytestmark = [pytest.mark.django_db, pytest.mark.req("ST-02")]
HEADER = "店名,住所,電話番号,業種"
MINATO = "みなと商店,宮城県石巻市立町1-1,0225-11-2222,鮮魚店"
YAMATO = "やまと食堂,宮城県仙台市青葉区中央1-1,022-111-2222,食堂"


def content_of(*lines):
    return "\n".join([HEADER, *lines]).encode()


def take(program, *lines, **changes):
    facts = {
        "source_name": "協力店一覧", "file_name": "list.csv", "by": None, "at": NOON,
        "content": content_of(*lines),
    } | changes  # fmt: skip
    return imports.import_store_list(program=program, **facts)


def test_each_row_becomes_an_application_with_its_values_and_its_origin():
    program, clerk = ProgramFactory(), UserFactory()

    report = take(program, MINATO, YAMATO, by=clerk)

    application = StoreApplication.objects.get(name="みなと商店")
    assert (report.row_count, report.created_count, report.run_id) == (
        2,
        2,
        application.import_run_id,
    )
    assert (application.source, application.row_number) == ("協力店一覧", 2)
    assert (application.status, application.submitted_at) == ("SUBMITTED", NOON)
    assert (application.phone, application.phone_key) == ("0225-11-2222", "0225112222")
    assert application.municipality_code == "04202"
    assert application.raw == {
        "店名": "みなと商店", "住所": "宮城県石巻市立町1-1",
        "電話番号": "0225-11-2222", "業種": "鮮魚店",
    }  # fmt: skip
    assert application.findings == []
    event = AuditEvent.objects.get(code="stores.list.imported")
    assert (event.by, event.changes["created"]) == (clerk, 2)


def test_reading_a_list_twice_creates_nothing():
    program = ProgramFactory()
    take(program, MINATO, YAMATO, MINATO)
    before = list(StoreApplication.objects.order_by("pk").values())

    report = take(program, MINATO, YAMATO, MINATO)

    assert (report.created_count, report.unchanged_count, report.proposal_count) == (0, 3, 0)
    assert list(StoreApplication.objects.order_by("pk").values()) == before
    assert MergeProposal.objects.count() == 1


def test_a_longer_list_adds_only_its_new_rows():
    program = ProgramFactory()
    take(program, MINATO)

    report = take(program, YAMATO, MINATO)

    assert (report.created_count, report.unchanged_count) == (1, 1)


def test_another_program_has_applications_of_its_own():
    take(ProgramFactory(), MINATO)

    assert take(ProgramFactory(), MINATO).created_count == 1


def test_a_changed_row_renews_its_application_while_that_is_undecided():
    program = ProgramFactory()
    take(program, MINATO)

    report = take(program, MINATO.replace("0225-11-2222", "0225-33-4444"))

    [application] = StoreApplication.objects.all()
    assert (application.phone, application.raw["電話番号"]) == ("0225-33-4444",) * 2
    assert [(row.row_number, row.is_renewed) for row in report.changed] == [(2, True)]


def test_a_changed_row_leaves_a_decided_application_as_it_was_decided():
    program = ProgramFactory()
    take(program, MINATO)
    application = StoreApplication.objects.get()
    reject_application(application_id=application.pk, reason="対象外", by=UserFactory(), at=NOON)

    report = take(program, MINATO.replace("0225-11-2222", "0225-33-4444"))

    application.refresh_from_db()
    assert application.phone == "0225-11-2222"
    assert [(row.row_number, row.is_renewed) for row in report.changed] == [(2, False)]


def test_a_row_that_is_not_taken_is_reported_and_kept_with_the_run():
    report = take(ProgramFactory(), MINATO, ",石巻市立町1-2,,", "やまと食堂,,,")

    told = [{"row_number": 3, "field": "店名", "reason": "店名がありません"},
            {"row_number": 4, "field": "住所", "reason": "所在地がありません"}]  # fmt: skip
    assert report.as_json()["rejected"] == tuple(told)
    assert ImportRun.objects.get().rejected == told
    assert StoreApplication.objects.count() == 1


@pytest.mark.req("ST-03")
def test_a_shop_outside_the_area_is_taken_with_a_finding():
    report = take(ProgramFactory(), "ならや,奈良県奈良市学園北2-5-9,0742-51-0209,食堂")

    [finding] = StoreApplication.objects.get().findings
    assert (finding["code"], report.findings) == ("OUTSIDE_AREA", {"OUTSIDE_AREA": 1})


def test_duplicates_are_proposed_against_rows_applications_and_stores_and_never_merged():
    program = ProgramFactory()
    store = StoreFactory(
        client=program.client, name="みなと商店", name_key="ミナト商店", phone_key="0225112222"
    )
    take(program, YAMATO)

    report = take(
        program, MINATO, "みなと　商店,石巻市立町１－１,,", YAMATO, source_name="別の一覧"
    )

    proposals = {
        (
            p.application.name,
            p.reason,
            p.other_store_id,
            p.other_application and p.other_application.source,
        )
        for p in MergeProposal.objects.select_related("application", "other_application")
    }
    assert report.proposal_count == len(proposals)
    assert proposals == {
        ("みなと商店", "店名と電話番号が同じです", store.pk, None),
        ("みなと 商店", "店名と所在地が同じです", None, "別の一覧"),
        ("やまと食堂", "店名と所在地が同じです", None, "協力店一覧"),
    }
    assert set(StoreApplication.objects.values_list("status", flat=True)) == {"SUBMITTED"}


def test_shops_of_another_client_are_no_duplicates():
    take(ProgramFactory(), MINATO)

    assert take(ProgramFactory(), MINATO).proposal_count == 0


def test_a_dry_run_reports_and_writes_nothing():
    program = ProgramFactory()

    report = take(program, MINATO, MINATO, dry_run=True)

    assert (report.created_count, report.proposal_count, report.run_id) == (2, 1, None)
    assert not StoreApplication.objects.exists()
    assert not ImportRun.objects.exists()
    assert not AuditEvent.objects.exists()


def test_a_wrong_file_is_refused_and_writes_nothing():
    with pytest.raises(TableRefused):
        take(ProgramFactory(), content=b"\x00\x01\x02")

    assert not ImportRun.objects.exists()


def test_the_preview_shows_columns_rows_and_suspicions():
    program = ProgramFactory()

    preview = imports.preview_store_list(
        program=program,
        source_name="",
        content="店舗名,住所,備考\nみなと,石巻市立町1-1,角\nみなと,石巻市立町1-1,\n".encode(),
        file_name="list.csv",
    )

    assert preview.columns == (("店名", "店舗名"), ("所在地", "住所"))
    assert preview.unused_columns == ("備考",)
    assert [row.name for row in preview.rows] == ["みなと", "みなと"]
    [duplicate] = preview.duplicates
    assert (duplicate.row_number, duplicate.other, duplicate.reason) == (
        3, "みなと", "店名と所在地が同じです",
    )  # fmt: skip
    assert (preview.report.source, preview.report.is_dry_run) == ("list.csv", True)
    assert not StoreApplication.objects.exists()


@pytest.mark.req("ST-10")
def test_ten_thousand_rows_take_seconds_and_few_queries(django_assert_max_num_queries):
    lines = [
        f"みなと商店{n}号店,宮城県石巻市立町{n}-1,0225-{n // 10_000:02}-{n % 10_000:04},鮮魚店"
        for n in range(10_000)
    ]
    program = ProgramFactory()

    start = time.monotonic()
    with django_assert_max_num_queries(60):
        report = take(program, *lines)
    seconds = time.monotonic() - start

    assert report.created_count == 10_000
    assert seconds < 20


# --- The command ------------------------------------------------------------------------------
def command(path, program, *options):
    out = StringIO()
    call_command("import_stores", str(path), "--program", program.code, *options, stdout=out)
    return out.getvalue()


def test_the_command_tells_counts_and_reasons(tmp_path):
    program = ProgramFactory()
    path = tmp_path / "list.csv"
    path.write_bytes(content_of(MINATO, ",石巻市,,"))

    told = json.loads(command(path, program, "--json"))
    again = command(path, program)

    assert (told["row_count"], told["created_count"], told["is_dry_run"]) == (2, 1, False)
    assert told["rejected"] == [{"row_number": 3, "field": "店名", "reason": "店名がありません"}]
    assert "新規 0、変更なし 1" in again
    assert "3: 店名: 店名がありません" in again


def test_the_command_refuses_in_one_sentence(tmp_path):
    program = ProgramFactory()
    path = tmp_path / "list.csv"
    path.write_bytes(b"%PDF-1.7")

    with pytest.raises(CommandError, match="PDF ファイルです"):
        command(path, program)
    with pytest.raises(CommandError, match="開けません"):
        command(tmp_path / "none.csv", program)
    with pytest.raises(CommandError, match="事業はありません"):
        call_command("import_stores", str(path), "--program", "none")
    assert not ImportRun.objects.exists()


# --- Real lists -------------------------------------------------------------------------------
def real_lists():
    shops = vector_files("**/stores/gotoeat*", "**/stores/chofu*", "**/stores/jp_post*")
    return file_params(shops, "store lists")


@pytest.mark.vectors
@pytest.mark.parametrize("path", real_lists())
def test_a_real_list_is_imported_once(path):
    program = ProgramFactory()

    first = json.loads(command(path, program, "--json"))
    second = json.loads(command(path, program, "--json"))

    assert first["created_count"] >= 0.95 * first["row_count"]
    assert first["created_count"] + len(first["rejected"]) == first["row_count"]
    assert (second["created_count"], second["proposal_count"]) == (0, 0)
    assert second["unchanged_count"] == first["created_count"]
    assert StoreApplication.objects.count() == first["created_count"]
    assert MergeProposal.objects.count() == first["proposal_count"]
