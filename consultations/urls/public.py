from typing import Final

from django.urls import path

from consultations.views import public, staff

app_name: Final = "events"
urlpatterns = [
    path("", public.event_list, name="list"),
    path("cancel/", public.cancel, name="cancel"),
    path("booked/<uuid:key>/", public.booked, name="booked"),
    path("<int:event_id>/", public.event, name="event"),
    path("<int:event_id>/book/", public.book, name="book"),
    path("<int:event_id>/survey/", public.survey, name="survey"),
    path("<int:event_id>/survey/done/", public.survey_done, name="survey_done"),
    path("staff/", staff.today, name="today"),
    path("staff/<int:event_id>/", staff.venue, name="venue"),
    path("staff/<int:event_id>/live/", staff.live, name="live"),
    path("staff/<int:event_id>/arrivals/", staff.arrive, name="arrive"),
    path("staff/<int:event_id>/search/", staff.search, name="search"),
    path("staff/<int:event_id>/bookings/", staff.bookings, name="bookings"),
    path("staff/<int:event_id>/survey/", staff.paper_survey, name="paper_survey"),
    path("staff/visits/<int:attendance_id>/", staff.visit_help, name="visit"),
    path("staff/visits/<int:attendance_id>/undo/", staff.undo, name="undo"),
]
