from django.contrib import admin
from django.db.models import QuerySet

from pointsys.surveys import queries
from pointsys.surveys.models import Answer, Question, Response, Survey
from pointsys.users.admin import StaffAdmin
from pointsys.users.models import User


@admin.register(Survey)
class SurveyAdmin(StaffAdmin):
    """Surveys; made and read on the screens of what they are about."""

    client_path = "program__client_id"
    list_display = ("title", "program", "is_open", "created_at")
    list_select_related = ("program",)
    list_filter = ("is_open",)
    ordering = ("-id",)

    def visible_to(self, user: User) -> QuerySet[Survey]:
        return queries.surveys_visible_to(user)


@admin.register(Question)
class QuestionAdmin(StaffAdmin):
    """The questions of surveys."""

    client_path = "survey__program__client_id"
    list_display = ("survey", "position", "kind", "text")
    list_select_related = ("survey",)
    list_filter = ("kind",)
    ordering = ("-survey_id", "position")


@admin.register(Response)
class ResponseAdmin(StaffAdmin):
    """Filled sheets: when and about what; the answers are read as sums."""

    client_path = "survey__program__client_id"
    list_display = ("id", "survey", "subject_kind", "subject_id", "entered_by", "at")
    list_select_related = ("survey", "entered_by")
    ordering = ("-id",)


@admin.register(Answer)
class AnswerAdmin(StaffAdmin):
    """Single answers, for a question about a figure."""

    client_path = "question__survey__program__client_id"
    list_display = ("id", "question", "value")
    list_select_related = ("question",)
    ordering = ("-id",)
