-- Money that came in is a fact: no row of it is changed or removed, and what became of it moves on
-- in one direction only. A matched receipt pays exactly the price of its order, whoever writes it.
CREATE FUNCTION vouchers_refuse_change_v1() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% rows keep what they say: % refused (%)', TG_TABLE_NAME, TG_OP, TG_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER fixed_columns BEFORE UPDATE ON vouchers_receipt
    FOR EACH ROW
    WHEN ((OLD.program_id, OLD.channel, OLD.row_key, OLD.deposit_file_id, OLD.slip_number,
           OLD.reference, OLD.amount_yen, OLD.received_date, OLD.recorded_at, OLD.recorded_by_id)
          IS DISTINCT FROM
          (NEW.program_id, NEW.channel, NEW.row_key, NEW.deposit_file_id, NEW.slip_number,
           NEW.reference, NEW.amount_yen, NEW.received_date, NEW.recorded_at, NEW.recorded_by_id))
    EXECUTE FUNCTION vouchers_refuse_change_v1();
CREATE TRIGGER forward_only BEFORE UPDATE ON vouchers_receipt
    FOR EACH ROW
    WHEN ((OLD.status, NEW.status) NOT IN (
        ('WAITING', 'MATCHED'), ('WAITING', 'OPEN'), ('OPEN', 'MATCHED'), ('OPEN', 'RETURNED')))
    EXECUTE FUNCTION vouchers_refuse_change_v1();
CREATE TRIGGER no_delete BEFORE DELETE ON vouchers_receipt
    FOR EACH ROW EXECUTE FUNCTION vouchers_refuse_change_v1();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON vouchers_receipt
    FOR EACH STATEMENT EXECUTE FUNCTION vouchers_refuse_change_v1();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON vouchers_depositfile
    FOR EACH ROW EXECUTE FUNCTION vouchers_refuse_change_v1();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON vouchers_depositfile
    FOR EACH STATEMENT EXECUTE FUNCTION vouchers_refuse_change_v1();

-- An order keeps whose it is, how much and under which number; paid stays paid, lapsed stays lapsed.
CREATE TRIGGER fixed_columns BEFORE UPDATE ON vouchers_order
    FOR EACH ROW
    WHEN ((OLD.sale_round_id, OLD.resident_id, OLD.application_id, OLD.uuid, OLD.request_key,
           OLD.slip_number, OLD.sets, OLD.price_yen, OLD.principal_points, OLD.premium_points,
           OLD.ordered_at)
          IS DISTINCT FROM
          (NEW.sale_round_id, NEW.resident_id, NEW.application_id, NEW.uuid, NEW.request_key,
           NEW.slip_number, NEW.sets, NEW.price_yen, NEW.principal_points, NEW.premium_points,
           NEW.ordered_at))
    EXECUTE FUNCTION vouchers_refuse_change_v1();
CREATE TRIGGER forward_only BEFORE UPDATE ON vouchers_order
    FOR EACH ROW WHEN (OLD.status IN ('PAID', 'LAPSED') AND NEW.status <> OLD.status)
    EXECUTE FUNCTION vouchers_refuse_change_v1();
CREATE TRIGGER no_delete BEFORE DELETE ON vouchers_order
    FOR EACH ROW EXECUTE FUNCTION vouchers_refuse_change_v1();

CREATE FUNCTION vouchers_receipt_pays_price_v1() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM vouchers_order o
                    WHERE o.id = NEW.order_id AND o.price_yen = NEW.amount_yen) THEN
        RAISE EXCEPTION 'receipt % does not pay the price of order %', NEW.id, NEW.order_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'vouchers_receipt_pays_the_price';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER pays_the_price BEFORE INSERT OR UPDATE ON vouchers_receipt
    FOR EACH ROW WHEN (NEW.status = 'MATCHED') EXECUTE FUNCTION vouchers_receipt_pays_price_v1();
