-- What a lot was granted for stays what it was: the trigger of append_only_v1, with one column more.
DROP TRIGGER fixed_columns ON ledger_lot;
CREATE TRIGGER fixed_columns BEFORE UPDATE ON ledger_lot
    FOR EACH ROW
    WHEN ((OLD.wallet_id, OLD.grant_transfer_id, OLD.round_id, OLD.occasion, OLD.source,
           OLD.funding_rank, OLD.granted, OLD.usable_from, OLD.expires_at)
          IS DISTINCT FROM
          (NEW.wallet_id, NEW.grant_transfer_id, NEW.round_id, NEW.occasion, NEW.source,
           NEW.funding_rank, NEW.granted, NEW.usable_from, NEW.expires_at))
    EXECUTE FUNCTION refuse_change_v1();
