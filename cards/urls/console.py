from typing import Final

from django.urls import URLPattern, path

from cards.views import cards, stock, terminals_office

app_name: Final = "cards"
urlpatterns: list[URLPattern] = [
    path("", cards.home, name="home"),
    path("issue/", cards.issue, name="issue"),
    path("issue/<uuid:card_uuid>/", cards.issue_to, name="issue_to"),
    path("<uuid:card_uuid>/", cards.card, name="card"),
    path("<uuid:card_uuid>/issued/", cards.issued, name="issued"),
    path("<uuid:card_uuid>/replace/", cards.replace, name="replace"),
    path("<uuid:card_uuid>/block/", cards.block, name="block"),
    path("<uuid:card_uuid>/unblock/", cards.act, {"act": "unblock"}, name="unblock"),
    path("<uuid:card_uuid>/retire/", cards.act, {"act": "retire"}, name="retire"),
    path("stock/", stock.batches, name="stock"),
    path("stock/import/", stock.read_list, name="stock_import"),
    path("stock/import/confirm/", stock.take_list, name="stock_confirm"),
    path("stock/import/errors.csv", stock.rejected_rows, name="stock_errors"),
    path("stock/numbers/", stock.numbers, name="numbers"),
    path("terminals/", terminals_office.terminal_list, name="terminals"),
    path("terminals/new/", terminals_office.terminal_new, name="terminal_new"),
    path(
        "terminals/<uuid:terminal_uuid>/code/", terminals_office.terminal_code, name="terminal_code"
    ),
    path(
        "terminals/<uuid:terminal_uuid>/revoke/",
        terminals_office.terminal_revoke,
        name="terminal_revoke",
    ),
    path("limits/", terminals_office.limits, name="limits"),
    path("limits/earn/", terminals_office.earn_rule_new, name="earn_rule_new"),
    path("limits/earn/<int:rule_id>/", terminals_office.earn_rule_switch, name="earn_rule_switch"),
]
