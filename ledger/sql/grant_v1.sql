-- Grant one chunk of a round: a lot for each wallet that has none of this round yet.
--
-- p_wallets and p_points run in parallel. One Transfer for the chunk, one Posting and Lot a wallet.
-- Running a chunk again, or two chunks at once, grants nothing twice: UNIQUE (round, wallet).
CREATE FUNCTION grant_v1(
    p_round bigint, p_wallets bigint[], p_points bigint[], p_key text, p_at timestamptz,
    p_actor bigint,
    OUT outcome text, OUT transfer_id bigint, OUT facts jsonb
) LANGUAGE plpgsql AS $$
DECLARE
    v_round record;
    v_known record;
    v_fingerprint bytea;
    v_total bigint;
    v_count bigint;
    v_barred bigint;
    v_funding_account bigint;
    v_wallet_account bigint;
BEGIN
    IF cardinality(p_wallets) IS DISTINCT FROM cardinality(p_points)
       OR EXISTS (SELECT 1 FROM unnest(p_points) AS given(points)
                   WHERE given.points IS NULL OR given.points < 1) THEN
        RAISE EXCEPTION 'every wallet needs its points, at least 1';
    END IF;
    SELECT program_id INTO STRICT v_round FROM ledger_grantround WHERE id = p_round;
    PERFORM ledger_enter_v1(v_round.program_id);
    SELECT r.*, p.grant_starts_at, p.grant_ends_at INTO STRICT v_round
      FROM ledger_grantround r JOIN programs_program p ON p.id = r.program_id
     WHERE r.id = p_round FOR NO KEY UPDATE OF r;

    IF v_round.source = 'STORE' THEN
        -- They come out of STORE_FUNDING of one store, outside the ceiling; a round names no store.
        RAISE EXCEPTION 'round % is funded by a store: these are not granted from ISSUANCE', p_round;
    END IF;

    v_fingerprint := ledger_fingerprint_v1('GRANT', p_round::text,
                                           p_wallets::text, p_points::text);
    SELECT t.id, t.fingerprint, t.points INTO v_known
      FROM ledger_transfer t WHERE t.program_id = v_round.program_id AND t.key = p_key;
    IF FOUND THEN
        transfer_id := v_known.id;
        outcome := CASE WHEN v_known.fingerprint = v_fingerprint
                        THEN 'REPLAYED' ELSE 'KEY_CONFLICT' END;
        facts := jsonb_build_object('granted_count', 0, 'granted_points', 0,
                                    'skipped_count', cardinality(p_wallets), 'barred_count', 0);
        RETURN;
    END IF;
    outcome := CASE
        WHEN v_round.status <> 'APPROVED' THEN 'ROUND_NOT_APPROVED'
        WHEN p_at < v_round.grant_starts_at OR p_at >= v_round.grant_ends_at
            THEN 'OUTSIDE_GRANT_PERIOD'
    END;
    IF outcome IS NOT NULL THEN RETURN; END IF;

    PERFORM 1 FROM ledger_wallet WHERE id = ANY (p_wallets) ORDER BY id FOR NO KEY UPDATE;
    CREATE TEMP TABLE IF NOT EXISTS granting (
        wallet_id bigint PRIMARY KEY, points bigint NOT NULL) ON COMMIT DELETE ROWS;
    TRUNCATE granting;
    INSERT INTO granting
    SELECT w.id, g.points
      FROM unnest(p_wallets, p_points) AS g(wallet_id, points)
      JOIN ledger_wallet w ON w.id = g.wallet_id
     WHERE w.program_id = v_round.program_id AND w.status = 'ACTIVE'
       AND NOT EXISTS (SELECT 1 FROM ledger_lot l
                        WHERE l.round_id = p_round AND l.wallet_id = w.id);
    SELECT count(*), coalesce(sum(points), 0) INTO v_count, v_total FROM granting;
    SELECT count(*) INTO v_barred FROM unnest(p_wallets) AS g(wallet_id)
      LEFT JOIN ledger_wallet w ON w.id = g.wallet_id AND w.program_id = v_round.program_id
                               AND w.status = 'ACTIVE'
     WHERE w.id IS NULL;
    facts := jsonb_build_object(
        'granted_count', v_count, 'granted_points', v_total,
        'skipped_count', cardinality(p_wallets) - v_count - v_barred, 'barred_count', v_barred,
        'left_points', v_round.reserved_points - v_round.granted_points);
    IF v_count = 0 THEN
        outcome := 'NOTHING_TO_GRANT';
        RETURN;
    END IF;
    IF v_round.granted_points + v_total > v_round.reserved_points THEN
        outcome := 'ROUND_EXHAUSTED';
        RETURN;
    END IF;

    INSERT INTO ledger_transfer (uuid, program_id, kind, key, fingerprint, points, occurred_at,
                                 booked_date, period, actor_id)
    VALUES (gen_random_uuid(), v_round.program_id, 'GRANT', p_key, v_fingerprint, v_total, p_at,
            ledger_date_v1(p_at), ledger_period_v1(v_round.program_id, p_at), p_actor)
    RETURNING id INTO transfer_id;
    v_funding_account := ledger_account_v1(v_round.program_id, 'ISSUANCE');
    v_wallet_account := ledger_account_v1(v_round.program_id, 'WALLET');
    WITH lots AS (
        INSERT INTO ledger_lot (wallet_id, grant_transfer_id, round_id, source, funding_rank,
                                granted, remaining, usable_from, expires_at)
        SELECT wallet_id, transfer_id, p_round, v_round.source, v_round.funding_rank,
               points, points, v_round.usable_from, v_round.expires_at
          FROM granting ORDER BY wallet_id
        RETURNING id, granted
    )
    INSERT INTO ledger_posting
        (transfer_id, from_account_id, from_lot_id, to_account_id, to_lot_id, points)
    SELECT transfer_id, v_funding_account, NULL, v_wallet_account, id, granted FROM lots;
    UPDATE ledger_wallet w SET balance = w.balance + g.points
      FROM granting g WHERE w.id = g.wallet_id;
    UPDATE ledger_grantround SET granted_points = granted_points + v_total WHERE id = p_round;
    outcome := 'GRANTED';
END $$;
