from pointsys.common.errors import DomainError


class ReportError(DomainError):
    code = "console.report"


class WeekNotOver(ReportError):
    code = "console.week_not_over"
    message = "{week}の週は、まだ終わっていません。週報は、週が終わってから作ります。"


class NotAMonday(ReportError):
    code = "console.not_a_monday"
    message = "週報の週は、月曜日から始まります。"


class WeekdayUnknown(ReportError):
    code = "console.weekday_unknown"
    message = "週報を作る曜日を、月曜日から日曜日までの中からえらんでください。"


class TargetNotPositive(ReportError):
    code = "console.target_not_positive"
    message = "目標は、1以上の数で入力してください。"


class TargetDueTooEarly(ReportError):
    code = "console.target_due_too_early"
    message = "期日は、{first}より後の日を入力してください（事業の付与が始まる日です）。"
