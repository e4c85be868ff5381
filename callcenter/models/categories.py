import pghistory
from django.db import models
from django.db.models import Q


@pghistory.track()
class Category(models.Model):
    """One item by which the client counts inquiries; mini-apps are rows too (CC-09)."""

    client = models.ForeignKey(
        "users.Organization", verbose_name="発注者", on_delete=models.PROTECT
    )
    parent = models.ForeignKey(
        "self",
        verbose_name="上の区分",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="children",
    )
    # What an operator types: 4 for the first level, 41 below it.
    code = models.CharField("番号", max_length=4)
    name = models.CharField("区分", max_length=40)
    position = models.PositiveSmallIntegerField("並び順", default=0)
    is_active = models.BooleanField("使用中", default=True)
    # Whether the client asked for a line of its own in the daily report.
    is_counted = models.BooleanField("日報に行を作る", default=True)

    class Meta:
        verbose_name = "問合せの区分"
        verbose_name_plural = "問合せの区分"
        ordering = ["position", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["client", "code"], name="callcenter_category_code_once"
            ),
            models.CheckConstraint(
                name="callcenter_category_code_is_typed", condition=Q(code__regex=r"^[0-9A-Za-z]+$")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


@pghistory.track()
class Hint(models.Model):
    """A canned answer or a question often asked, for one category or for all of a client."""

    class Kind(models.TextChoices):
        ANSWER = "ANSWER", "定型文"
        FAQ = "FAQ", "FAQ"

    client = models.ForeignKey(
        "users.Organization", verbose_name="発注者", on_delete=models.PROTECT
    )
    category = models.ForeignKey(
        Category,
        verbose_name="区分",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="hints",
    )
    kind = models.CharField("種類", max_length=10, choices=Kind.choices)
    title = models.CharField("見出し", max_length=80)
    text = models.CharField("文", max_length=600)
    position = models.PositiveSmallIntegerField("並び順", default=0)
    is_active = models.BooleanField("使用中", default=True)

    class Meta:
        verbose_name = "定型文・FAQ"
        verbose_name_plural = "定型文・FAQ"
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["client", "kind", "title"], name="callcenter_hint_title_once"
            ),
        ]

    def __str__(self) -> str:
        return self.title
