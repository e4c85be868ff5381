DROP FUNCTION refund_v1(bigint, bigint, bigint, text, timestamptz, bigint, boolean, boolean, text);
DROP FUNCTION refund_plan_v1(bigint, bigint, timestamptz);
