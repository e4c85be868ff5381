-- Who looked at whose data is written once: nobody rewrites or deletes it, whatever the role.
CREATE FUNCTION audit_refuse_access_change_v1() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = 'audit_accessrecord_append_only';
END $$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_accessrecord
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_access_change_v1();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON audit_accessrecord
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_access_change_v1();
