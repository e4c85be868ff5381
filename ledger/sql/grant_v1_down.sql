DROP FUNCTION grant_v1(bigint, bigint[], bigint[], text, timestamptz, bigint);
