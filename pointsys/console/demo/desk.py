"""The demo's part of the call centre's tickets and daily reports."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random
from typing import Final
from uuid import UUID, uuid5

from callcenter import queries
from callcenter import services as desk
from callcenter.models import Category, Desk, DeskDay, Escalation, Hint, Ticket
from pointsys.common.clock import jst_date
from pointsys.common.opening_hours import Hours
from pointsys.console.demo.plan import SEED, at
from pointsys.console.demo.setting import Stage
from pointsys.residents.models import Resident

KEY: Final = UUID("3d8a8b0e-61c5-4a0b-9b3c-2f4f0f9f6a11")
TICKETS: Final = 60
DAYS: Final = 14
WEEK: Final = dict.fromkeys(range(7), Hours(time(9), time(17, 30)))
# Tickets by their place: the first is answered, the second stays beyond its due time, the last
# was asked just now.
ESCALATED: Final = frozenset({9, 24, TICKETS - 1})
COMPLAINT: Final = 17
SECOND: Final = timedelta(seconds=1)
BUSY: Final = timedelta(hours=8)  # calls come from 9:00 to 17:00
# The items of the three contracts: the app, points, stores, settlement, vouchers, cards, meetings.
CATEGORIES: Final = (
    ("1", "アプリの使い方", ""),
    ("11", "インストール・登録", "1"),
    ("12", "ログインできない", "1"),
    ("13", "ミニアプリ（防災）", "1"),
    ("14", "ミニアプリ（みやぎポイント）", "1"),
    ("2", "支払い", ""),
    ("21", "支払いができない", "2"),
    ("22", "取消・返金", "2"),
    ("23", "残高・使える期限", "2"),
    ("3", "ポイントの付与・抽選", ""),
    ("4", "精算・振込", ""),
    ("41", "振込日・振込額の確認", "4"),
    ("42", "振込口座の変更", "4"),
    ("5", "加盟申込・登録変更", ""),
    ("6", "台紙・備品", ""),
    ("7", "商品券", ""),
    ("71", "申し込み", "7"),
    ("72", "抽選結果・支払い", "7"),
    ("8", "カード", ""),
    ("81", "紛失・再発行", "8"),
    ("9", "その他", ""),
)
HINTS: Final = (
    ("ANSWER", "41", "振込日が前にずれる", "20日が休業日のため、前の銀行営業日のお振込みと案内。"),
    ("ANSWER", "23", "使える期限", "使える期限と、過ぎると使えなくなることを案内。"),
    ("ANSWER", "81", "カードの利用停止", "利用をすぐに止め、残高は新しいカードに移ると案内。"),
    ("ANSWER", "", "折り返しのお約束", "確かめてから、こちらから折り返すと伝えた。"),
    ("FAQ", "41", "振込日が20日でない月", "20日が土日祝のときは、前の銀行営業日に振り込みます。"),
    ("FAQ", "21", "支払いの画面が進まない", "もう一度支払わないで、そのまま待っていただきます。"),
    ("FAQ", "71", "スマートフォンがない方", "電話で聞き取り、申し込みを代わりに入力できます。"),
    (
        "FAQ",
        "11",
        "マイナンバーカードは要るか",
        "アプリの登録に要ります。カードでの利用も案内します。",
    ),
)
WORDS: Final = (
    (
        "11",
        "登録の途中で止まる",
        "3つ目の画面から先に進まない。",
        "通信を確かめ、開き直すと進んだ。",
    ),
    ("12", "確認番号が届かない", "メールが届かない。", "迷惑メールの箱にあることを確かめた。"),
    ("13", "防災の画面の開き方", "出し方を知りたい。", "ホームの下の「防災」を案内した。"),
    ("21", "支払いが終わらない", "お店で画面が進まない。", "1回だけ済んでいることを伝えた。"),
    ("22", "金額を間違えた", "お店で間違えて支払った。", "当日中に取り消せると案内した。"),
    ("23", "期限を知りたい", "いつまで使えるか。", "使える期限の日と時刻を案内した。"),
    ("3", "抽選の結果", "結果がどこに出るか。", "マイページに出ることを案内した。"),
    ("41", "今月の振込はいつか", "先月分の振込日を知りたい。", "振込予定日を案内した。"),
    ("42", "口座を変えたい", "別の銀行にしたい。", "事務局の受付を案内した。"),
    ("5", "担当者が替わった", "お店の担当者が替わった。", "受け付け、事務局へ回した。"),
    ("6", "台紙がよごれた", "台紙を新しくしたい。", "印刷して郵送すると案内した。"),
    ("71", "申し込みの仕方", "商品券の申し込み方。", "期間と必要なものを案内した。"),
    ("72", "払込票が届かない", "当選したのに届かない。", "発送の予定日を案内した。"),
    ("81", "カードをなくした", "カードが見当たらない。", "利用を止め、再発行を案内した。"),
    ("9", "相談会の場所", "近くの相談会を知りたい。", "相談会の日程を案内した。"),
)
OF_STORES: Final = frozenset({"41", "42", "5", "6"})
THEIR_CALLS: Final = {
    3: ("81", "カードをなくした", "カードをなくした。", "利用を止め、新しいカードを案内した。"),
    40: ("72", "当選の確認", "商品券の当選と支払いを確かめたい。", "当選と払込みの期限を伝えた。"),
}


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """One call of the demo: when, about what, and from whom by place."""

    serial: int
    at: datetime
    words: tuple[str, str, str, str]
    person: int


def load(stage: Stage) -> None:
    """Add it to the big program's client, around the demo's `now`, in the order of time."""
    desks = _set_up(stage)
    story = _Story(stage, desks)
    for call in _calls(stage, desks):
        story.go_to(call.at)
        ticket = _take(stage, call)
        if story.answers_at is None and ticket.status == Ticket.Status.ESCALATED:
            story.will_answer(queries.escalations_of(ticket)[0])
    story.go_to(stage.days.now)


class _Story:
    """What happens between the calls: each day's report after midnight, and one answer."""

    def __init__(self, stage: Stage, desks: list[Desk]) -> None:
        self._stage, self._desks = stage, desks
        self._day = jst_date(stage.days.now) - timedelta(days=DAYS)
        self._asked: Escalation | None = None
        self.answers_at: datetime | None = None

    def will_answer(self, escalation: Escalation) -> None:
        """Have the client answer shortly before it is due, or at the opening of its office."""
        self._asked = escalation
        self.answers_at = max(escalation.due_at - timedelta(minutes=5), escalation.asked_at)

    def go_to(self, moment: datetime) -> None:
        """Let everything happen that was due by then."""
        while (made_at := at(self._day + timedelta(days=1), 0, 5)) <= moment:
            self._answer_by(made_at)
            if queries.is_open_day(self._desks, self._day):
                client_id = self._stage.program.client_id
                desk.make_report(client_id=client_id, day=self._day, at=made_at)
            self._day += timedelta(days=1)
        self._answer_by(moment)

    def _answer_by(self, moment: datetime) -> None:
        if self._asked is None or self.answers_at is None or self.answers_at > moment:
            return
        desk.answer(
            ticket_id=self._asked.ticket_id,
            answer="取扱いのとおりで問題ありません。そのようにお伝えください。",
            by=self._stage.staff["ken-shonin"],
            at=self.answers_at,
        )
        self._asked = None


