-- +goose Up
-- What a workspace may spend: credits_balance is the rest of the month's bucket, credits_topup what was bought beside it. Whatever changes either
-- writes a row of the ledger in the same transaction, so that the amounts of the ledger always add up to both.
ALTER TABLE workspaces ADD COLUMN credits_topup INTEGER NOT NULL DEFAULT 0 CHECK (credits_topup >= 0);
ALTER TABLE workspaces ADD COLUMN credits_overage TEXT NOT NULL DEFAULT 'top_up_only'; -- as the newest settings say

CREATE TABLE credit_ledger (
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    id           TEXT NOT NULL,
    at           INTEGER NOT NULL,
    kind         TEXT NOT NULL,
    amount       INTEGER NOT NULL, -- what it adds to the credits; a charge is negative
    bucket       INTEGER NOT NULL, -- the part of amount that is the bucket's; the rest is the top-ups'
    provider     TEXT NOT NULL,
    field        TEXT NOT NULL,
    record_id    TEXT NOT NULL,
    job_id       TEXT NOT NULL,
    key_id       TEXT NOT NULL,
    PRIMARY KEY (workspace_id, id)
) STRICT;
CREATE INDEX credit_ledger_by_time ON credit_ledger (workspace_id, at, id);
INSERT INTO credit_ledger SELECT id, 'opening', created_at, 'grant', credits_balance, credits_balance, '', '', '', '', '' FROM workspaces;

CREATE TABLE credit_holds (
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    id           TEXT NOT NULL,
    key_id       TEXT NOT NULL,
    amount       INTEGER NOT NULL CHECK (amount > 0),
    ends_at      INTEGER NOT NULL, -- when it lapses, should its holder have died
    PRIMARY KEY (workspace_id, id)
) STRICT;

CREATE TABLE credit_key_spend (
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    key_id       TEXT NOT NULL,
    resets_at    INTEGER NOT NULL, -- the end of the month that it counts
    spent        INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, key_id, resets_at)
) STRICT;

ALTER TABLE keys ADD COLUMN spend_limit INTEGER; -- credits a month; NULL for none
DROP TRIGGER keys_stay;
-- +goose StatementBegin
CREATE TRIGGER keys_stay BEFORE UPDATE ON keys
WHEN NEW.id IS NOT OLD.id OR NEW.workspace_id IS NOT OLD.workspace_id OR NEW.name IS NOT OLD.name OR NEW.preset IS NOT OLD.preset
    OR NEW.permissions IS NOT OLD.permissions OR NEW.created_at IS NOT OLD.created_at OR NEW.created_by IS NOT OLD.created_by
    OR NEW.expiry IS NOT OLD.expiry OR NEW.expires_at IS NOT OLD.expires_at OR NEW.spend_limit IS NOT OLD.spend_limit
BEGIN
    SELECT RAISE(ABORT, 'a key never changes');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER credit_ledger_stays BEFORE UPDATE ON credit_ledger
BEGIN
    SELECT RAISE(ABORT, 'the ledger is never changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER credits_never_negative BEFORE UPDATE ON workspaces WHEN NEW.credits_balance < 0
BEGIN
    SELECT RAISE(ABORT, 'credits are never negative');
END;
-- +goose StatementEnd

-- What an admin set, every version whole; version 0 is the defaults and has no row. Secrets are apart, so that an old version holds none.
CREATE TABLE settings (
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    version      INTEGER NOT NULL,
    at           INTEGER NOT NULL,
    document     TEXT NOT NULL, -- a JSON object by section
    PRIMARY KEY (workspace_id, version)
) STRICT;

CREATE TABLE settings_secrets (
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    section      TEXT NOT NULL,
    name         TEXT NOT NULL,
    sealed       BLOB NOT NULL,
    PRIMARY KEY (workspace_id, section, name)
) STRICT;
