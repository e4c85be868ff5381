-- Take points from a wallet for the store of a till, once per key.
--
-- One call is one transaction: enter the month cut, lock the wallet, look the key up, decide, write.
-- Refusals are outcomes; only programming errors raise. Nothing that other payments share is touched.
CREATE FUNCTION pay_v1(
    p_till bigint, p_wallet bigint, p_points bigint, p_key text, p_at timestamptz,
    p_channel text, p_actor bigint, p_receipt_key bytea,
    OUT outcome text, OUT transfer_id bigint, OUT facts jsonb
) LANGUAGE plpgsql AS $$
DECLARE
    v_program bigint;
    v_wallet record;
    v_rule record;
    v_known record;
    v_fingerprint bytea;
    v_funds record;
    v_lot record;
    v_left bigint := p_points;
    v_take bigint;
    v_wallet_account bigint;
    v_store_account bigint;
    v_receipt text;
BEGIN
    IF p_points IS NULL OR p_points < 1 THEN
        RAISE EXCEPTION 'a payment is at least 1 point, not %', p_points;
    END IF;
    SELECT program_id INTO STRICT v_program FROM ledger_wallet WHERE id = p_wallet;
    PERFORM ledger_enter_v1(v_program);
    SELECT status INTO STRICT v_wallet FROM ledger_wallet WHERE id = p_wallet FOR NO KEY UPDATE;

    SELECT t.store_id, t.program_id AS till_program, t.revoked_at, e.status AS enrolment,
           p.status AS program, p.usage_starts_at, p.usage_ends_at, p.payment_limit_points
      INTO STRICT v_rule
      FROM stores_till t
      JOIN programs_program p ON p.id = v_program
      LEFT JOIN stores_enrolment e ON e.program_id = t.program_id AND e.store_id = t.store_id
     WHERE t.id = p_till;
    v_fingerprint := ledger_fingerprint_v1(
        'PAYMENT', p_wallet::text, v_rule.store_id::text, p_points::text);

    SELECT id, kind, fingerprint INTO v_known
      FROM ledger_transfer WHERE program_id = v_program AND key = p_key;
    IF FOUND THEN
        transfer_id := v_known.id;
        outcome := CASE WHEN v_known.kind = 'VOID' THEN 'KEY_BURNED'
                        WHEN v_known.fingerprint = v_fingerprint THEN 'REPLAYED'
                        ELSE 'KEY_CONFLICT' END;
        RETURN;
    END IF;

    outcome := CASE
        WHEN v_rule.till_program <> v_program THEN 'WRONG_PROGRAM'
        WHEN v_rule.revoked_at <= p_at THEN 'TILL_REVOKED'
        WHEN v_rule.enrolment IS DISTINCT FROM 'ACTIVE' THEN 'STORE_NOT_ACTIVE'
        WHEN v_wallet.status <> 'ACTIVE' THEN 'WALLET_NOT_ACTIVE'
        WHEN v_rule.program <> 'OPEN' THEN 'PROGRAM_NOT_OPEN'
        WHEN p_at < v_rule.usage_starts_at THEN 'USAGE_NOT_STARTED'
        WHEN p_at >= v_rule.usage_ends_at THEN 'USAGE_ENDED'
        WHEN p_points > v_rule.payment_limit_points THEN 'ABOVE_LIMIT'
    END;
    IF outcome IS NOT NULL THEN
        facts := jsonb_build_object(
            'starts_at', v_rule.usage_starts_at, 'ended_at', v_rule.usage_ends_at,
            'limit_points', v_rule.payment_limit_points);
        RETURN;
    END IF;

    SELECT coalesce(sum(remaining) FILTER (
               WHERE usable_from <= p_at AND p_at < expires_at), 0)::bigint AS usable,
           coalesce(sum(remaining) FILTER (WHERE expires_at <= p_at), 0)::bigint AS lapsed
      INTO v_funds
      FROM ledger_lot WHERE wallet_id = p_wallet AND remaining > 0;
    IF v_funds.usable < p_points THEN
        outcome := CASE WHEN v_funds.usable + v_funds.lapsed >= p_points
                        THEN 'POINTS_EXPIRED' ELSE 'INSUFFICIENT_POINTS' END;
        facts := jsonb_build_object(
            'usable_points', v_funds.usable, 'lapsed_points', v_funds.lapsed);
        RETURN;
    END IF;

    INSERT INTO ledger_transfer (uuid, program_id, kind, key, fingerprint, wallet_id, store_id,
                                 points, occurred_at, booked_date, period, actor_id)
    VALUES (gen_random_uuid(), v_program, 'PAYMENT', p_key, v_fingerprint, p_wallet,
            v_rule.store_id, p_points, p_at, ledger_date_v1(p_at),
            ledger_period_v1(v_program, p_at), p_actor)
    ON CONFLICT (program_id, key) DO NOTHING
    RETURNING id INTO transfer_id;
    IF transfer_id IS NULL THEN
        -- Another wallet of the program used the key between the look-up and here.
        outcome := 'KEY_CONFLICT';
        RETURN;
    END IF;

    v_wallet_account := ledger_account_v1(v_program, 'WALLET');
    v_store_account := ledger_account_v1(v_program, 'STORE_PAYABLE', v_rule.store_id);
    FOR v_lot IN
        SELECT id, remaining FROM ledger_lot
         WHERE wallet_id = p_wallet AND remaining > 0
           AND usable_from <= p_at AND p_at < expires_at
         ORDER BY expires_at, funding_rank, id
    LOOP
        v_take := least(v_left, v_lot.remaining);
        UPDATE ledger_lot SET remaining = remaining - v_take WHERE id = v_lot.id;
        INSERT INTO ledger_posting
            (transfer_id, from_account_id, from_lot_id, to_account_id, to_lot_id, points)
        VALUES (transfer_id, v_wallet_account, v_lot.id, v_store_account, NULL, v_take);
        v_left := v_left - v_take;
        EXIT WHEN v_left = 0;
    END LOOP;
    IF v_left <> 0 THEN
        RAISE EXCEPTION 'wallet % lost lots under its own lock', p_wallet;
    END IF;
    UPDATE ledger_wallet SET balance = balance - p_points WHERE id = p_wallet;
    v_receipt := receipt_number_v1(transfer_id, p_receipt_key);
    INSERT INTO ledger_payment (transfer_id, till_id, channel, receipt_number, points)
    VALUES (transfer_id, p_till, p_channel, v_receipt, p_points);
    facts := jsonb_build_object('receipt_number', v_receipt);
    outcome := 'PAID';
