"""Acts in Japanese. An act without words here is shown by its code, so none is ever hidden."""

from typing import Final

AREAS: Final = {
    "programs": "事業",
    "stores": "加盟店",
    "residents": "利用者",
    "ledger": "付与・支払い",
    "settlement": "精算",
    "approvals": "承認",
    "users": "担当者と権限",
    "console": "運営管理",
}
ACTS: Final = {
    "programs.created": "事業を作った",
    "programs.rules_changed": "事業の規則を変えた",
    "ledger.round.approved": "付与回を作り、発行予定数から確保した",
    "ledger.round.done": "付与回を終えた",
    "ledger.month.closed": "月を締めた",
    "ledger.payment.refunded": "支払いを返金した",
    "stores.list.imported": "店舗の一覧を取り込んだ",
    "stores.account_list.imported": "振込口座の一覧を取り込んだ",
    "stores.contact.changed": "加盟店の担当者を書き換えた",
    "stores.application.approved": "加盟申込を承認した",
    "stores.application.rejected": "加盟申込を不承認にした",
    "stores.application.merged": "加盟申込を統合した",
    "stores.merge_proposal.same": "同じ店と判断した",
    "stores.merge_proposal.different": "別の店と判断した",
    "stores.enrolment.suspended": "加盟店の利用を止めた",
    "stores.enrolment.resumed": "加盟店の利用を再開した",
    "stores.enrolment.withdrawn": "加盟店が脱退した",
    "stores.till.issued": "レジのQRを発行した",
    "stores.till.revoked": "レジのQRを使えなくした",
    "stores.bank_account.registered": "振込口座を登録した",
    "stores.bank_account.changed": "振込口座を変更した",
    "stores.staff.issued": "店舗の利用者を発行した",
    "stores.staff.password_reissued": "店舗の利用者の暗証を再発行した",
    "stores.staff.removed": "店舗の利用者を外した",
    "settlement.statements.built": "支払明細を作った",
    "settlement.statement.held": "支払明細を保留にした",
    "settlement.statement.released": "支払明細の保留を解いた",
    "settlement.profile.registered": "振込データの設定を登録した",
    "settlement.profile.changed": "振込データの設定を変えた",
    "settlement.batch.prepared": "総合振込データを作った",
    "settlement.batch.approved": "総合振込データを承認した",
    "settlement.batch.rejected": "総合振込データを差し戻した",
    "settlement.batch.superseded": "総合振込データを差し替えた",
    "settlement.batch.submitted": "総合振込データの送信を記録した",
    "settlement.batch.paid": "振込の完了を記録した",
    "settlement.batch.downloaded": "総合振込データを取り出した",
    "approvals.asked": "承認を求めた",
    "approvals.approved": "承認した",
    "approvals.rejected": "差し戻した",
    "approvals.withdrawn": "承認の求めを取り下げた",
    "residents.list.imported": "利用者の一覧を取り込んだ",
    "users.created": "担当者を登録した",
    "users.changed": "担当者の登録を変えた",
    "users.roles_changed": "担当者の役割を変えた",
    "users.second_factor_reset": "2段階認証を解除した",
    "console.demo_loaded": "デモのデータを作った",
    "console.audit_exported": "監査記録を書き出した",
}


def act_words(code: str) -> str:
    """Return what an act is called."""
    return ACTS.get(code, code)
