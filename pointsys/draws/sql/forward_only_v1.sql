-- A lottery only goes forward, and what was frozen or drawn stays what it was (design.md 5).
CREATE FUNCTION draws_refuse_change_v1() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% rows keep what was frozen and drawn: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

-- The secret itself may be sealed anew under another key: its digest is what stays.
CREATE FUNCTION draws_draw_forward_v1() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status <> OLD.status AND NOT (CASE OLD.status
        WHEN 'DRAFT' THEN NEW.status IN ('FROZEN', 'VOIDED')
        WHEN 'FROZEN' THEN NEW.status IN ('DRAWN', 'VOIDED')
        WHEN 'DRAWN' THEN NEW.status IN ('APPROVED', 'VOIDED')
        WHEN 'APPROVED' THEN NEW.status IN ('PUBLISHED', 'VOIDED')
        ELSE false
    END) THEN
        RAISE EXCEPTION 'a draw does not go from % to %', OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'draws_draw_goes_forward';
    END IF;
    IF (OLD.organization_id, OLD.uuid, OLD.replaces_id)
       IS DISTINCT FROM (NEW.organization_id, NEW.uuid, NEW.replaces_id)
       OR (OLD.status <> 'DRAFT' AND
           (OLD.title, OLD.rule, OLD.supply, OLD.entry_count, OLD.requested_units,
            OLD.entries_root, OLD.frozen_at, OLD.secret_sha256)
           IS DISTINCT FROM
           (NEW.title, NEW.rule, NEW.supply, NEW.entry_count, NEW.requested_units,
            NEW.entries_root, NEW.frozen_at, NEW.secret_sha256))
       OR ((OLD.status NOT IN ('DRAFT', 'FROZEN') OR NEW.status = 'VOIDED') AND
           (OLD.public_value, OLD.seed, OLD.drawn_at, OLD.drawn_by_id, OLD.result_sha256)
           IS DISTINCT FROM
           (NEW.public_value, NEW.seed, NEW.drawn_at, NEW.drawn_by_id, NEW.result_sha256))
       OR (OLD.status IN ('PUBLISHED', 'VOIDED') AND
           (OLD.published_at, OLD.void_reason) IS DISTINCT FROM
           (NEW.published_at, NEW.void_reason)) THEN
        RAISE EXCEPTION 'draw % keeps what was frozen and drawn', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER goes_forward BEFORE UPDATE ON draws_draw
    FOR EACH ROW EXECUTE FUNCTION draws_draw_forward_v1();
CREATE TRIGGER no_delete BEFORE DELETE ON draws_draw
    FOR EACH ROW WHEN (OLD.status <> 'DRAFT') EXECUTE FUNCTION draws_refuse_change_v1();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON draws_draw
    FOR EACH STATEMENT EXECUTE FUNCTION draws_refuse_change_v1();

-- Entries come in while the draw is frozen and get their result once, while it is drawn.
CREATE FUNCTION draws_entry_in_its_time_v1() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT status FROM draws_draw WHERE id = NEW.draw_id) <> TG_ARGV[0] THEN
        RAISE EXCEPTION 'draw % takes no % of its entries now', NEW.draw_id, TG_OP
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER comes_in_a_draft BEFORE INSERT ON draws_entry
    FOR EACH ROW EXECUTE FUNCTION draws_entry_in_its_time_v1('DRAFT');
CREATE TRIGGER result_of_a_frozen_draw BEFORE UPDATE ON draws_entry
    FOR EACH ROW EXECUTE FUNCTION draws_entry_in_its_time_v1('FROZEN');
CREATE TRIGGER fixed_columns BEFORE UPDATE ON draws_entry
    FOR EACH ROW
    WHEN (OLD.rank IS NOT NULL
          OR (OLD.draw_id, OLD.entry_no, OLD.applicant_uuid, OLD.salt, OLD.units, OLD.leaf)
             IS DISTINCT FROM
             (NEW.draw_id, NEW.entry_no, NEW.applicant_uuid, NEW.salt, NEW.units, NEW.leaf))
    EXECUTE FUNCTION draws_refuse_change_v1();
CREATE TRIGGER no_delete BEFORE DELETE ON draws_entry
    FOR EACH ROW EXECUTE FUNCTION draws_refuse_change_v1();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON draws_entry
    FOR EACH STATEMENT EXECUTE FUNCTION draws_refuse_change_v1();
