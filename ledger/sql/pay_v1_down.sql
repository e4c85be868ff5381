DROP FUNCTION void_v1(bigint, text, timestamptz, bigint);
DROP FUNCTION pay_v1(bigint, bigint, bigint, text, timestamptz, text, bigint, bytea);
