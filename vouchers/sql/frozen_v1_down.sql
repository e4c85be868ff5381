DROP TRIGGER keeps_terms ON vouchers_campaign;
DROP FUNCTION vouchers_campaign_keeps_terms_v1();
DROP TRIGGER changes_before_the_freeze ON vouchers_application;
DROP TRIGGER comes_before_the_freeze ON vouchers_application;
DROP FUNCTION vouchers_application_in_its_time_v1();
