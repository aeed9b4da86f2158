-- +goose Up
-- How many records a workspace has, kept by triggers so that no way of writing can forget it. The number is spread over slots: a writer adds to one
-- that no other holds, and makes one when there is none, so that writers never wait for each other and there are as many as ever wrote at once.
CREATE TABLE record_counts (
    workspace_id text COLLATE "C" NOT NULL REFERENCES workspaces (id),
    kind text COLLATE "C" NOT NULL, -- the table
    slot text COLLATE "C" NOT NULL,
    n bigint NOT NULL,
    PRIMARY KEY (workspace_id, kind, slot)
);
INSERT INTO record_counts SELECT workspace_id, 'accounts', '', COUNT(*) FROM accounts GROUP BY workspace_id;
INSERT INTO record_counts SELECT workspace_id, 'leads', '', COUNT(*) FROM leads GROUP BY workspace_id;
INSERT INTO record_counts SELECT workspace_id, 'signals', '', COUNT(*) FROM signals GROUP BY workspace_id;
-- +goose StatementBegin
CREATE FUNCTION count_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    change RECORD;
    free text;
BEGIN
    FOR change IN SELECT workspace_id, COUNT(*) * (CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END) AS n FROM changed GROUP BY workspace_id LOOP
        SELECT slot INTO free FROM record_counts WHERE workspace_id = change.workspace_id AND kind = TG_TABLE_NAME LIMIT 1 FOR UPDATE SKIP LOCKED;
        IF FOUND THEN
            UPDATE record_counts SET n = n + change.n WHERE workspace_id = change.workspace_id AND kind = TG_TABLE_NAME AND slot = free;
        ELSE
            INSERT INTO record_counts VALUES (change.workspace_id, TG_TABLE_NAME, gen_random_uuid(), change.n);
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER accounts_come AFTER INSERT ON accounts REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_changed();
CREATE TRIGGER accounts_go AFTER DELETE ON accounts REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_changed();
CREATE TRIGGER leads_come AFTER INSERT ON leads REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_changed();
CREATE TRIGGER leads_go AFTER DELETE ON leads REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_changed();
CREATE TRIGGER signals_come AFTER INSERT ON signals REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_changed();
CREATE TRIGGER signals_go AFTER DELETE ON signals REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_changed();

-- The signals of a record are counted by type from the index alone.
DROP INDEX signals_by_account;
DROP INDEX signals_by_lead;
CREATE INDEX signals_by_account ON signals (workspace_id, account_id, occurred_at, signal_type);
CREATE INDEX signals_by_lead ON signals (workspace_id, lead_id, occurred_at, signal_type) WHERE lead_id IS NOT NULL;

-- New rows wait in a list that every search reads through until it is this long (in kB; 4096 by default).
ALTER INDEX accounts_search SET (gin_pending_list_limit = 256);
ALTER INDEX leads_search SET (gin_pending_list_limit = 256);
