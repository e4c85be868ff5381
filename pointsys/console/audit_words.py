"""Acts in Japanese. An act without words here is shown by its code, so none is ever hidden."""

import json
from typing import Final

from django.apps import apps

AREAS: Final = {
    "programs": "事業",
    "stores": "加盟店",
    "residents": "利用者",
    "ledger": "付与・支払い",
    "settlement": "精算",
    "cards": "カード",
    "approvals": "承認",
    "users": "担当者と権限",
    "console": "運営管理",
    "draws": "抽選",
    "surveys": "アンケート",
    "consultations": "相談会",
    "audit": "監査",
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
    "cards.terminal.created": "カードの端末を作った",
    "cards.terminal.code_renewed": "端末の登録コードを作り直した",
    "cards.terminal.enrolled": "カードの端末を登録した",
    "cards.terminal.revoked": "カードの端末を使えなくした",
    "cards.terminal.payment_cancelled": "端末でカードの支払いを取り消した",
    "draws.draw.created": "抽選を準備した",
    "draws.draw.frozen": "抽選の申込を確定した",
    "draws.draw.drawn": "抽選した",
    "draws.draw.approved": "抽選の結果が承認された",
    "draws.draw.published": "抽選の結果を公表した",
    "draws.draw.voided": "抽選を取りやめた",
    "surveys.survey.created": "アンケートを作った",
    "surveys.survey.closed": "アンケートの受付を終えた",
    "surveys.survey.reopened": "アンケートの受付を再開した",
    "consultations.event.created": "相談会の案を作った",
    "consultations.event.changed": "相談会の案を直した",
    "consultations.event.proposed": "相談会の承認を求めた",
    "consultations.event.approved": "相談会を承認した",
    "consultations.event.refused": "相談会を差し戻した",
    "consultations.event.change_proposed": "相談会の変更の承認を求めた",
    "consultations.event.published": "相談会を公開した",
    "consultations.event.held": "相談会を実施済にした",
    "consultations.event.cancelled": "相談会を中止にした",
    "consultations.booking.booked": "相談会の予約を受け付けた",
    "consultations.booking.cancelled": "相談会の予約を取り消した",
    "consultations.visit.checked_in": "来場を受け付けた",
    "consultations.visit.check_in_undone": "来場の受付を取り消した",
    "consultations.visit.helped": "相談会のお手伝いを記録した",
    "consultations.rules.saved": "相談会の決まりを保存した",
    "consultations.survey.linked": "相談会のアンケートを決めた",
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
    # Named so until exports got one name; older records keep it.
    "console.audit_exported": "監査記録を書き出した",
    "audit.events.exported": "監査記録を書き出した",
    "stores.list.exported": "加盟店の一覧を書き出した",
    "stores.stands.exported": "レジのQRの台紙を印刷した",
    "stores.store.exported": "管理サイトで店舗の一覧を書き出した",
    "settlement.statements.exported": "支払明細の一覧を書き出した",
    "settlement.statement.exported": "支払明細書を印刷した",
    "settlement.statement_lines.exported": "支払明細の内訳を書き出した",
    "users.organization.exported": "管理サイトで発注者の一覧を書き出した",
}


# What the figures of a record are called; a name without words is shown as it is.
FACTS: Final = {
    "account": "口座",
    "after": "変更後",
    "alive_points": "使えるポイントとして返金",
    "amount_yen": "金額（円）",
    "application": "申込",
    "as_office": "事務局による返金",
    "bank_receipt_number": "銀行の受付番号",
    "booked": "記帳した件数",
    "changes": "変更",
    "channel": "申込の方法",
    "created": "新規",
    "days_before": "開催の何日前",
    "digest": "ダイジェスト",
    "fields": "項目",
    "file_sha256": "ファイルのSHA-256",
    "filters": "絞り込み",
    "format": "形式",
    "given": "付けた役割",
    "granted_points": "付与したポイント",
    "has_email": "メールの有無",
    "install_goal": "登録まで進んだ人の目標",
    "items": "内容",
    "kind": "種別",
    "ledger_yen": "台帳の合計（円）",
    "mails": "メール",
    "method": "方法",
    "minimum_notice_days": "告知の期限（日前）",
    "month": "月",
    "number": "番号",
    "payout_count": "件数",
    "points": "ポイント",
    "proposals": "重複の候補",
    "reason": "理由",
    "registered": "登録",
    "rejected": "取り込めない行",
    "removed": "外した役割",
    "renewed": "更新",
    "replaces": "置き換えた口座",
    "reserved_points": "確保したポイント",
    "role": "役割",
    "roles": "役割",
    "row_count": "行数",
    "rows": "行数",
    "sequence": "通番",
    "sha256": "SHA-256",
    "sign_ins": "ログインできる人",
    "source": "出所",
    "statements": "支払明細",
    "status": "状態",
    "store": "加盟店",
    "subject": "対象",
    "taken": "取込み",
    "ticket": "問合せ番号",
    "total_yen": "合計（円）",
    "unchanged": "変更なし",
    "updated": "更新",
    "user": "利用者",
    "walk_in": "予約なし",
}
SHOWN_OF_A_DIGEST: Final = 12


def target_words(kind: str) -> str:
    """Return what a kind of row (`settlement.PayoutBatch`) is called."""
    try:
        return str(apps.get_model(kind)._meta.verbose_name)
    except (LookupError, ValueError):
        return kind


def fact_words(name: str, value: object) -> str:
    """Return one fact of a record as words: figures grouped, digests by their beginning."""
    label = FACTS.get(name, name)
    if isinstance(value, bool):
        return f"{label}：{'はい' if value else 'いいえ'}"
    if isinstance(value, int):
        return f"{label}：{value:,}"
    if name in {"sha256", "file_sha256", "digest"}:
        return f"{label}：{str(value)[:SHOWN_OF_A_DIGEST]}…"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"{label}：{text}"


def act_words(code: str) -> str:
    """Return what an act is called."""
    return ACTS.get(code, code)
