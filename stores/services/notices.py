"""What stores are told by mail. A store without an address is told by the office in another way."""

from datetime import datetime
from typing import Final

from pointsys.notices import services as notices
from pointsys.programs.models import Program
from stores.models import Enrolment, Store

_ABOUT_STATUS: Final = {
    Enrolment.Status.ACTIVE: (
        "ポイントの取扱いの再開",
        "きょうから、またポイントでの支払いを受け付けられます。",
    ),
    Enrolment.Status.SUSPENDED: (
        "ポイントの取扱いの停止",
        "いまから、ポイントでの支払いを受け付けられません。これまでの支払い分は、ご案内の日にお振り込みします。",
    ),
    Enrolment.Status.WITHDRAWN: (
        "脱退の手続きの終わり",
        "ポイントの取扱いを終えました。これまでの支払い分は、ご案内の日にお振り込みします。",
    ),
}


def tell_approved(*, store: Store, program: Program, application_id: int, at: datetime) -> None:
    """Tell a store with a mail address that it takes part."""
    _tell(
        store,
        program,
        reason=f"stores.application.approved:{application_id}",
        subject=f"【{program.name}】加盟のお申し込みを承認しました",
        lines=[
            "加盟のお申し込みを承認しました。",
            f"店舗コード：{store.code}",
            "QRコードの台紙とログインIDは、事務局からお届けします。",
        ],
        at=at,
    )


def tell_status(*, enrolment: Enrolment, at: datetime) -> None:
    """Tell a store with a mail address that its part in a program has changed."""
    subject, meaning = _ABOUT_STATUS[Enrolment.Status(enrolment.status)]
    _tell(
        enrolment.store,
        enrolment.program,
        reason=f"stores.enrolment.{enrolment.pk}:{at:%Y%m%d%H%M%S%f}",
        subject=f"【{enrolment.program.name}】{subject}",
        lines=[meaning, f"理由：{enrolment.reason}"],
        at=at,
    )


def _tell(
    store: Store, program: Program, *, reason: str, subject: str, lines: list[str], at: datetime
) -> None:
    if not store.contact_email:
        return
    body = "\n".join(
        [
            f"{store.name} 様",
            "",
            *lines,
            "",
            f"お問い合わせ：{program.desk_name}　{program.desk_phone}（{program.desk_hours}）",
        ]
    )
    notices.queue_mail(
        organization_id=program.client_id,
        reason=reason,
        subject=subject[:120],
        body=body,
        at=at,
        email=store.contact_email,
    )
