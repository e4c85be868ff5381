DROP FUNCTION receipt_number_v1(bigint, bytea);
DROP FUNCTION ledger_fingerprint_v1(text[]);
DROP FUNCTION ledger_account_v1(bigint, text, bigint);
DROP FUNCTION ledger_period_v1(bigint, timestamptz);
DROP FUNCTION ledger_date_v1(timestamptz);
DROP FUNCTION ledger_enter_v1(bigint);
