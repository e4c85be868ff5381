"""Questions to residents and visitors, and their answers.

A survey knows nothing of meetings or sales: what an answer is about is a kind and an id.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import MD5


class Survey(models.Model):
    """One sheet of questions of a program (アンケート); its questions never change."""

    program = models.ForeignKey(
        "programs.Program", verbose_name="事業", on_delete=models.PROTECT, related_name="surveys"
    )
    title = models.CharField("名称", max_length=120)
    is_open = models.BooleanField("受付中", default=True)
    created_at = models.DateTimeField("作成日時")

    class Meta:
        verbose_name = "アンケート"
        verbose_name_plural = "アンケート"

    def __str__(self) -> str:
        return self.title


class Question(models.Model):
    """One question (設問) with its choices in the order in which they are shown."""

    class Kind(models.TextChoices):
        SINGLE = "SINGLE", "ひとつ選ぶ"
        MULTIPLE = "MULTIPLE", "いくつでも選ぶ"
        SCALE = "SCALE", "段階で答える"
        TEXT = "TEXT", "自由に書く"

    survey = models.ForeignKey(
        Survey, verbose_name="アンケート", on_delete=models.PROTECT, related_name="questions"
    )
    position = models.PositiveSmallIntegerField("順番")
    kind = models.CharField("種類", max_length=10, choices=Kind.choices)
    text = models.CharField("設問", max_length=300)
    choices = models.JSONField("選択肢", default=list, blank=True)
    is_required = models.BooleanField("必須", default=False)

    class Meta:
        verbose_name = "設問"
        verbose_name_plural = "設問"
        constraints = [
            models.UniqueConstraint(
                fields=["survey", "position"], name="surveys_question_position_once"
            ),
            models.CheckConstraint(
                name="surveys_question_choices_match_kind",
                condition=Q(kind="TEXT", choices=[]) | (~Q(kind="TEXT") & ~Q(choices=[])),
            ),
        ]

    def __str__(self) -> str:
        return self.text


class Response(models.Model):
    """One filled sheet (回答); `entered_by` is set where staff typed it from paper."""

    survey = models.ForeignKey(
        Survey, verbose_name="アンケート", on_delete=models.PROTECT, related_name="responses"
    )
    subject_kind = models.CharField("対象の種類", max_length=60)
    subject_id = models.CharField("対象の番号", max_length=40)
    # Made when the form is shown: sent twice, it is one response.
    request_key = models.UUIDField("要求のキー", unique=True, editable=False)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="入力した人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    at = models.DateTimeField("回答日時")

    class Meta:
        verbose_name = "回答"
        verbose_name_plural = "回答"
        indexes = [
            models.Index(
                fields=["survey", "subject_kind", "subject_id"], name="surveys_response_subject"
            )
        ]

    def __str__(self) -> str:
        return f"回答 {self.pk}"


class Answer(models.Model):
    """The answer to one question; a question with several answers has a row for each choice."""

    response = models.ForeignKey(
        Response, verbose_name="回答", on_delete=models.CASCADE, related_name="answers"
    )
    question = models.ForeignKey(
        Question, verbose_name="設問", on_delete=models.PROTECT, related_name="answers"
    )
    value = models.CharField("答え", max_length=1_000)

    class Meta:
        verbose_name = "答え"
        verbose_name_plural = "答え"
        constraints = [
            # Over the digest: a long answer does not fit into an index.
            models.UniqueConstraint(
                "response", "question", MD5("value"), name="surveys_answer_once"
            ),
            models.CheckConstraint(name="surveys_answer_says_something", condition=~Q(value="")),
        ]

    def __str__(self) -> str:
        return self.value[:40]
