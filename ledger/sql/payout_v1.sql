-- Book bank transfers that were carried out: STORE_PAYABLE -> PAID_OUT, once per key.
CREATE FUNCTION payout_v1(
    p_program bigint, p_keys text[], p_stores bigint[], p_points bigint[], p_at timestamptz,
    p_actor bigint,
    OUT outcome text, OUT transfer_id bigint, OUT facts jsonb
) LANGUAGE plpgsql AS $$
DECLARE
    v_count bigint;
    v_paid_account bigint;
BEGIN
    PERFORM ledger_enter_v1(p_program);
    IF EXISTS (
        SELECT 1 FROM unnest(p_keys, p_stores, p_points) AS b(key, store_id, points)
          JOIN ledger_transfer t ON t.program_id = p_program AND t.key = b.key
         WHERE t.fingerprint <> ledger_fingerprint_v1('PAYOUT', NULL, b.store_id::text,
                                                      b.points::text)
    ) THEN
        outcome := 'KEY_CONFLICT';
        RETURN;
    END IF;
    v_paid_account := ledger_account_v1(p_program, 'PAID_OUT');
    WITH booked AS (
        INSERT INTO ledger_transfer (uuid, program_id, kind, key, fingerprint, store_id, points,
                                     occurred_at, booked_date, period, actor_id)
        SELECT gen_random_uuid(), p_program, 'PAYOUT', b.key,
               ledger_fingerprint_v1('PAYOUT', NULL, b.store_id::text, b.points::text),
               b.store_id, b.points, p_at, ledger_date_v1(p_at),
               ledger_period_v1(p_program, p_at), p_actor
          FROM unnest(p_keys, p_stores, p_points) AS b(key, store_id, points)
         ORDER BY b.store_id
        ON CONFLICT (program_id, key) DO NOTHING
        RETURNING id, store_id, points
    ), posted AS (
        INSERT INTO ledger_posting
            (transfer_id, from_account_id, from_lot_id, to_account_id, to_lot_id, points)
        SELECT id, ledger_account_v1(p_program, 'STORE_PAYABLE', store_id), NULL,
               v_paid_account, NULL, points
          FROM booked
        RETURNING 1
    )
    SELECT count(*) INTO v_count FROM posted;
    outcome := 'BOOKED';
    facts := jsonb_build_object('booked_count', v_count);
END $$;
