-- Room on each page for the new version of a row: balances and remainders change in place.
ALTER TABLE ledger_wallet SET (fillfactor = 80);
ALTER TABLE ledger_lot SET (fillfactor = 80);
ALTER TABLE ledger_payment SET (fillfactor = 90);
