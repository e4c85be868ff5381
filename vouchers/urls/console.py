from typing import Final

from django.urls import URLPattern, path

from vouchers.views import assist, counter, deposits, drawing, office, residency

app_name: Final = "vouchers"
urlpatterns: list[URLPattern] = [
    path("", office.home, name="home"),
    path("campaigns/new", office.campaign_new, name="campaign_new"),
    path("campaigns/<int:campaign_id>/edit", office.campaign_edit, name="campaign_edit"),
    path("campaigns/<int:campaign_id>/rounds/new", office.round_new, name="round_new"),
    path("rounds/<int:round_id>", office.round_detail, name="round"),
    path("rounds/<int:round_id>/edit", office.round_edit, name="round_edit"),
    path("rounds/<int:round_id>/period", office.round_period, name="round_period"),
    path("rounds/<int:round_id>/open", office.round_open, name="round_open"),
    path("rounds/<int:round_id>/letters", office.letters, name="letters"),
    path("rounds/<int:round_id>/letters.csv", office.letters_csv, name="letters_csv"),
    path("queue", residency.queue, name="queue"),
    path("rounds/<int:round_id>/queue", residency.start, name="queue_next"),
    path("applications/<int:application_id>", residency.application, name="application"),
    path("documents/<uuid:document_uuid>.jpg", residency.picture, name="picture"),
    path("rounds/<int:round_id>/draw", drawing.page, name="draw"),
    path("rounds/<int:round_id>/draw/freeze", drawing.freeze, name="draw_freeze"),
    path("rounds/<int:round_id>/draw/run", drawing.run, name="draw_run"),
    path("rounds/<int:round_id>/draw/approve", drawing.approve, name="draw_approve"),
    path("rounds/<int:round_id>/draw/refuse", drawing.refuse, name="draw_refuse"),
    path("assist/", assist.rounds, name="assist"),
    path("assist/<int:round_id>/", assist.find, name="assist_find"),
    path("assist/<int:round_id>/<int:resident_id>", assist.enter, name="assist_enter"),
    path("assist/<int:round_id>/<int:resident_id>/check", assist.check, name="assist_check"),
    path(
        "assist/<int:round_id>/<int:resident_id>/picture.jpg",
        assist.picture,
        name="assist_picture",
    ),
    path("assist/done/<uuid:application_uuid>", assist.done, name="assist_done"),
    path("sales", deposits.figures, name="sales"),
    path("rounds/<int:round_id>/close", deposits.close, name="close"),
    path("counter/", counter.search, name="counter"),
    path("counter/orders/<int:order_id>", counter.pay, name="counter_pay"),
    path("counter/receipts/<int:receipt_id>", counter.receipt, name="counter_receipt"),
    path("counter/rounds/<int:round_id>/", counter.find_buyer, name="counter_find"),
    path("counter/rounds/<int:round_id>/<int:resident_id>", counter.sell, name="counter_sell"),
    path("deposits/", deposits.files, name="deposits"),
    path("deposits/take", deposits.take, name="deposits_take"),
    path("deposits/<int:file_id>", deposits.file, name="deposit_file"),
    path("receipts/", deposits.unclear, name="unclear"),
    path("receipts/<int:receipt_id>", deposits.clear, name="clear"),
]