def _set_up(stage: Stage) -> list[Desk]:
    client_id, made_at = stage.program.client_id, stage.days.before_start(28)
    by = stage.staff["madoguchi-sekinin"]
    for name, kind in (("利用者窓口", Desk.Kind.RESIDENTS), ("加盟店窓口", Desk.Kind.STORES)):
        desk.create_desk(
            client_id=client_id,
            name=name,
            kind=kind,
            phone=stage.program.desk_phone,
            week=WEEK,
            first_day=jst_date(stage.days.now) - timedelta(days=DAYS),
            by=by,
            at=made_at,
        )
    desk.create_categories(
        client_id=client_id,
        specs=[desk.CategorySpec(code=c, name=n, parent=p) for c, n, p in CATEGORIES],
        by=by,
        at=made_at,
    )
    for hint_kind, code, title, text in HINTS:
        desk.create_hint(
            client_id=client_id,
            kind=Hint.Kind(hint_kind),
            title=title,
            text=text,
            category_code=code,
            by=by,
            at=made_at,
        )
    desk.add_recipient(
        client_id=client_id,
        name="宮城県 担当課",
        email=stage.staff["ken-etsuran"].email,
        by=by,
        at=made_at,
    )
    desks = queries.desks_of(client_id)
    _special_days(stage, desks[0])
    return desks


