DROP TRIGGER append_only ON audit_accessrecord;
DROP TRIGGER no_truncate ON audit_accessrecord;
DROP FUNCTION audit_refuse_access_change_v1();
