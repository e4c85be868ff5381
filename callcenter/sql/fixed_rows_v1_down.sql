DROP TRIGGER append_only ON callcenter_dailyreport;
DROP TRIGGER no_truncate ON callcenter_dailyreport;
DROP TRIGGER append_only ON callcenter_ticketnote;
DROP TRIGGER no_truncate ON callcenter_ticketnote;
DROP FUNCTION callcenter_refuse_change_v1();
