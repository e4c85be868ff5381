from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.generic import RedirectView

from pointsys.common import views as common
from pointsys.users.views import own_mail_address, own_password_help, password_help

urlpatterns = [
    path("healthz", common.healthz, name="healthz"),
    # One door for everybody: the admin's own form knows neither guess limits nor second factors.
    path(
        "admin/login/",
        login_not_required(RedirectView.as_view(pattern_name="account_login", query_string=True)),
    ),
    # Likewise for the password: the admin's own page would leave a first password in force.
    path(
        "admin/password_change/",
        RedirectView.as_view(pattern_name="account_change_password"),
    ),
    path("admin/", admin.site.urls),
    # Before the library's page of the same name, which would mail a new password.
    path("accounts/password/reset/", password_help, name="account_reset_password"),
    # Before the library's: whoever finds an open session must not add a lasting way in.
    path("accounts/email/", own_mail_address, name="account_email"),
    path("accounts/password/set/", own_password_help, name="account_set_password"),
    path("accounts/", include("allauth.urls")),
    path("s/", include("ledger.urls.pay")),
    path("my/vouchers/", include("vouchers.urls.resident")),
    path("my/", include("ledger.urls.resident")),
    # The console's and the portal's pages of settlement; before the pages that join rooms.
    path("", include("settlement.urls")),
    path("store/", include("pointsys.website.urls_store")),
    path("console/grants/", include("ledger.urls.console")),
    path("console/stores/", include("stores.urls")),
    path("console/vouchers/", include("vouchers.urls.console")),
    path("console/cards/", include("cards.urls.console")),
    path("terminal/", include("cards.urls.terminal")),
    path("desk/", include("callcenter.urls.desk")),
    path("events/", include("consultations.urls.public")),
    path("console/events/", include("consultations.urls.console")),
    path("console/residents/", include("pointsys.residents.urls")),
    path("console/", include("pointsys.console.urls")),
    path("", include("pointsys.website.urls")),
]

if settings.DEMO:
    urlpatterns += [path("demo/", include("pointsys.console.demo_urls"))]
