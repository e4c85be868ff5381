from pointsys.common.errors import DomainError


class DeskError(DomainError):
    """A refusal of the call centre."""


class NoSuchCaller(DeskError):
    code = "callcenter.no_such_caller"
    message = "えらんだ発信者が見つかりません。もう一度、番号で探してください。"


class NoSuchCategory(DeskError):
    code = "callcenter.no_such_category"
    message = "えらんだ区分は、いまは使われていません。区分をえらび直してください。"


class TicketWrong(DeskError):
    code = "callcenter.ticket_wrong"
    message = "{reason}"


class CallAlreadyWritten(DeskError):
    code = "callcenter.call_already_written"
    message = (
        "この画面の受付は、{number} として記録済みです。"
        "別の問合せのときは、もう一度ボタンを押すと、新しい番号で記録します。"
    )


class AlreadyClosed(DeskError):
    code = "callcenter.already_closed"
    message = "{number} は、すでに完了しています。画面を読み込み直してください。"


class AlreadyEscalated(DeskError):
    code = "callcenter.already_escalated"
    message = "{number} は、すでに上申中です。回答を待ってから、もう一度上申してください。"


class NotEscalated(DeskError):
    code = "callcenter.not_escalated"
    message = "{number} に、回答を待っている上申はありません。画面を読み込み直してください。"


class AnswerMissing(DeskError):
    code = "callcenter.answer_missing"
    message = "{number} は上申の回答を待っています。回答のあとで完了にしてください。"


class ReportNotDue(DeskError):
    code = "callcenter.report_not_due"
    message = "{day} は、まだ終わっていないか、窓口を開いていない日です。日報は翌日に作ります。"


class ReportUnchanged(DeskError):
    code = "callcenter.report_unchanged"
    message = "{day} の日報は、作ったときから件数が変わっていません。新しい版は要りません。"


class DeskWrong(DeskError):
    code = "callcenter.desk_wrong"
    message = "{reason}"
