-- What was said to a caller and what was reported to the client is written once; corrections are
-- rows beside it.
CREATE FUNCTION callcenter_refuse_change_v1() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_append_only';
END $$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON callcenter_ticketnote
    FOR EACH ROW EXECUTE FUNCTION callcenter_refuse_change_v1();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON callcenter_ticketnote
    FOR EACH STATEMENT EXECUTE FUNCTION callcenter_refuse_change_v1();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON callcenter_dailyreport
    FOR EACH ROW EXECUTE FUNCTION callcenter_refuse_change_v1();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON callcenter_dailyreport
    FOR EACH STATEMENT EXECUTE FUNCTION callcenter_refuse_change_v1();
