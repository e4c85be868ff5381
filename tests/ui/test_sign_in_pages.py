"""Every page and mail of signing in speaks Japanese and stands in our look."""

import re

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from tests.factories import UserFactory
from tests.ui.words import english_in

pytestmark = pytest.mark.django_db
PASSWORD = "みなと-minato-7391"
WITHOUT_SIGN_IN = (
    "account_login",
    "account_request_login_code",
    "account_reset_password",
    "account_signup",
    "account_inactive",
    "account_email_verification_sent",
)
SIGNED_IN = ("account_change_password", "account_logout", "mfa_index", "account_email")


@pytest.fixture(autouse=True)
def _no_guesses_counted_yet() -> None:
    cache.clear()


def words_of(html: str) -> set[str]:
    """Return the English of a page, but for a secret that is shown to be typed."""
    return english_in(re.sub(r'<b class="mono">[A-Z2-7]+</b>', "", html))


def first_code(client: Client) -> str:
    """Return what an authenticator app shows for the secret of the page."""
    secret = client.session["mfa.totp.secret"]
    return totp.format_hotp_value(
        totp.hotp_value(secret, next(totp.yield_hotp_counters_from_time()))
    )


def sign_in(client: Client) -> None:
    user = UserFactory(password=PASSWORD)
    client.post(reverse("account_login"), {"login": user.username, "password": PASSWORD})


@pytest.mark.parametrize("name", WITHOUT_SIGN_IN)
def test_a_page_before_signing_in_is_japanese(client: Client, name: str) -> None:
    response = client.get(reverse(name))

    html = response.content.decode()
    assert response.status_code == 200
    assert words_of(html) == set()
    assert 'class="header"' in html


@pytest.mark.parametrize("name", SIGNED_IN)
def test_a_page_after_signing_in_is_japanese(client: Client, name: str) -> None:
    sign_in(client)

    response = client.get(reverse(name))

    html = response.content.decode()
    assert response.status_code == 200
    assert words_of(html.replace("user", "")) == set()


def test_a_browser_that_asks_for_english_gets_japanese(client: Client) -> None:
    html = client.get(reverse("account_login"), headers={"accept-language": "en"}).content.decode()

    assert words_of(html) == set()


def test_a_wrong_password_is_answered_with_the_remedy(client: Client) -> None:
    UserFactory(username="owner", password=PASSWORD)

    html = client.post(
        reverse("account_login"), {"login": "owner", "password": "wrong"}
    ).content.decode()

    assert "<title>エラー：職員・お店のログイン｜地域ポイント</title>" in html
    assert "ログインIDかパスワードがちがいます。もう一度入力してください" in html
    assert 'value="owner"' in html
    assert "wrong" not in html


def test_empty_boxes_are_named(client: Client) -> None:
    html = client.post(reverse("account_login"), {}).content.decode()

    assert html.count("ログインIDを入力してください") == 2
    assert html.count("パスワードを入力してください") == 2


def test_the_mail_with_the_code_is_plain_and_warns(client: Client) -> None:
    UserFactory(email="kazuko@example.jp")

    client.post(reverse("account_request_login_code"), {"email": "kazuko@example.jp"})

    [letter] = mail.outbox
    assert letter.subject == "ログインの確認番号"
    assert re.search(r"^　\d{6}$", letter.body, re.MULTILINE)
    assert "聞かれたら、詐欺です。" in letter.body
    assert english_in(letter.body) == set()
    assert not getattr(letter, "alternatives", [])


def test_the_code_page_shows_only_the_ends_of_the_address(client: Client) -> None:
    UserFactory(email="kazuko@example.jp")

    response = client.post(
        reverse("account_request_login_code"), {"email": "kazuko@example.jp"}, follow=True
    )

    html = response.content.decode()
    assert "k•••••o@example.jp" in html
    assert "kazuko" not in html
    assert words_of(html) == set()


def test_a_code_typed_in_full_width_digits_signs_in(client: Client) -> None:
    UserFactory(email="kazuko@example.jp")
    client.post(reverse("account_request_login_code"), {"email": "kazuko@example.jp"})
    code = re.search(r"\d{6}", mail.outbox[0].body)
    assert code is not None

    typed = code.group().translate({ord(str(n)): ord("０") + n for n in range(10)})
    client.post(reverse("account_confirm_login_code"), {"code": typed, "remember": "on"})

    assert "_auth_user_id" in client.session
    assert not client.session.get_expire_at_browser_close()


def test_a_shared_device_forgets_the_resident_with_the_browser(client: Client) -> None:
    UserFactory(email="kazuko@example.jp")
    client.post(reverse("account_request_login_code"), {"email": "kazuko@example.jp"})
    code = re.search(r"\d{6}", mail.outbox[0].body)
    assert code is not None

    client.post(reverse("account_confirm_login_code"), {"code": code.group()})

    assert "_auth_user_id" in client.session
    assert client.session.get_expire_at_browser_close()


def test_a_wrong_code_is_answered_with_the_remedy(client: Client) -> None:
    UserFactory(email="kazuko@example.jp")
    client.post(reverse("account_request_login_code"), {"email": "kazuko@example.jp"})

    html = client.post(reverse("account_confirm_login_code"), {"code": "000"}).content.decode()

    assert "番号がちがいます。6けたの番号を、もう一度入力してください" in html
    assert words_of(html) == set()


def test_an_unknown_address_gets_the_same_page_and_another_letter(client: Client) -> None:
    response = client.post(
        reverse("account_request_login_code"), {"email": "nobody@example.jp"}, follow=True
    )

    assert "n•••••y@example.jp" in response.content.decode()
    assert english_in(mail.outbox[0].body) == set()
    assert not re.search(r"\d{6}", mail.outbox[0].body)


def test_the_second_factor_is_set_up_asked_for_and_replaced_in_japanese(client: Client) -> None:
    user = UserFactory(password=PASSWORD)
    secrets = {"login": user.username, "password": PASSWORD}
    client.post(reverse("account_login"), secrets)

    again = client.get(reverse("mfa_activate_totp"), follow=True).content.decode()
    assert "もう一度、パスワードを入れてください" in again
    assert words_of(again) == set()
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})

    page = client.get(reverse("mfa_activate_totp")).content.decode()
    assert words_of(page) == set()
    assert 'src="data:image/svg' in page

    wrong = client.post(reverse("mfa_activate_totp"), {"code": "000000"}).content.decode()
    assert "番号がちがいます" in wrong

    code = first_code(client)
    codes = client.post(reverse("mfa_activate_totp"), {"code": code}, follow=True)
    assert "<h1>予備の番号</h1>" in codes.content.decode()
    for name in ("mfa_index", "mfa_view_recovery_codes", "mfa_generate_recovery_codes"):
        assert words_of(client.get(reverse(name)).content.decode()) == set()
    assert words_of(client.get(reverse("mfa_deactivate_totp")).content.decode()) == set()

    client.post(reverse("account_logout"))
    asked = client.post(reverse("account_login"), secrets, follow=True)
    assert "認証アプリの番号を入れてください" in asked.content.decode()
    assert words_of(asked.content.decode()) == set()
    assert "_auth_user_id" not in client.session
