-- Who takes part in a draw is fixed by its freeze, and a result by its approval (VO-04); what a set
-- costs is fixed when the first round is opened (VO-01). Whoever writes it.

-- A round is shared by those who apply and held alone by the freeze: one of the two comes first.
CREATE FUNCTION vouchers_application_in_its_time_v1() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_draw bigint;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.status IN ('WON', 'LOST')
           OR (NEW.status IN ('WON', 'LOST') AND OLD.status <> 'CONFIRMED') THEN
            RAISE EXCEPTION 'application % keeps or takes no such result', OLD.id
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF NEW.status IN ('WON', 'LOST') AND
           (OLD.sale_round_id, OLD.resident_id, OLD.uuid, OLD.sets)
           = (NEW.sale_round_id, NEW.resident_id, NEW.uuid, NEW.sets) THEN
            RETURN NEW;
        END IF;
    END IF;
    SELECT draw_id INTO v_draw FROM vouchers_saleround WHERE id = NEW.sale_round_id FOR SHARE;
    IF EXISTS (SELECT 1 FROM draws_draw WHERE id = v_draw AND status <> 'VOIDED') THEN
        RAISE EXCEPTION 'the applications of round % are frozen', NEW.sale_round_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER comes_before_the_freeze BEFORE INSERT ON vouchers_application
    FOR EACH ROW EXECUTE FUNCTION vouchers_application_in_its_time_v1();
CREATE TRIGGER changes_before_the_freeze BEFORE UPDATE ON vouchers_application
    FOR EACH ROW
    WHEN ((OLD.sale_round_id, OLD.resident_id, OLD.uuid, OLD.sets, OLD.status, OLD.won_sets)
          IS DISTINCT FROM
          (NEW.sale_round_id, NEW.resident_id, NEW.uuid, NEW.sets, NEW.status, NEW.won_sets))
    EXECUTE FUNCTION vouchers_application_in_its_time_v1();

CREATE FUNCTION vouchers_campaign_keeps_terms_v1() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM vouchers_saleround
                WHERE campaign_id = OLD.id AND status <> 'PREPARING') THEN
        RAISE EXCEPTION 'campaign % keeps its terms: a round of it was opened', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keeps_terms BEFORE UPDATE ON vouchers_campaign
    FOR EACH ROW
    WHEN ((OLD.program_id, OLD.set_price_yen, OLD.set_value_points, OLD.limit_sets_per_person)
          IS DISTINCT FROM
          (NEW.program_id, NEW.set_price_yen, NEW.set_value_points, NEW.limit_sets_per_person))
    EXECUTE FUNCTION vouchers_campaign_keeps_terms_v1();
