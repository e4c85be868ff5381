"""The demo's pages exist in the demo and nowhere else."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.core.mail import EmailMessage as OutgoingMail
from django.core.mail import get_connection
from django.http import Http404
from django.test import RequestFactory, override_settings
from django.urls import NoReverseMatch, include, path, reverse

from pointsys import urls
from pointsys.console import demo_views
from pointsys.users.models import Membership, Role
from tests.factories import (
    OrganizationFactory,
    ProgramFactory,
    ResidentFactory,
    StoreStaffFactory,
    staff_of,
)

urlpatterns = [*urls.urlpatterns, path("demo/", include("pointsys.console.demo_urls"))]
in_the_demo = override_settings(ROOT_URLCONF=__name__, DEMO=True, REQUIRE_SECOND_FACTOR=False)


@pytest.mark.parametrize("address", ["/demo/", "/demo/sign-in", "/demo/mail/", "/demo/mail/x/0"])
@pytest.mark.django_db
def test_outside_the_demo_the_addresses_do_not_exist(client, address):
    assert client.get(address).status_code == 404
    assert client.post(address).status_code == 404
    with pytest.raises(NoReverseMatch):
        reverse("demo:start")


@pytest.mark.parametrize(
    "view", [demo_views.start, demo_views.sign_in, demo_views.mails, demo_views.mail]
)
def test_outside_the_demo_each_view_refuses_by_itself(view):
    with pytest.raises(Http404):
        view(RequestFactory().post("/demo/"))


START = {
    Role.DESK_OPERATOR: "/desk/",
    Role.DESK_SUPERVISOR: "/desk/",
    Role.EVENT_STAFF: "/events/staff/",
}


@in_the_demo
@pytest.mark.django_db
def test_the_demo_signs_in_as_any_role_with_one_click(client):
    clerk = staff_of(OrganizationFactory(), Role.OFFICE_CLERK, name="佐々木 事務")
    owner = StoreStaffFactory().user
    resident = ResidentFactory(signed_up=True).user

    page = client.get("/demo/").content.decode()
    for user in (clerk, owner, resident):
        assert f'value="{user.pk}"' in page
        answer = client.post("/demo/sign-in", {"user": user.pk})
        assert urlsplit(answer["Location"]).path == "/go/"
        assert int(client.session["_auth_user_id"]) == user.pk

    assert "事務局 担当" in page


@in_the_demo
@pytest.mark.django_db
@pytest.mark.parametrize("role", Role.values)
def test_every_role_has_a_button_and_a_page_to_start_from(client, role):
    user = staff_of(ProgramFactory().client, role, name="高橋 担当")

    page = client.get("/demo/").content.decode()
    client.post("/demo/sign-in", {"user": user.pk})
    started = client.get("/go/", follow=True)

    assert "高橋 担当" in page
    assert f'value="{user.pk}"' in page
    assert started.status_code == 200
    assert started.request["PATH_INFO"] == START.get(role, "/console/")


@in_the_demo
@pytest.mark.django_db
def test_the_start_page_says_what_people_can_really_do(client):
    staff_of(OrganizationFactory(), Role.CLIENT_APPROVER)
    StoreStaffFactory(role="CLERK")

    page = client.get("/demo/").content.decode()

    assert "承認の依頼を決めます" not in page
    assert "相談会の開催を承認します" in page
    assert "その日の支払いを取り消します" in page


@in_the_demo
@pytest.mark.django_db
@pytest.mark.parametrize("user", ["", "x", "0", "9" * 30, "-1", "\x00"])
def test_an_unknown_person_cannot_be_signed_in_as(client, user):
    assert client.post("/demo/sign-in", {"user": user}).status_code == 404


@pytest.fixture
def mail_folder(settings, tmp_path) -> Path:
    settings.EMAIL_FILE_PATH = str(tmp_path)
    return tmp_path


def send(folder: Path, *mails: OutgoingMail) -> None:
    connection = get_connection(
        "django.core.mail.backends.filebased.EmailBackend", file_path=str(folder)
    )
    connection.send_messages(list(mails))


@in_the_demo
@pytest.mark.django_db
def test_the_demo_shows_the_mails_that_were_sent(client, mail_folder):
    send(
        mail_folder,
        OutgoingMail(
            "確認番号のお知らせ", "番号は 123456 です。", "a@example.jp", ["b@example.jp"]
        ),
        OutgoingMail("二通め", "本文\n----\n<b>", "a@example.jp", ["c@example.jp"]),
    )

    listed = client.get("/demo/mail/").content.decode()
    stem = next(mail_folder.glob("*.log")).stem
    shown = client.get(f"/demo/mail/{stem}/0").content.decode()
    second = client.get(f"/demo/mail/{stem}/1").content.decode()

    assert listed.index("二通め") < listed.index("確認番号のお知らせ")
    assert "番号は 123456 です。" in shown
    assert "b@example.jp" in shown
    assert "&lt;b&gt;" in second


@in_the_demo
@pytest.mark.django_db
@pytest.mark.parametrize("name", ["x", "20250820-120000-1", "20250820-120000-1-2"])
def test_a_mail_that_is_not_there_is_not_found(client, mail_folder, name):
    (mail_folder / "x.log").write_text("Subject: no\n\nno")

    assert client.get(f"/demo/mail/{name}/0").status_code == 404


@in_the_demo
@pytest.mark.django_db
def test_no_mails_yet_is_told(client, mail_folder):
    assert "メールはまだありません" in client.get("/demo/mail/").content.decode()


@in_the_demo
@pytest.mark.django_db
def test_somebody_who_works_for_two_clients_has_one_button(client):
    first, second = OrganizationFactory(name="宮城県"), OrganizationFactory(name="大崎市")
    both = staff_of(first, Role.OFFICE_CLERK)
    Membership.objects.create(user=both, organization=second, role=Role.OFFICE_CLERK)

    page = client.get(reverse("demo:start")).content.decode()

    assert page.count(f'value="{both.pk}"') == 1
    assert "宮城県・大崎市" in page
