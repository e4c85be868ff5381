from pointsys.common.errors import DomainError


class EventNotDraft(DomainError):
    code = "consultations.event_not_draft"
    message = "作成中の相談会だけが直せます（いまは「{status}」です）。"


class EventNotProposable(DomainError):
    code = "consultations.event_not_proposable"
    message = (
        "この相談会は承認を求められません（いまは「{status}」です）。画面を開き直してください。"
    )


class EventNotWaiting(DomainError):
    code = "consultations.event_not_waiting"
    message = "承認を待っているものはありません。画面を開き直してください。"


class EventNotApproved(DomainError):
    code = "consultations.event_not_approved"
    message = "公開できるのは、発注者が承認した相談会だけです（いまは「{status}」です）。"


class EventNotOver(DomainError):
    code = "consultations.event_not_over"
    message = "実施済にできるのは、始まったあとの、公開した相談会だけです。"


class EventIsClosed(DomainError):
    code = "consultations.event_is_closed"
    message = "実施済または中止の相談会は変えられません。"


class EventAlreadyStarted(DomainError):
    code = "consultations.event_already_started"
    message = "開始の時刻を過ぎています。日時を直してください。"


class EventOutsideArea(DomainError):
    code = "consultations.event_outside_area"
    message = "市区町村は、事業の対象地域の中からえらんでください。"


class EventTimesWrong(DomainError):
    code = "consultations.event_times_wrong"
    message = "終了は、同じ日の、開始より後の時刻にしてください。"


class SlotsFixed(DomainError):
    code = "consultations.slots_fixed"
    message = (
        "予約を受け付けている相談会で変えられるのは、日時・会場・実施方法です。"
        "時間の長さ、枠の長さ、席の数は変えられません。"
    )


class NothingChanged(DomainError):
    code = "consultations.nothing_changed"
    message = "変わったところがありません。"


class ChangeWaits(DomainError):
    code = "consultations.change_waits"
    message = "変更の承認を待っています。決まってから、もう一度操作してください。"


class ReasonMissing(DomainError):
    code = "consultations.reason_missing"
    message = "理由を入力してください。"


class BookingClosed(DomainError):
    code = "consultations.booking_closed"
    message = "この相談会の予約は受け付けていません。"


class SlotOver(DomainError):
    code = "consultations.slot_over"
    message = "えらんだ時間は過ぎました。ほかの時間をえらんでください。"


class SlotFull(DomainError):
    code = "consultations.slot_full"
    message = "えらんだ時間は、いま満席になりました。ほかの時間をえらんでください。"


class RequestKeyUsed(DomainError):
    code = "consultations.request_key_used"
    message = "同じ画面から別の内容が送られました。画面を開き直して、もう一度お試しください。"


class BookingAlreadyMade(RequestKeyUsed):
    code = "consultations.booking_already_made"
    message = (
        "この画面からの予約は、もう済んでいます。"
        "もう1件予約するときは、もう一度ボタンを押してください。"
    )


class BookingNotFound(DomainError):
    code = "consultations.booking_not_found"
    message = "予約が見つかりません。予約番号と、電話番号の下4けたを確かめてください。"


class BookingCannotBeCancelled(DomainError):
    code = "consultations.booking_cannot_be_cancelled"
    message = "時間を過ぎたか、受付が済んでいるため、取り消せません。"


class NumberUnknown(DomainError):
    code = "consultations.number_unknown"
    message = "この予約番号は見つかりません。番号を確かめるか、予約なしで受け付けてください。"


class NumberOfAnotherEvent(DomainError):
    code = "consultations.number_of_another_event"
    message = "別の相談会の予約です（{when}　{venue}）。予約なしで受け付けられます。"


class NumberCancelled(DomainError):
    code = "consultations.number_cancelled"
    message = "取り消された予約です。予約なしで受け付けられます。"


class NotToday(DomainError):
    code = "consultations.not_today"
    message = "受付は、開催日に、公開した相談会だけでできます。"


class VisitUndone(DomainError):
    code = "consultations.visit_undone"
    message = "取り消した受付です。もう一度受け付けてください。"


class HelpAlreadyRecorded(DomainError):
    code = "consultations.help_already_recorded"
    message = "「{item}」は、もう記録しています。"


class HelpMissing(DomainError):
    code = "consultations.help_missing"
    message = "お手伝いした内容を、1つはえらんでください。"


class QuestionMissing(DomainError):
    code = "consultations.question_missing"
    message = "解決できなかったことを、あとで答えられるように入力してください。"


class HelpHasRecords(DomainError):
    code = "consultations.help_has_records"
    message = "お手伝いの記録がある受付は取り消せません。"


class SurveyClosed(DomainError):
    code = "consultations.survey_closed"
    message = "アンケートは受け付けていません。"
