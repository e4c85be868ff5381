"""What a program's events follow: the contract's figures, kinds of help, and the survey."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from django.db import transaction

from consultations.models import Event, EventRules, HelpItem, SurveyLink
from consultations.queries import linked_survey
from pointsys.audit import services as audit
from pointsys.programs.models import Program
from pointsys.surveys import services as surveys
from pointsys.surveys.models import Survey
from pointsys.surveys.services import QuestionSpec
from pointsys.users.models import User

# code, label, counts for the goal "from explanation to installation"
DEFAULT_HELP: Final = (
    ("install", "アプリを入れる・はじめの設定", True),
    ("mynumber", "マイナンバーカードの登録", False),
    ("points", "ポイントの受取り・使い方", False),
    ("services", "アプリのほかのサービス", False),
    ("phone", "スマートフォンの操作", False),
    ("other", "そのほか", False),
)


@transaction.atomic
def save_rules(
    *,
    program_id: int,
    minimum_notice_days: int,
    first_date: date,
    last_date: date,
    install_goal: int | None,
    by: User,
    at: datetime,
) -> EventRules:
    """Set a program's notice, period and goal."""
    program = Program.objects.get(pk=program_id)
    rules, _ = EventRules.objects.update_or_create(
        program=program,
        defaults={
            "minimum_notice_days": minimum_notice_days,
            "first_date": first_date,
            "last_date": last_date,
            "install_goal": install_goal,
        },
    )
    audit.record(
        code="consultations.rules.saved",
        target=rules,
        organization_id=program.client_id,
        by=by,
        at=at,
        changes={"install_goal": install_goal, "minimum_notice_days": minimum_notice_days},
    )
    return rules


@transaction.atomic
def ensure_help_items(
    *, program_id: int, items: Sequence[tuple[str, str, bool]] = DEFAULT_HELP
) -> None:
    """Give a program its kinds of help, once; what is there already stays as it is."""
    for position, (code, label, counts_for_goal) in enumerate(items, start=1):
        HelpItem.objects.get_or_create(
            program_id=program_id,
            code=code,
            defaults={
                "label": label,
                "position": position,
                "counts_for_goal": counts_for_goal,
            },
        )


@transaction.atomic
def link_survey(
    *, program_id: int, event_kind: str, survey_id: int, by: User, at: datetime
) -> SurveyLink:
    """Say which survey the visitors of a kind of event fill in from now on."""
    program = Program.objects.get(pk=program_id)
    link, _ = SurveyLink.objects.update_or_create(
        program=program, event_kind=event_kind, defaults={"survey_id": survey_id}
    )
    audit.record(
        code="consultations.survey.linked",
        target=link,
        organization_id=program.client_id,
        by=by,
        at=at,
        changes={"kind": event_kind},
    )
    return link


@transaction.atomic
def make_default_survey(*, program_id: int, event_kind: str, by: User, at: datetime) -> Survey:
    """Make the usual short survey of a kind of event, unless it has one."""
    if survey := linked_survey(program_id=program_id, kind=event_kind):
        return survey
    survey = surveys.create_survey(
        program_id=program_id,
        title=f"{Event.Kind(event_kind).label}のアンケート",
        questions=default_questions(),
        by=by,
        at=at,
    )
    link_survey(program_id=program_id, event_kind=event_kind, survey_id=survey.pk, by=by, at=at)
    return survey


def default_questions() -> list[QuestionSpec]:
    """Return the questions that S1-7(3)ヘ asks for: use, needs, and what should be better."""
    return [
        QuestionSpec(
            kind="SINGLE",
            text="年代を教えてください",
            choices=("30代まで", "40代・50代", "60代", "70代", "80歳以上"),
        ),
        QuestionSpec(
            kind="MULTIPLE",
            text="きょう、どこで知りましたか",
            choices=(
                "市町村の広報",
                "チラシ・ポスター",
                "家族・知人",
                "インターネット",
                "そのほか",
            ),
        ),
        QuestionSpec(
            kind="SCALE",
            text="説明は分かりやすかったですか（5がいちばん分かりやすい）",
            choices=("1", "2", "3", "4", "5"),
        ),
        QuestionSpec(
            kind="SINGLE",
            text="困っていたことは解決しましたか",
            choices=("解決した", "だいたい解決した", "解決しなかった"),
        ),
        QuestionSpec(kind="TEXT", text="気づいたこと、ほしいサービスを教えてください"),
    ]
