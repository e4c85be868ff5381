-- What a statement, batch, payout or file says is never rewritten; only its state moves on.
CREATE FUNCTION settlement_refuse_change_v1() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% rows keep what they say: % refused (%)', TG_TABLE_NAME, TG_OP, TG_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

-- A carried amount is that of the statement it comes from; a payout pays exactly its statement.
ALTER TABLE settlement_statement ADD CONSTRAINT settlement_statement_carries_its_source
    FOREIGN KEY (carried_from_id, carried_in_yen) REFERENCES settlement_statement (id, amount_yen);
ALTER TABLE settlement_payout ADD CONSTRAINT settlement_payout_pays_its_statement
    FOREIGN KEY (statement_id, amount_yen) REFERENCES settlement_statement (id, amount_yen);

CREATE TRIGGER fixed_columns BEFORE UPDATE ON settlement_statement
    FOR EACH ROW
    WHEN ((OLD.program_id, OLD.period_id, OLD.store_id, OLD.document_number, OLD.store_code,
           OLD.store_name, OLD.payment_count, OLD.payment_points, OLD.refund_count,
           OLD.refund_points, OLD.adjustment_count, OLD.adjustment_yen, OLD.carried_in_yen, OLD.carried_from_id,
           OLD.amount_yen, OLD.created_at)
          IS DISTINCT FROM
          (NEW.program_id, NEW.period_id, NEW.store_id, NEW.document_number, NEW.store_code,
           NEW.store_name, NEW.payment_count, NEW.payment_points, NEW.refund_count,
           NEW.refund_points, NEW.adjustment_count, NEW.adjustment_yen, NEW.carried_in_yen, NEW.carried_from_id,
           NEW.amount_yen, NEW.created_at))
    EXECUTE FUNCTION settlement_refuse_change_v1();
CREATE TRIGGER no_delete BEFORE DELETE ON settlement_statement
    FOR EACH ROW EXECUTE FUNCTION settlement_refuse_change_v1();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON settlement_statementrun
    FOR EACH ROW EXECUTE FUNCTION settlement_refuse_change_v1();

CREATE TRIGGER fixed_columns BEFORE UPDATE ON settlement_payoutbatch
    FOR EACH ROW
    WHEN ((OLD.program_id, OLD.period_id, OLD.profile_id, OLD.sequence, OLD.payment_date,
           OLD.payment_date_reason, OLD.file_due_date, OLD.payout_count, OLD.total_yen,
           OLD.prepared_by_id, OLD.prepared_at)
          IS DISTINCT FROM
          (NEW.program_id, NEW.period_id, NEW.profile_id, NEW.sequence, NEW.payment_date,
           NEW.payment_date_reason, NEW.file_due_date, NEW.payout_count, NEW.total_yen,
           NEW.prepared_by_id, NEW.prepared_at))
    EXECUTE FUNCTION settlement_refuse_change_v1();
-- A batch only goes forward: what was sent, paid, rejected or replaced never becomes a draft again.
CREATE TRIGGER forward_only BEFORE UPDATE ON settlement_payoutbatch
    FOR EACH ROW
    WHEN (OLD.status <> NEW.status AND (OLD.status, NEW.status) NOT IN (
        ('PREPARED', 'APPROVED'), ('PREPARED', 'REJECTED'), ('PREPARED', 'SUPERSEDED'),
        ('APPROVED', 'SUBMITTED'), ('APPROVED', 'REJECTED'), ('SUBMITTED', 'PAID')))
    EXECUTE FUNCTION settlement_refuse_change_v1();
-- Who approved, paid or dropped it, and when, is written once.
CREATE TRIGGER written_once BEFORE UPDATE ON settlement_payoutbatch
    FOR EACH ROW
    WHEN ((OLD.approved_by_id IS NOT NULL AND (OLD.approved_by_id, OLD.approved_at)
               IS DISTINCT FROM (NEW.approved_by_id, NEW.approved_at))
          OR (OLD.submitted_at IS NOT NULL AND OLD.submitted_at IS DISTINCT FROM NEW.submitted_at)
          OR (OLD.paid_by_id IS NOT NULL AND (OLD.paid_by_id, OLD.paid_at)
               IS DISTINCT FROM (NEW.paid_by_id, NEW.paid_at))
          OR (OLD.dropped_by_id IS NOT NULL AND (OLD.dropped_by_id, OLD.dropped_at, OLD.drop_reason)
               IS DISTINCT FROM (NEW.dropped_by_id, NEW.dropped_at, NEW.drop_reason)))
    EXECUTE FUNCTION settlement_refuse_change_v1();
CREATE TRIGGER no_delete BEFORE DELETE ON settlement_payoutbatch
    FOR EACH ROW EXECUTE FUNCTION settlement_refuse_change_v1();

CREATE TRIGGER fixed_columns BEFORE UPDATE ON settlement_payout
    FOR EACH ROW
    WHEN ((OLD.uuid, OLD.batch_id, OLD.statement_id, OLD.position, OLD.amount_yen,
           OLD.account_sealed, OLD.account_fingerprint, OLD.bank_name, OLD.branch_name,
           OLD.account_type, OLD.number_tail, OLD.payee_kana)
          IS DISTINCT FROM
          (NEW.uuid, NEW.batch_id, NEW.statement_id, NEW.position, NEW.amount_yen,
           NEW.account_sealed, NEW.account_fingerprint, NEW.bank_name, NEW.branch_name,
           NEW.account_type, NEW.number_tail, NEW.payee_kana))
    EXECUTE FUNCTION settlement_refuse_change_v1();
-- A cancelled or returned payout never comes back to life; a new payment has its own row.
CREATE TRIGGER forward_only BEFORE UPDATE ON settlement_payout
    FOR EACH ROW
    WHEN (OLD.status <> NEW.status AND (OLD.status, NEW.status) NOT IN (
        ('PENDING', 'PAID'), ('PENDING', 'CANCELLED'), ('PENDING', 'FAILED'),
        ('PAID', 'RETURNED'), ('PAID', 'FAILED')))
    EXECUTE FUNCTION settlement_refuse_change_v1();
CREATE TRIGGER no_delete BEFORE DELETE ON settlement_payout
    FOR EACH ROW EXECUTE FUNCTION settlement_refuse_change_v1();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON settlement_bankfile
    FOR EACH ROW EXECUTE FUNCTION settlement_refuse_change_v1();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON settlement_bankfile
    FOR EACH STATEMENT EXECUTE FUNCTION settlement_refuse_change_v1();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON settlement_bankfiledownload
    FOR EACH ROW EXECUTE FUNCTION settlement_refuse_change_v1();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON settlement_bankfiledownload
    FOR EACH STATEMENT EXECUTE FUNCTION settlement_refuse_change_v1();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON settlement_bankfilesubmission
    FOR EACH ROW EXECUTE FUNCTION settlement_refuse_change_v1();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON settlement_bankfilesubmission
    FOR EACH STATEMENT EXECUTE FUNCTION settlement_refuse_change_v1();
