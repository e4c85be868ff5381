DROP FUNCTION refuse_above_ceiling_v1() CASCADE;
DROP FUNCTION refuse_ceiling_below_reserved_v1() CASCADE;