def _special_days(stage: Stage, line: Desk) -> None:
    """Show each kind of exception where it changes nothing of the fortnight that is told."""
    today = jst_date(stage.days.now)
    by, made_at = stage.staff["madoguchi-sekinin"], stage.days.before_start(28)
    for days, kind, closes, reason in (
        (30, DeskDay.Kind.OPEN, time(20), "抽選結果の発表のため延長"),
        (45, DeskDay.Kind.FORWARDED, time(17, 30), "問合せの少ない日"),
    ):
        desk.set_desk_day(
            desk_id=line.pk,
            day=today + timedelta(days=days),
            kind=kind,
            hours=Hours(time(9), closes),
            reason=reason,
            by=by,
            at=made_at,
        )
    desk.add_client_closed_day(
        client_id=line.client_id,
        day=today + timedelta(days=60),
        reason="庁舎の設備点検",
        by=by,
        at=made_at,
    )


def _calls(stage: Stage, desks: list[Desk]) -> list[PlannedCall]:
    """Return the calls of the last two weeks while a desk was open, in the order of time."""
    random = Random(f"{SEED}desk")  # noqa: S311 - the same calls every time
    today = jst_date(stage.days.now)
    days = [today - timedelta(days=back) for back in range(DAYS, -1, -1)]
    days = [
        day
        for day in days
        if queries.is_open_day(desks, day) and at(day, 9) + BUSY <= stage.days.now
    ]
    moments = sorted(
        at(days[serial % len(days)], 9) + timedelta(seconds=random.randrange(int(BUSY / SECOND)))
        for serial in range(TICKETS - 1)
    )
    # The newest one came by mail just now, so its due time always lies ahead.
    return [
        PlannedCall(serial, moment, WORDS[random.randrange(len(WORDS))], random.randrange(2, 40))
        for serial, moment in enumerate([*moments, stage.days.now])
    ]


def _take(stage: Stage, call: PlannedCall) -> Ticket:
    # The one who appears everywhere has called twice.
    is_theirs = call.serial in THEIR_CALLS
    code, subject, body, reply = THEIR_CALLS.get(call.serial, call.words)
    client_id, person = stage.program.client_id, 1 if is_theirs else call.person
    resident, store = None, None
    if code in OF_STORES and not is_theirs:
        store = stage.stores[person % len(stage.stores)]
    else:
        resident = Resident.objects.get(
            client_id=client_id, external_id=f"{stage.prefix}-{person:06d}"
        )
    is_asked = call.serial in ESCALATED
    outcome = "CALLBACK" if call.serial % 20 == 12 else "DONE"
    is_mail = call.serial % 11 == 5 or call.serial == TICKETS - 1
    return desk.finish_call(
        call=desk.Call(
            client_id=client_id,
            program_id=stage.program.pk,
            request_key=uuid5(KEY, str(call.serial)),
            channel=Ticket.Channel.MAIL if is_mail else Ticket.Channel.PHONE,
            category_id=Category.objects.get(client_id=client_id, code=code).pk,
            subject=subject,
            body=body,
            reply=reply,
            outcome="ESCALATE" if is_asked else outcome,
            question="この取扱いでよいか、県の考えを確かめたい。" if is_asked else "",
            resident_id=resident.pk if resident else None,
            store_id=store.pk if store else None,
            caller_phone=store.phone if store else f"090-0000-{person:04d}",
            is_complaint=call.serial == COMPLAINT,
        ),
        by=stage.staff["madoguchi"],
        at=call.at,
    )
