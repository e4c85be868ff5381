-- Books are corrected by new rows, never by changing old ones (S4-10 留意(5); design.md 4, rule 2).
CREATE FUNCTION refuse_change_v1() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% rows are append-only: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger_transfer
    FOR EACH ROW EXECUTE FUNCTION refuse_change_v1();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON ledger_transfer
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_v1();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger_posting
    FOR EACH ROW EXECUTE FUNCTION refuse_change_v1();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON ledger_posting
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_v1();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_auditevent
    FOR EACH ROW EXECUTE FUNCTION refuse_change_v1();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON audit_auditevent
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_v1();

-- A lot keeps what it was granted as; a payment keeps all but what was refunded.
CREATE TRIGGER fixed_columns BEFORE UPDATE ON ledger_lot
    FOR EACH ROW
    WHEN ((OLD.wallet_id, OLD.grant_transfer_id, OLD.round_id, OLD.source, OLD.funding_rank,
           OLD.granted, OLD.usable_from, OLD.expires_at)
          IS DISTINCT FROM
          (NEW.wallet_id, NEW.grant_transfer_id, NEW.round_id, NEW.source, NEW.funding_rank,
           NEW.granted, NEW.usable_from, NEW.expires_at))
    EXECUTE FUNCTION refuse_change_v1();
CREATE TRIGGER no_delete BEFORE DELETE ON ledger_lot
    FOR EACH ROW EXECUTE FUNCTION refuse_change_v1();
CREATE TRIGGER fixed_columns BEFORE UPDATE ON ledger_payment
    FOR EACH ROW
    WHEN ((OLD.transfer_id, OLD.till_id, OLD.channel, OLD.receipt_number, OLD.points)
          IS DISTINCT FROM
          (NEW.transfer_id, NEW.till_id, NEW.channel, NEW.receipt_number, NEW.points)
          OR NEW.refunded_points < OLD.refunded_points)
    EXECUTE FUNCTION refuse_change_v1();
CREATE TRIGGER no_delete BEFORE DELETE ON ledger_payment
    FOR EACH ROW EXECUTE FUNCTION refuse_change_v1();

-- A closed month never reopens (design.md 4, rule 7).
CREATE TRIGGER closed_stays_closed BEFORE UPDATE OR DELETE ON ledger_period
    FOR EACH ROW WHEN (OLD.status = 'CLOSED') EXECUTE FUNCTION refuse_change_v1();
