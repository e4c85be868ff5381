DROP FUNCTION grant_one_v1(bigint, bigint, bigint, text, timestamptz, bigint);
