-- +goose Up
-- How engaged a record is, beside its stage: worked out by the keeper of the audiences, from the record's signals.
ALTER TABLE accounts ADD COLUMN engagement_score BIGINT;
ALTER TABLE leads ADD COLUMN engagement_score BIGINT;

CREATE TABLE audiences (
    workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
    id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL, -- accounts or leads
    filter TEXT COLLATE "C" NOT NULL, -- canonical JSON
    ranking TEXT COLLATE "C" NOT NULL, -- a JSON array
    enrich TEXT COLLATE "C" NOT NULL, -- a JSON array
    state TEXT COLLATE "C" NOT NULL, -- scanning or current
    scanned TEXT COLLATE "C" NOT NULL DEFAULT '', -- how far the scan has come: a kind of record, a slash and the last id
    revision BIGINT NOT NULL,
    members BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    created_by TEXT COLLATE "C" NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, id)
);

CREATE TABLE audience_destinations (
    workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
    audience_id TEXT COLLATE "C" NOT NULL,
    destination_id TEXT COLLATE "C" NOT NULL,
    mapping TEXT COLLATE "C", -- a JSON object; NULL for the destination's own
    PRIMARY KEY (workspace_id, audience_id, destination_id)
);

CREATE TABLE audience_members (
    workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
    audience_id TEXT COLLATE "C" NOT NULL,
    record_id TEXT COLLATE "C" NOT NULL,
    ranking TEXT COLLATE "C" NOT NULL, -- a digest of what the ranking looks at; '' without a ranking
    since BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, audience_id, record_id)
);

CREATE TABLE audience_events (
    workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
    id TEXT COLLATE "C" NOT NULL,
    audience_id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    record_id TEXT COLLATE "C" NOT NULL,
    change TEXT COLLATE "C" NOT NULL, -- added, removed or reranked
    at BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, id)
);

-- One row for each workspace, which whoever changes members holds.
CREATE TABLE audience_clock (
    workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
    as_of BIGINT NOT NULL, -- the time for which all members and scores hold
    latest BIGINT NOT NULL, -- the time for which some hold already; it never goes back
    model TEXT COLLATE "C" NOT NULL, -- a digest of what scores were worked out by
    PRIMARY KEY (workspace_id)
);

-- When a record may score or be counted otherwise though nobody writes it.
CREATE TABLE record_clock (
    workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
    kind TEXT COLLATE "C" NOT NULL,
    record_id TEXT COLLATE "C" NOT NULL,
    due_at BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, kind, record_id)
);

-- The records that were written since the keeper looked, kept by triggers so that no way of writing can forget one. Each transaction makes rows of
-- its own, by its mark, so that writers never wait for each other, and what the keeper deletes tells of nothing but what it saw.
CREATE TABLE stale_records (
    workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
    kind TEXT COLLATE "C" NOT NULL,
    record_id TEXT COLLATE "C" NOT NULL,
    mark BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, kind, record_id, mark)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_insert_threshold = -1);

CREATE INDEX audience_destinations_by_destination ON audience_destinations (workspace_id, destination_id);
CREATE INDEX audience_members_by_record ON audience_members (workspace_id, record_id);
CREATE INDEX audience_events_by_audience ON audience_events (workspace_id, audience_id, id);
CREATE INDEX record_clock_by_time ON record_clock (workspace_id, due_at);
CREATE INDEX audiences_scanning ON audiences (workspace_id) WHERE state = 'scanning';

-- The keeper says in its transaction that it is at work: its scores make nothing stale.
-- +goose StatementBegin
CREATE FUNCTION accounts_stale() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('unstuck.keeping', true) = 'on' THEN
        RETURN NULL;
    END IF;
    INSERT INTO stale_records SELECT workspace_id, 'accounts', id, pg_current_xact_id()::text::bigint FROM changed ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION leads_stale() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('unstuck.keeping', true) = 'on' THEN
        RETURN NULL;
    END IF;
    INSERT INTO stale_records SELECT workspace_id, 'leads', id, pg_current_xact_id()::text::bigint FROM changed ON CONFLICT DO NOTHING;
    IF TG_OP = 'UPDATE' THEN -- the account that lost the lead
        INSERT INTO stale_records SELECT DISTINCT left_one.workspace_id, 'accounts', left_one.account_id, pg_current_xact_id()::text::bigint
            FROM (SELECT workspace_id, id, account_id FROM was EXCEPT SELECT workspace_id, id, account_id FROM changed) left_one
            WHERE left_one.account_id IS NOT NULL ON CONFLICT DO NOTHING;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO stale_records SELECT DISTINCT workspace_id, 'accounts', account_id, pg_current_xact_id()::text::bigint
            FROM changed WHERE account_id IS NOT NULL ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION signals_stale() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO stale_records SELECT DISTINCT workspace_id, 'accounts', account_id, pg_current_xact_id()::text::bigint
        FROM changed WHERE account_id IS NOT NULL ON CONFLICT DO NOTHING;
    INSERT INTO stale_records SELECT DISTINCT workspace_id, 'leads', lead_id, pg_current_xact_id()::text::bigint
        FROM changed WHERE lead_id IS NOT NULL ON CONFLICT DO NOTHING;
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO stale_records SELECT DISTINCT workspace_id, 'accounts', account_id, pg_current_xact_id()::text::bigint
            FROM was WHERE account_id IS NOT NULL ON CONFLICT DO NOTHING;
        INSERT INTO stale_records SELECT DISTINCT workspace_id, 'leads', lead_id, pg_current_xact_id()::text::bigint
            FROM was WHERE lead_id IS NOT NULL ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER accounts_added AFTER INSERT ON accounts REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION accounts_stale();
CREATE TRIGGER accounts_changed AFTER UPDATE ON accounts REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION accounts_stale();
CREATE TRIGGER accounts_deleted AFTER DELETE ON accounts REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION accounts_stale();
CREATE TRIGGER leads_added AFTER INSERT ON leads REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION leads_stale();
CREATE TRIGGER leads_changed AFTER UPDATE ON leads REFERENCING OLD TABLE AS was NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION leads_stale();
CREATE TRIGGER leads_deleted AFTER DELETE ON leads REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION leads_stale();
CREATE TRIGGER signals_added AFTER INSERT ON signals REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION signals_stale();
CREATE TRIGGER signals_changed AFTER UPDATE ON signals REFERENCING OLD TABLE AS was NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION signals_stale();
CREATE TRIGGER signals_deleted AFTER DELETE ON signals REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION signals_stale();

-- Those that are here already have never been looked at.
INSERT INTO stale_records SELECT workspace_id, 'accounts', id, 0 FROM accounts;
INSERT INTO stale_records SELECT workspace_id, 'leads', id, 0 FROM leads;
