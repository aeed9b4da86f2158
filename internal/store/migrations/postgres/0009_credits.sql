-- +goose Up
-- What a workspace may spend: credits_balance is the rest of the month's bucket, credits_topup what was bought beside it. Whatever changes either
-- writes a row of the ledger in the same transaction, so that the amounts of the ledger always add up to both.
ALTER TABLE workspaces ADD COLUMN credits_topup BIGINT NOT NULL DEFAULT 0 CHECK (credits_topup >= 0);
ALTER TABLE workspaces ADD COLUMN credits_overage TEXT COLLATE "C" NOT NULL DEFAULT 'top_up_only'; -- as the newest settings say

CREATE TABLE credit_ledger (
    workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
    id           TEXT COLLATE "C" NOT NULL,
    at           BIGINT NOT NULL,
    kind         TEXT COLLATE "C" NOT NULL,
    amount       BIGINT NOT NULL, -- what it adds to the credits; a charge is negative
    bucket       BIGINT NOT NULL, -- the part of amount that is the bucket's; the rest is the top-ups'
    provider     TEXT COLLATE "C" NOT NULL,
    field        TEXT COLLATE "C" NOT NULL,
    record_id    TEXT COLLATE "C" NOT NULL,
    job_id       TEXT COLLATE "C" NOT NULL,
    key_id       TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX credit_ledger_by_time ON credit_ledger (workspace_id, at, id);
INSERT INTO credit_ledger SELECT id, 'opening', created_at, 'grant', credits_balance, credits_balance, '', '', '', '', '' FROM workspaces;

CREATE TABLE credit_holds (
    workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
    id           TEXT COLLATE "C" NOT NULL,
    key_id       TEXT COLLATE "C" NOT NULL,
    amount       BIGINT NOT NULL CHECK (amount > 0),
    ends_at      BIGINT NOT NULL, -- when it lapses, should its holder have died
    PRIMARY KEY (workspace_id, id)
);

CREATE TABLE credit_key_spend (
    workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
    key_id       TEXT COLLATE "C" NOT NULL,
    resets_at    BIGINT NOT NULL, -- the end of the month that it counts
    spent        BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, key_id, resets_at)
);

ALTER TABLE keys ADD COLUMN spend_limit BIGINT; -- credits a month; NULL for none
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION keys_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'keys are never deleted' USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.revoked_at IS NOT NULL AND (NEW.revoked_at IS DISTINCT FROM OLD.revoked_at OR NEW.revoked_by IS DISTINCT FROM OLD.revoked_by) THEN
        RAISE EXCEPTION 'a revocation is final' USING ERRCODE = 'check_violation';
    END IF;
    IF (NEW.id, NEW.workspace_id, NEW.name, NEW.preset, NEW.permissions, NEW.created_at, NEW.created_by, NEW.expiry, NEW.expires_at, NEW.spend_limit)
        IS DISTINCT FROM (OLD.id, OLD.workspace_id, OLD.name, OLD.preset, OLD.permissions, OLD.created_at, OLD.created_by, OLD.expiry, OLD.expires_at, OLD.spend_limit) THEN
        RAISE EXCEPTION 'a key never changes' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION credit_ledger_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is never changed' USING ERRCODE = 'check_violation';
END
$$;
-- +goose StatementEnd
CREATE TRIGGER credit_ledger_stays BEFORE UPDATE ON credit_ledger FOR EACH ROW EXECUTE FUNCTION credit_ledger_stays();
ALTER TABLE workspaces ADD CONSTRAINT credits_never_negative CHECK (credits_balance >= 0);

-- What an admin set, every version whole; version 0 is the defaults and has no row. Secrets are apart, so that an old version holds none.
CREATE TABLE settings (
    workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
    version      BIGINT NOT NULL,
    at           BIGINT NOT NULL,
    document     TEXT COLLATE "C" NOT NULL, -- a JSON object by section
    PRIMARY KEY (workspace_id, version)
);

CREATE TABLE settings_secrets (
    workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
    section      TEXT COLLATE "C" NOT NULL,
    name         TEXT COLLATE "C" NOT NULL,
    sealed       BYTEA NOT NULL,
    PRIMARY KEY (workspace_id, section, name)
);
