-- What was asked is never rewritten, and a decision is written once: the digest of an approval is
-- what a file or an account is held against later.
CREATE FUNCTION approvals_refuse_change_v1() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% rows keep what they say: % refused (%)', TG_TABLE_NAME, TG_OP, TG_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER fixed_question BEFORE UPDATE ON approvals_approval
    FOR EACH ROW
    WHEN ((OLD.organization_id, OLD.kind, OLD.subject_kind, OLD.subject_id, OLD.digest, OLD.title,
           OLD.asked_by_id, OLD.asked_at)
          IS DISTINCT FROM
          (NEW.organization_id, NEW.kind, NEW.subject_kind, NEW.subject_id, NEW.digest, NEW.title,
           NEW.asked_by_id, NEW.asked_at))
    EXECUTE FUNCTION approvals_refuse_change_v1();
CREATE TRIGGER decided_once BEFORE UPDATE ON approvals_approval
    FOR EACH ROW WHEN (OLD.status <> 'PENDING')
    EXECUTE FUNCTION approvals_refuse_change_v1();
CREATE TRIGGER no_delete BEFORE DELETE ON approvals_approval
    FOR EACH ROW EXECUTE FUNCTION approvals_refuse_change_v1();
