-- What all rounds of a program reserve stays within its planned issuance (LG-01; design.md 4, rule 9).
-- Store-funded points are the store's money and do not count. The Program row is the lock: two
-- rounds approved at once are counted one after the other.
CREATE FUNCTION refuse_above_ceiling_v1() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_ceiling bigint;
    v_reserved numeric;
BEGIN
    SELECT issuance_ceiling_points INTO v_ceiling
      FROM programs_program WHERE id = NEW.program_id FOR NO KEY UPDATE;
    SELECT coalesce(sum(reserved_points), 0) INTO v_reserved
      FROM ledger_grantround
     WHERE program_id = NEW.program_id AND id <> NEW.id
       AND status IN ('APPROVED', 'DONE') AND source <> 'STORE';
    IF v_reserved + NEW.reserved_points > v_ceiling THEN
        RAISE EXCEPTION 'the rounds of program % reserve more than its ceiling', NEW.program_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_grantround_within_ceiling';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER within_ceiling BEFORE INSERT OR UPDATE OF reserved_points, status, source, program_id
    ON ledger_grantround
    FOR EACH ROW WHEN (NEW.status IN ('APPROVED', 'DONE') AND NEW.source <> 'STORE')
    EXECUTE FUNCTION refuse_above_ceiling_v1();

-- Lowering the ceiling below what is reserved is refused as well.
CREATE FUNCTION refuse_ceiling_below_reserved_v1() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.issuance_ceiling_points < (
        SELECT coalesce(sum(reserved_points), 0) FROM ledger_grantround
         WHERE program_id = NEW.id AND status IN ('APPROVED', 'DONE') AND source <> 'STORE'
    ) THEN
        RAISE EXCEPTION 'the ceiling of program % is below what its rounds reserve', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_grantround_within_ceiling';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER ceiling_covers_reserved BEFORE UPDATE OF issuance_ceiling_points ON programs_program
    FOR EACH ROW WHEN (NEW.issuance_ceiling_points < OLD.issuance_ceiling_points)
    EXECUTE FUNCTION refuse_ceiling_below_reserved_v1();
