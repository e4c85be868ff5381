-- Helpers of the ledger's functions. None of them reads the clock.

-- The shared side of the month cut: whoever moves points holds it until commit, the close takes the
-- exclusive side (design.md 4, rule 7). 20416 is the ledger's number among advisory locks.
CREATE FUNCTION ledger_enter_v1(p_program bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'ledger functions need READ COMMITTED: a later snapshot must see the lots after the lock';
    END IF;
    PERFORM pg_advisory_xact_lock_shared(20416, p_program::integer);
END $$;

CREATE FUNCTION ledger_date_v1(p_at timestamptz) RETURNS date LANGUAGE sql IMMUTABLE
    RETURN (p_at AT TIME ZONE 'Asia/Tokyo')::date;

-- The month a movement belongs to: its own, or the earliest open one when that is closed.
-- PL/pgSQL keeps its plan for the session; the same in SQL would be planned on every call.
CREATE FUNCTION ledger_period_v1(p_program bigint, p_at timestamptz) RETURNS date
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN greatest(
        date_trunc('month', p_at AT TIME ZONE 'Asia/Tokyo')::date,
        (SELECT (max(month) + interval '1 month')::date
           FROM ledger_period WHERE program_id = p_program AND status = 'CLOSED'));
END $$;

CREATE FUNCTION ledger_account_v1(p_program bigint, p_kind text, p_store bigint DEFAULT NULL)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_id bigint;
BEGIN
    LOOP
        SELECT id INTO v_id FROM ledger_account
         WHERE program_id = p_program AND kind = p_kind AND store_id IS NOT DISTINCT FROM p_store;
        IF FOUND THEN RETURN v_id; END IF;
        INSERT INTO ledger_account (program_id, kind, store_id) VALUES (p_program, p_kind, p_store)
            ON CONFLICT DO NOTHING;
    END LOOP;
END $$;

-- SHA-256 over what makes two requests the same one; never time, session or actor (rule 5).
CREATE FUNCTION ledger_fingerprint_v1(VARIADIC p_parts text[]) RETURNS bytea LANGUAGE sql IMMUTABLE
    RETURN sha256(convert_to(array_to_string(p_parts, '|', '-'), 'UTF8'));

-- Receipt numbers tell nothing about how many payments there were: a keyed permutation of the id
-- (four Feistel rounds over 34 bits) in an alphabet without 0, O, 1 and I, and a check character.
CREATE FUNCTION receipt_number_v1(p_id bigint, p_key bytea) RETURNS text
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    c_alphabet CONSTANT text := '23456789ABCDEFGHJKLMNPQRSTUVWXYZ';
    c_mask CONSTANT bigint := (1 << 17) - 1;
    v_left bigint := (p_id >> 17) & c_mask;
    v_right bigint := p_id & c_mask;
    v_hash bytea;
    v_next bigint;
    v_value bigint;
    v_digit integer;
    v_sum integer := 0;
    v_text text := '';
BEGIN
    IF p_id < 0 OR p_id >= (1::bigint << 34) THEN
        RAISE EXCEPTION 'id % is outside the receipt numbers', p_id;
    END IF;
    FOR i IN 1..4 LOOP
        v_hash := sha256(p_key || int4send(i) || int8send(v_right));
        v_next := (v_left # ((get_byte(v_hash, 0) << 16) + (get_byte(v_hash, 1) << 8)
                             + get_byte(v_hash, 2))) & c_mask;
        v_left := v_right;
        v_right := v_next;
    END LOOP;
    v_value := (v_left << 17) | v_right;
    FOR i IN 0..6 LOOP
        v_digit := ((v_value >> (5 * i)) & 31)::integer;
        v_text := substr(c_alphabet, v_digit + 1, 1) || v_text;
        -- Luhn over 32 signs, doubling every other one from the right.
        v_digit := v_digit * (2 - (i % 2));
        v_sum := v_sum + v_digit / 32 + v_digit % 32;
    END LOOP;
    RETURN v_text || substr(c_alphabet, (32 - v_sum % 32) % 32 + 1, 1);
END $$;
