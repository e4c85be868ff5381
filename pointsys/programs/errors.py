from pointsys.common.errors import DomainError


class ProgramError(DomainError):
    """A rule of programs refuses the act; `field` names the rule that is wrong, if it is one."""

    field = ""


class ProgramCodeTaken(ProgramError):
    code = "programs.code_taken"
    field = "code"
    message = "事業コード「{program_code}」は、すでに使われています。別のコードを入力してください"


class UnknownPreset(ProgramError):
    code = "programs.unknown_preset"
    message = "ひな形「{preset}」はありません。使えるひな形: {known}"


class RuleFileWrong(ProgramError):
    code = "programs.rule_file_wrong"
    message = "規則のファイルを読めません: {detail}"


class NotAClient(ProgramError):
    code = "programs.not_a_client"
    field = "client"
    message = "「{name}」は発注者ではありません。発注者をえらんでください"


class NotAContractor(ProgramError):
    code = "programs.not_a_contractor"
    field = "operator"
    message = "「{name}」は受託者ではありません。受託者をえらんでください"


class PeriodOutOfOrder(ProgramError):
    code = "programs.period_out_of_order"
    message = "{label}の終わりは、始まりより後の日時にしてください"

    def __init__(self, *, field: str, label: str) -> None:
        self.field = field
        super().__init__(label=label)


class GrantsOutliveUse(ProgramError):
    code = "programs.grants_outlive_use"
    field = "grant_ends_at"
    message = "付与の終わりは、ポイントの失効より後にできません"


class ExpiryBeforeUse(ProgramError):
    code = "programs.expiry_before_use"
    field = "points_expire_at"
    message = "ポイントの失効は、利用の始まりより後の日時にしてください"


class AreaUnknown(ProgramError):
    code = "programs.area_unknown"
    field = "area_codes"
    message = (
        "対象地域のコード「{area_code}」は使えません。"
        "都道府県2けたか市区町村5けたで入力してください"
    )


class ProhibitedGoodTwice(ProgramError):
    code = "programs.prohibited_good_twice"
    field = "prohibited_goods"
    message = "利用対象外のコード「{good_code}」が2回あります"


class CeilingBelowReserved(ProgramError):
    code = "programs.ceiling_below_reserved"
    field = "issuance_ceiling_points"
    message = (
        "発行予定数は、付与のために確保した{reserved_points:,}ポイントより小さくできません。"
        "{reserved_points:,}以上で入力してください"
    )


class UsageCutsPayments(ProgramError):
    code = "programs.usage_cuts_payments"
    message = "利用期間の外になる支払いがあります（{at}）。この支払いが入る期間にしてください"

    def __init__(self, *, field: str, at: str) -> None:
        self.field = field
        super().__init__(at=at)


class AreaDropsStores(ProgramError):
    code = "programs.area_drops_stores"
    field = "area_codes"
    message = "対象地域から外れる参加店が{store_count:,}店あります。先に店舗の参加を終えてください"


class EndedTooEarly(ProgramError):
    code = "programs.ended_too_early"
    field = "status"
    message = "利用期間が終わるまで、事業を「終了」にできません"


class RuleOutOfRange(ProgramError):
    code = "programs.rule_out_of_range"
    message = "{label}は、{low:,}から{high:,}までの数字にしてください"

    def __init__(self, *, field: str, label: str, low: int, high: int) -> None:
        self.field = field
        super().__init__(label=label, low=low, high=high)


class RuleNotAChoice(ProgramError):
    code = "programs.rule_not_a_choice"
    message = "{label}は、次のどれかにしてください: {known}"

    def __init__(self, *, field: str, label: str, known: str) -> None:
        self.field = field
        super().__init__(label=label, known=known)


class RuleMissing(ProgramError):
    code = "programs.rule_missing"
    message = "{label}を入力してください"

    def __init__(self, *, field: str, label: str) -> None:
        self.field = field
        super().__init__(label=label)
