DROP FUNCTION payout_v1(bigint, text[], bigint[], bigint[], timestamptz, bigint);
