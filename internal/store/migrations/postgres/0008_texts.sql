-- +goose Up
-- The version of the texts that searches look at, raised by whatever changes one, and of each record the version at which its own last changed, so
-- that a process which keeps an index of them in memory reads only what came after it. texts_reset is the version of the last erasure: who knows an
-- older one forgets everything and reads all texts anew.
ALTER TABLE workspaces ADD COLUMN texts_version BIGINT NOT NULL DEFAULT 0;
ALTER TABLE workspaces ADD COLUMN texts_reset BIGINT NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN texts_version BIGINT NOT NULL DEFAULT 0;
ALTER TABLE leads ADD COLUMN texts_version BIGINT NOT NULL DEFAULT 0;
CREATE INDEX accounts_by_texts ON accounts (workspace_id, texts_version);
CREATE INDEX leads_by_texts ON leads (workspace_id, texts_version);
