DROP FUNCTION refuse_change_v1() CASCADE;
