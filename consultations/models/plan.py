import pghistory
from django.db import models
from django.db.models import F, Q

from consultations.models.events import Event


@pghistory.track()
class EventRules(models.Model):
    """What the contract of one program says of its events: notice, period and goal."""

    program = models.OneToOneField(
        "programs.Program",
        verbose_name="事業",
        on_delete=models.PROTECT,
        related_name="event_rules",
    )
    minimum_notice_days = models.PositiveSmallIntegerField("告知の期限（開催の何日前）", default=14)
    first_date = models.DateField("開催期間の初日")
    last_date = models.DateField("開催期間の最終日")
    install_goal = models.PositiveIntegerField("登録まで進んだ人の目標", null=True, blank=True)

    class Meta:
        verbose_name = "相談会の決まり"
        verbose_name_plural = "相談会の決まり"
        constraints = [
            models.CheckConstraint(
                name="consultations_rules_period_ordered",
                condition=Q(first_date__lte=F("last_date")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.program} の相談会"


@pghistory.track()
class HelpItem(models.Model):
    """One thing visitors are helped with (CO-06); `counts_for_goal` marks the installation."""

    program = models.ForeignKey(
        "programs.Program", verbose_name="事業", on_delete=models.PROTECT, related_name="help_items"
    )
    code = models.SlugField("コード", max_length=20)
    label = models.CharField("お手伝いの内容", max_length=40)
    position = models.PositiveSmallIntegerField("並び順", default=0)
    is_active = models.BooleanField("使う", default=True)
    counts_for_goal = models.BooleanField("目標に数える", default=False)

    class Meta:
        verbose_name = "お手伝いの内容"
        verbose_name_plural = "お手伝いの内容"
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["program", "code"], name="consultations_helpitem_code_once"
            ),
        ]

    def __str__(self) -> str:
        return self.label


class SurveyLink(models.Model):
    """Which survey the visitors of one kind of event are asked to fill in."""

    program = models.ForeignKey(
        "programs.Program",
        verbose_name="事業",
        on_delete=models.PROTECT,
        related_name="event_surveys",
    )
    event_kind = models.CharField("種類", max_length=12, choices=Event.Kind.choices)
    survey = models.ForeignKey(
        "surveys.Survey", verbose_name="アンケート", on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = "相談会のアンケート"
        verbose_name_plural = "相談会のアンケート"
        constraints = [
            models.UniqueConstraint(
                fields=["program", "event_kind"], name="consultations_surveylink_one_a_kind"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_event_kind_display()} {self.survey}"
