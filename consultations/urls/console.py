from typing import Final

from django.urls import path

from consultations.views import overview, planning

app_name: Final = "consultations"
urlpatterns = [
    path("", overview.home, name="home"),
    path("list/", overview.event_list, name="list"),
    path("survey/", overview.survey_results, name="survey"),
    path("rules/", overview.rules, name="rules"),
    path("new/", planning.new, name="new"),
    path("<int:event_id>/", planning.detail, name="event"),
    path("<int:event_id>/edit/", planning.edit, name="edit"),
    path("<int:event_id>/propose/", planning.propose, name="propose"),
    path("<int:event_id>/decide/", planning.decide, name="decide"),
    path("<int:event_id>/cancel/", planning.cancel, name="cancel"),
    path("<int:event_id>/book/", planning.book_for, name="book_for"),
    path("<int:event_id>/book/<uuid:key>/", planning.booked_for, name="booked_for"),
    path("<int:event_id>/<slug:act>/", planning.run, name="run"),
]
