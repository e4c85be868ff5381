DROP FUNCTION approvals_refuse_change_v1() CASCADE;
