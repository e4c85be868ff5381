ALTER TABLE ledger_wallet RESET (fillfactor);
ALTER TABLE ledger_lot RESET (fillfactor);
ALTER TABLE ledger_payment RESET (fillfactor);
