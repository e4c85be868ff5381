-- Where a refund would go: the draws of the payment in reverse, after what was refunded before.
CREATE FUNCTION refund_plan_v1(p_payment bigint, p_points bigint, p_at timestamptz)
RETURNS TABLE (lot_id bigint, points bigint, is_alive boolean) LANGUAGE sql STABLE AS $$
    WITH draws AS (
        SELECT p.from_lot_id AS lot_id, p.points, l.expires_at, p.id,
               sum(p.points) OVER (ORDER BY p.id DESC) - p.points AS starts
          FROM ledger_posting p JOIN ledger_lot l ON l.id = p.from_lot_id
         WHERE p.transfer_id = p_payment
    ), wanted AS (
        SELECT refunded_points AS starts, refunded_points + p_points AS ends
          FROM ledger_payment WHERE transfer_id = p_payment
    )
    SELECT d.lot_id,
           (least(d.starts + d.points, w.ends) - greatest(d.starts, w.starts))::bigint,
           p_at < d.expires_at
      FROM draws d CROSS JOIN wanted w
     WHERE d.starts < w.ends AND d.starts + d.points > w.starts
     ORDER BY d.id DESC
$$;

-- Give back part or all of a payment, once per key, by the table of design.md 4.
--
-- p_alive is how many of the points the confirm page said would come back usable; when that has
-- changed (a lot died meanwhile) nothing is written and the page is shown again.
CREATE FUNCTION refund_v1(
    p_payment bigint, p_points bigint, p_alive bigint, p_key text, p_at timestamptz,
    p_actor bigint, p_is_office boolean, p_is_approved boolean, p_reason text,
    OUT outcome text, OUT transfer_id bigint, OUT facts jsonb
) LANGUAGE plpgsql AS $$
DECLARE
    v_paid record;
    v_rule record;
    v_known record;
    v_left bigint;
    v_refunded bigint;
    v_alive bigint;
    v_fingerprint bytea;
    v_store_account bigint;
    v_wallet_account bigint;
    v_expired_account bigint;
BEGIN
    IF p_points IS NULL OR p_points < 1 OR p_alive NOT BETWEEN 0 AND p_points THEN
        RAISE EXCEPTION 'a refund of % points with % usable makes no sense', p_points, p_alive;
    END IF;
    SELECT program_id, wallet_id, store_id, period INTO STRICT v_paid
      FROM ledger_transfer WHERE id = p_payment AND kind = 'PAYMENT';
    PERFORM ledger_enter_v1(v_paid.program_id);
    PERFORM 1 FROM ledger_wallet WHERE id = v_paid.wallet_id FOR NO KEY UPDATE;

    v_fingerprint := ledger_fingerprint_v1(
        'REFUND', v_paid.wallet_id::text, v_paid.store_id::text, p_points::text,
        p_payment::text, p_alive::text);
    SELECT id, fingerprint INTO v_known
      FROM ledger_transfer WHERE program_id = v_paid.program_id AND key = p_key;
    IF FOUND THEN
        transfer_id := v_known.id;
        outcome := CASE WHEN v_known.fingerprint = v_fingerprint
                        THEN 'REPLAYED' ELSE 'KEY_CONFLICT' END;
        RETURN;
    END IF;

    SELECT points - refunded_points, refunded_points INTO STRICT v_left, v_refunded
      FROM ledger_payment WHERE ledger_payment.transfer_id = p_payment;
    SELECT status, refund_limit_points,
           EXISTS (SELECT 1 FROM ledger_period
                    WHERE program_id = v_paid.program_id AND status = 'CLOSED'
                      AND month >= v_paid.period) AS is_closed
      INTO STRICT v_rule FROM programs_program WHERE id = v_paid.program_id;
    SELECT coalesce(sum(points) FILTER (WHERE is_alive), 0) INTO v_alive
      FROM refund_plan_v1(p_payment, p_points, p_at);
    outcome := CASE
        WHEN p_points > v_left THEN 'NOTHING_TO_REFUND'
        WHEN v_rule.is_closed AND NOT p_is_office THEN 'OFFICE_ONLY'
        WHEN NOT p_is_approved AND (v_rule.status = 'ENDED'
             OR v_refunded + p_points > v_rule.refund_limit_points) THEN 'APPROVAL_REQUIRED'
        WHEN v_alive <> p_alive THEN 'DESTINATION_CHANGED'
    END;
    IF outcome IS NOT NULL THEN
        facts := jsonb_build_object('left_points', v_left, 'alive_points', v_alive,
                                    'limit_points', v_rule.refund_limit_points);
        RETURN;
    END IF;

    INSERT INTO ledger_transfer (uuid, program_id, kind, key, fingerprint, wallet_id, store_id,
                                 points, occurred_at, booked_date, period, actor_id, reverses_id,
                                 reason)
    VALUES (gen_random_uuid(), v_paid.program_id, 'REFUND', p_key, v_fingerprint,
            v_paid.wallet_id, v_paid.store_id, p_points, p_at, ledger_date_v1(p_at),
            ledger_period_v1(v_paid.program_id, p_at), p_actor, p_payment, p_reason)
    ON CONFLICT (program_id, key) DO NOTHING
    RETURNING id INTO transfer_id;
    IF transfer_id IS NULL THEN
        outcome := 'KEY_CONFLICT';
        RETURN;
    END IF;

    v_store_account := ledger_account_v1(v_paid.program_id, 'STORE_PAYABLE', v_paid.store_id);
    v_wallet_account := ledger_account_v1(v_paid.program_id, 'WALLET');
    v_expired_account := ledger_account_v1(v_paid.program_id, 'EXPIRED');
    INSERT INTO ledger_posting
        (transfer_id, from_account_id, from_lot_id, to_account_id, to_lot_id, points)
    SELECT transfer_id, v_store_account, NULL,
           CASE WHEN is_alive THEN v_wallet_account ELSE v_expired_account END,
           CASE WHEN is_alive THEN lot_id END, points
      FROM refund_plan_v1(p_payment, p_points, p_at);
    UPDATE ledger_lot l SET remaining = l.remaining + r.points
      FROM (SELECT lot_id, sum(points)::bigint AS points
              FROM refund_plan_v1(p_payment, p_points, p_at) WHERE is_alive GROUP BY lot_id) r
     WHERE l.id = r.lot_id;
    UPDATE ledger_wallet SET balance = balance + v_alive WHERE id = v_paid.wallet_id;
    UPDATE ledger_payment SET refunded_points = refunded_points + p_points
     WHERE ledger_payment.transfer_id = p_payment;
    outcome := 'REFUNDED';
END $$;