END $$;

-- Burn a key, so that "not paid" can be said and a late original is refused (rule 5).
CREATE FUNCTION void_v1(
    p_wallet bigint, p_key text, p_at timestamptz, p_actor bigint,
    OUT outcome text, OUT transfer_id bigint, OUT facts jsonb
) LANGUAGE plpgsql AS $$
DECLARE
    v_program bigint;
    v_known record;
BEGIN
    SELECT program_id INTO STRICT v_program FROM ledger_wallet WHERE id = p_wallet;
    PERFORM ledger_enter_v1(v_program);
    PERFORM 1 FROM ledger_wallet WHERE id = p_wallet FOR NO KEY UPDATE;
    SELECT id, kind, wallet_id INTO v_known
      FROM ledger_transfer WHERE program_id = v_program AND key = p_key;
    IF NOT FOUND THEN
        INSERT INTO ledger_transfer (uuid, program_id, kind, key, fingerprint, wallet_id,
                                     points, occurred_at, booked_date, period, actor_id)
        VALUES (gen_random_uuid(), v_program, 'VOID', p_key,
                ledger_fingerprint_v1('VOID', p_wallet::text), p_wallet, 0, p_at,
                ledger_date_v1(p_at), ledger_period_v1(v_program, p_at), p_actor)
        ON CONFLICT (program_id, key) DO NOTHING
        RETURNING id, kind, wallet_id INTO v_known;
    END IF;
    transfer_id := v_known.id;
    outcome := CASE WHEN v_known.wallet_id IS DISTINCT FROM p_wallet THEN 'KEY_CONFLICT'
                    WHEN v_known.kind = 'VOID' THEN 'VOIDED'
                    ELSE 'PAID' END;
END $$;
