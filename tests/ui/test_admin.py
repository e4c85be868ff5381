"""Django's admin and django-import-export as staff see them: Japanese, in our clothes, strict."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import include, path, reverse
from import_export.admin import ImportExportModelAdmin
from import_export.resources import ModelResource
from playwright.sync_api import Page

from pointsys.users.models import Organization
from tests.factories import OrganizationFactory, UserFactory
from tests.ui.test_components import INLINE
from tests.ui.words import english_in

# Django's own templates leave a few best practices open; the law's criteria are met.
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa"], "preload": False}

pytestmark = pytest.mark.django_db
on_test_site = pytest.mark.usefixtures("_admin_site")


class OrganizationResource(ModelResource):
    class Meta:
        model = Organization
        fields = ("id", "name")


class OrganizationAdmin(ImportExportModelAdmin):
    resource_classes = (OrganizationResource,)
    list_display = ("code", "name", "kind")
    list_filter = ("kind",)
    search_fields = ("name",)


site = admin.AdminSite()
site.register(Organization, OrganizationAdmin)
urlpatterns = [
    path("admin/", site.urls),
    path("accounts/", include("allauth.urls")),
]
PAGES = (
    "admin:index",
    "admin:users_organization_changelist",
    "admin:users_organization_add",
    "admin:users_organization_import",
    "admin:users_organization_export",
)
ONE = ("change", "delete", "history")


@pytest.fixture(autouse=True)
def _no_second_factor(settings: pytest.FixtureRequest) -> None:
    # What these tests look at comes after it; tests/users holds the second factor itself.
    settings.REQUIRE_SECOND_FACTOR = False  # type: ignore[attr-defined]


@pytest.fixture
def _admin_site(settings: pytest.FixtureRequest) -> None:
    settings.ROOT_URLCONF = "tests.ui.test_admin"  # type: ignore[attr-defined]


@pytest.fixture
def organization() -> Organization:
    return OrganizationFactory(code="04", name="宮城県")


@pytest.fixture
def office(client: Client) -> Client:
    client.force_login(UserFactory(name="大友 彩", is_staff=True, is_superuser=True))
    return client


def read(html: str) -> set[str]:
    # Field names of a file are shown as they are in the file's first line.
    return english_in(re.sub(r"<code>.*?</code>|\b(id|name)\b", "", html, flags=re.IGNORECASE))


def addresses(organization: Organization) -> list[str]:
    one = [reverse(f"admin:users_organization_{act}", args=[organization.pk]) for act in ONE]
    return [reverse(name) for name in PAGES] + one


@on_test_site
def test_every_kind_of_page_is_japanese(office: Client, organization: Organization) -> None:
    for address in addresses(organization):
        response = office.get(address)

        assert response.status_code == 200, address
        assert (address, read(response.content.decode())) == (address, set())


@on_test_site
def test_every_kind_of_page_obeys_the_content_policy(
    office: Client, organization: Organization
) -> None:
    for address in addresses(organization):
        html = office.get(address).content.decode()

        assert (address, INLINE.findall(html)) == (address, [])


@on_test_site
def test_a_missing_answer_is_told_without_the_word_field(office: Client) -> None:
    html = office.post(reverse("admin:users_organization_add"), {}).content.decode()

    assert "入力してください。" in html
    assert "フィールド" not in html


@on_test_site
def test_a_file_that_cannot_be_read_is_refused_in_japanese(office: Client) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    html = office.post(
        reverse("admin:users_organization_import"),
        {"import_file": SimpleUploadedFile("a.xlsx", b"\x00\x01"), "format": "1"},
    ).content.decode()

    assert "errorlist" in html
    assert read(html) == set()


@on_test_site
@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1280])
def test_the_list_and_the_form_pass_the_accessibility_rules(
    page: Page, visitor: Client, organization: Organization, width: int,
    settings: pytest.FixtureRequest,
) -> None:  # fmt: skip
    settings.ROOT_URLCONF = "tests.ui.test_admin"  # type: ignore[attr-defined]
    visitor.force_login(UserFactory(name="大友 彩", is_staff=True, is_superuser=True))
    page.set_viewport_size({"width": width, "height": 900})

    for address in addresses(organization)[:3]:
        page.goto(address)
        found = Axe().run(page, options=RULES)

        assert [
            (violation["id"], [node["html"] for node in violation["nodes"]])
            for violation in found.response["violations"]
        ] == []
        assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("model", list(admin.site._registry), ids=lambda model: model._meta.label)
def test_each_list_of_the_staff_admin_is_japanese_and_strict(
    office: Client, model: type[Model]
) -> None:
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"

    for act in ("changelist", "add"):
        response = office.get(reverse(f"{name}_{act}"))

        html = response.content.decode()
        assert response.status_code in {200, 403}
        assert (act, read(html)) == (act, set())
        assert (act, INLINE.findall(html)) == (act, [])


def test_no_library_puts_its_own_tables_into_the_staff_admin() -> None:
    apps_shown = {model._meta.label for model in admin.site._registry}

    assert apps_shown & {"auth.Group", "account.EmailAddress", "mfa.Authenticator"} == set()
    assert "users.User" in apps_shown
