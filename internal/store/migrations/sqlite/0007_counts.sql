-- +goose Up
-- How many records a workspace has, kept by triggers so that no way of writing can forget it. PostgreSQL spreads a number over slots for writers
-- side by side; here there is one writer, and slot is empty.
CREATE TABLE record_counts (
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    kind TEXT NOT NULL, -- the table
    slot TEXT NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, kind, slot)
) STRICT, WITHOUT ROWID;
INSERT INTO record_counts SELECT id, 'accounts', '', (SELECT COUNT(*) FROM accounts r WHERE r.workspace_id = w.id) FROM workspaces w;
INSERT INTO record_counts SELECT id, 'leads', '', (SELECT COUNT(*) FROM leads r WHERE r.workspace_id = w.id) FROM workspaces w;
INSERT INTO record_counts SELECT id, 'signals', '', (SELECT COUNT(*) FROM signals r WHERE r.workspace_id = w.id) FROM workspaces w;
-- +goose StatementBegin
CREATE TRIGGER workspaces_counted AFTER INSERT ON workspaces
BEGIN
    INSERT INTO record_counts VALUES (NEW.id, 'accounts', '', 0), (NEW.id, 'leads', '', 0), (NEW.id, 'signals', '', 0);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER accounts_come AFTER INSERT ON accounts
BEGIN
    UPDATE record_counts SET n = n + 1 WHERE workspace_id = NEW.workspace_id AND kind = 'accounts' AND slot = '';
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER accounts_go AFTER DELETE ON accounts
BEGIN
    UPDATE record_counts SET n = n - 1 WHERE workspace_id = OLD.workspace_id AND kind = 'accounts' AND slot = '';
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER leads_come AFTER INSERT ON leads
BEGIN
    UPDATE record_counts SET n = n + 1 WHERE workspace_id = NEW.workspace_id AND kind = 'leads' AND slot = '';
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER leads_go AFTER DELETE ON leads
BEGIN
    UPDATE record_counts SET n = n - 1 WHERE workspace_id = OLD.workspace_id AND kind = 'leads' AND slot = '';
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER signals_come AFTER INSERT ON signals
BEGIN
    UPDATE record_counts SET n = n + 1 WHERE workspace_id = NEW.workspace_id AND kind = 'signals' AND slot = '';
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER signals_go AFTER DELETE ON signals
BEGIN
    UPDATE record_counts SET n = n - 1 WHERE workspace_id = OLD.workspace_id AND kind = 'signals' AND slot = '';
END;
-- +goose StatementEnd

-- The signals of a record are counted by type from the index alone.
DROP INDEX signals_by_account;
DROP INDEX signals_by_lead;
CREATE INDEX signals_by_account ON signals (workspace_id, account_id, occurred_at, signal_type);
CREATE INDEX signals_by_lead ON signals (workspace_id, lead_id, occurred_at, signal_type) WHERE lead_id IS NOT NULL;
DELETE FROM sqlite_stat1 WHERE idx IN ('signals_by_account', 'signals_by_lead');
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('signals', 'signals_by_account', '10000000 1000000 10 1 1'),
    ('signals', 'signals_by_lead', '10000000 1000000 10 1 1');
ANALYZE sqlite_schema;
