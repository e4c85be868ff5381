from pointsys.common.errors import DomainError


class SamePersonApproval(DomainError):
    code = "approvals.same_person"
    message = "ご自分が作成したものは承認できません。別の承認者に依頼してください。"


class AlreadyDecided(DomainError):
    code = "approvals.already_decided"
    message = "この承認はすでに決定されています（{status}）。画面を開き直してください。"


class ChangedSinceAsked(DomainError):
    code = "approvals.changed_since_asked"
    message = (
        "承認を求めたときから内容が変わっています。承認していません。"
        "作成者に作り直しを依頼してください。"
    )


class ReasonRequired(DomainError):
    code = "approvals.reason_required"
    message = "差し戻す理由を入力してください。"
