-- Grant points of a round to one wallet for one occasion (an order, an attendance), once.
--
-- Locks like grant_v1: the month cut, the round, then the wallet. The round's row is shared by its
-- grants on purpose, for what it has left is counted there; a payment never touches it.
CREATE FUNCTION grant_one_v1(
    p_round bigint, p_wallet bigint, p_points bigint, p_occasion text, p_at timestamptz,
    p_actor bigint,
    OUT outcome text, OUT transfer_id bigint, OUT facts jsonb
) LANGUAGE plpgsql AS $$
DECLARE
    v_round record;
    v_wallet record;
    v_known record;
    v_key text := format('grant:%s:%s:%s', p_round, p_wallet, p_occasion);
    v_fingerprint bytea;
    v_uuid uuid;
    v_lot bigint;
BEGIN
    IF p_points IS NULL OR p_points < 1 THEN
        RAISE EXCEPTION 'a grant is at least 1 point, not %', p_points;
    END IF;
    IF coalesce(p_occasion, '') = '' THEN
        -- Lots without one belong to grants in bulk.
        RAISE EXCEPTION 'a single grant names its occasion';
    END IF;
    SELECT program_id INTO STRICT v_round FROM ledger_grantround WHERE id = p_round;
    PERFORM ledger_enter_v1(v_round.program_id);
    SELECT r.*, p.grant_starts_at, p.grant_ends_at INTO STRICT v_round
      FROM ledger_grantround r JOIN programs_program p ON p.id = r.program_id
     WHERE r.id = p_round FOR NO KEY UPDATE OF r;
    SELECT program_id, status INTO STRICT v_wallet
      FROM ledger_wallet WHERE id = p_wallet FOR NO KEY UPDATE;

    IF v_round.source = 'STORE' THEN
        -- They come out of STORE_FUNDING of one store, outside the ceiling; a round names no store.
        RAISE EXCEPTION 'round % is funded by a store: these are not granted from ISSUANCE', p_round;
    END IF;
    IF v_wallet.program_id <> v_round.program_id THEN
        RAISE EXCEPTION 'wallet % is of another program than round %', p_wallet, p_round;
    END IF;

    v_fingerprint := ledger_fingerprint_v1('GRANT', p_round::text, p_wallet::text,
                                           p_points::text, p_occasion);
    SELECT t.id, t.uuid, t.fingerprint INTO v_known
      FROM ledger_transfer t WHERE t.program_id = v_round.program_id AND t.key = v_key;
    IF FOUND THEN
        transfer_id := v_known.id;
        outcome := CASE WHEN v_known.fingerprint = v_fingerprint
                        THEN 'REPLAYED' ELSE 'KEY_CONFLICT' END;
        facts := jsonb_build_object('transfer_uuid', v_known.uuid);
        RETURN;
    END IF;
    outcome := CASE
        WHEN v_round.status <> 'APPROVED' THEN 'ROUND_NOT_APPROVED'
        WHEN p_at < v_round.grant_starts_at OR p_at >= v_round.grant_ends_at
            THEN 'OUTSIDE_GRANT_PERIOD'
        WHEN v_wallet.status <> 'ACTIVE' THEN 'WALLET_NOT_ACTIVE'
        WHEN p_points > v_round.reserved_points - v_round.granted_points THEN 'ROUND_EXHAUSTED'
    END;
    IF outcome IS NOT NULL THEN
        facts := jsonb_build_object(
            'left_points', v_round.reserved_points - v_round.granted_points);
        RETURN;
    END IF;

    INSERT INTO ledger_transfer (uuid, program_id, kind, key, fingerprint, wallet_id, points,
                                 occurred_at, booked_date, period, actor_id)
    VALUES (gen_random_uuid(), v_round.program_id, 'GRANT', v_key, v_fingerprint, p_wallet,
            p_points, p_at, ledger_date_v1(p_at), ledger_period_v1(v_round.program_id, p_at),
            p_actor)
    RETURNING id, uuid INTO transfer_id, v_uuid;
    INSERT INTO ledger_lot (wallet_id, grant_transfer_id, round_id, occasion, source, funding_rank,
                            granted, remaining, usable_from, expires_at)
    VALUES (p_wallet, transfer_id, p_round, p_occasion, v_round.source, v_round.funding_rank,
            p_points, p_points, v_round.usable_from, v_round.expires_at)
    RETURNING id INTO v_lot;
    INSERT INTO ledger_posting
        (transfer_id, from_account_id, from_lot_id, to_account_id, to_lot_id, points)
    VALUES (transfer_id, ledger_account_v1(v_round.program_id, 'ISSUANCE'), NULL,
            ledger_account_v1(v_round.program_id, 'WALLET'), v_lot, p_points);
    UPDATE ledger_wallet SET balance = balance + p_points WHERE id = p_wallet;
    UPDATE ledger_grantround SET granted_points = granted_points + p_points WHERE id = p_round;
    facts := jsonb_build_object('transfer_uuid', v_uuid);
    outcome := 'GRANTED';
END $$;
