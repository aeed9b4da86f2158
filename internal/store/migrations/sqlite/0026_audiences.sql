-- +goose Up
-- How engaged a record is, beside its stage: worked out by the keeper of the audiences, from the record's signals.
ALTER TABLE accounts ADD COLUMN engagement_score INTEGER;
ALTER TABLE leads ADD COLUMN engagement_score INTEGER;

CREATE TABLE audiences (
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL, -- accounts or leads
    filter TEXT NOT NULL, -- canonical JSON
    ranking TEXT NOT NULL, -- a JSON array
    enrich TEXT NOT NULL, -- a JSON array
    state TEXT NOT NULL, -- scanning or current
    scanned TEXT NOT NULL DEFAULT '', -- how far the scan has come: a kind of record, a slash and the last id
    revision INTEGER NOT NULL,
    members INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, id)
) STRICT;

CREATE TABLE audience_destinations (
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    audience_id TEXT NOT NULL,
    destination_id TEXT NOT NULL,
    mapping TEXT, -- a JSON object; NULL for the destination's own
    PRIMARY KEY (workspace_id, audience_id, destination_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE audience_members (
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    audience_id TEXT NOT NULL,
    record_id TEXT NOT NULL,
    ranking TEXT NOT NULL, -- a digest of what the ranking looks at; '' without a ranking
    since INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, audience_id, record_id)
) STRICT;

CREATE TABLE audience_events (
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    id TEXT NOT NULL,
    audience_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    record_id TEXT NOT NULL,
    change TEXT NOT NULL, -- added, removed or reranked
    at INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, id)
) STRICT;

-- One row for each workspace, which whoever changes members holds.
CREATE TABLE audience_clock (
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    as_of INTEGER NOT NULL, -- the time for which all members and scores hold
    latest INTEGER NOT NULL, -- the time for which some hold already; it never goes back
    model TEXT NOT NULL, -- a digest of what scores were worked out by
    PRIMARY KEY (workspace_id)
) STRICT;

-- When a record may score or be counted otherwise though nobody writes it.
CREATE TABLE record_clock (
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    kind TEXT NOT NULL,
    record_id TEXT NOT NULL,
    due_at INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, kind, record_id)
) STRICT, WITHOUT ROWID;

-- The records that were written since the keeper looked, kept by triggers so that no way of writing can forget one. PostgreSQL tells
-- transactions apart by the mark; here there is one writer, and it is 0.
CREATE TABLE stale_records (
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    kind TEXT NOT NULL,
    record_id TEXT NOT NULL,
    mark INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, kind, record_id, mark)
) STRICT, WITHOUT ROWID;

CREATE INDEX audience_destinations_by_destination ON audience_destinations (workspace_id, destination_id);
CREATE INDEX audience_members_by_record ON audience_members (workspace_id, record_id);
CREATE INDEX audience_events_by_audience ON audience_events (workspace_id, audience_id, id);
CREATE INDEX record_clock_by_time ON record_clock (workspace_id, due_at);
CREATE INDEX audiences_scanning ON audiences (workspace_id) WHERE state = 'scanning';

-- Every column but the scores counts, which are the keeper's alone to write.
-- +goose StatementBegin
CREATE TRIGGER accounts_added AFTER INSERT ON accounts
BEGIN
    INSERT INTO stale_records VALUES (NEW.workspace_id, 'accounts', NEW.id, 0) ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER accounts_changed AFTER UPDATE OF
    doc, workspace_id, id, external_id, domain, name, name_f, name_words, aliases, aliases_f, website, industry, industry_f, sector, sector_f, size, size_f,
    employees_text, employees_text_f, employee_count, revenue_band, revenue_band_f, market_cap, market_cap_f, ownership, ownership_f, symbol,
    symbol_f, founded_year, country, country_f, country_code, state, state_f, city, city_f, location_text, location_text_f, tags, description,
    description_f, tech_stack, tech_stack_f, funding_stage, funding_stage_f, last_funding_date, total_raised_usd, icp_code, icp_score, custom, custom_f, sources, sources_f,
    created_at,    updated_at, texts_version
ON accounts
BEGIN
    INSERT INTO stale_records VALUES (NEW.workspace_id, 'accounts', NEW.id, 0) ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER accounts_deleted AFTER DELETE ON accounts
BEGIN
    INSERT INTO stale_records VALUES (OLD.workspace_id, 'accounts', OLD.id, 0) ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER leads_added AFTER INSERT ON leads
BEGIN
    INSERT INTO stale_records VALUES (NEW.workspace_id, 'leads', NEW.id, 0) ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER leads_changed AFTER UPDATE OF
    doc, workspace_id, id, external_id, name, name_f, name_words, first_name, first_name_f, last_name, last_name_f, title, title_f, seniority,
    seniority_f, department, department_f, account_id, account_domain, company, company_f, company_domain, work_email, personal_email, phone,
    linkedin_url, handle, handle_f, country_code, state, state_f, city, city_f, icp_code, icp_score, persona_code, persona_score, source, source_f,
    synthetic, custom, custom_f, created_at, updated_at, texts_version
ON leads
BEGIN
    INSERT INTO stale_records VALUES (NEW.workspace_id, 'leads', NEW.id, 0) ON CONFLICT DO NOTHING;
    INSERT INTO stale_records SELECT OLD.workspace_id, 'accounts', OLD.account_id, 0 -- the account that lost the lead
        WHERE OLD.account_id IS NOT NULL AND OLD.account_id IS NOT NEW.account_id ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER leads_deleted AFTER DELETE ON leads
BEGIN
    INSERT INTO stale_records VALUES (OLD.workspace_id, 'leads', OLD.id, 0) ON CONFLICT DO NOTHING;
    INSERT INTO stale_records SELECT OLD.workspace_id, 'accounts', OLD.account_id, 0 WHERE OLD.account_id IS NOT NULL ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER signals_added AFTER INSERT ON signals
BEGIN
    INSERT INTO stale_records SELECT NEW.workspace_id, 'accounts', NEW.account_id, 0 WHERE NEW.account_id IS NOT NULL ON CONFLICT DO NOTHING;
    INSERT INTO stale_records SELECT NEW.workspace_id, 'leads', NEW.lead_id, 0 WHERE NEW.lead_id IS NOT NULL ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER signals_changed AFTER UPDATE ON signals
BEGIN
    INSERT INTO stale_records SELECT OLD.workspace_id, 'accounts', OLD.account_id, 0 WHERE OLD.account_id IS NOT NULL ON CONFLICT DO NOTHING;
    INSERT INTO stale_records SELECT OLD.workspace_id, 'leads', OLD.lead_id, 0 WHERE OLD.lead_id IS NOT NULL ON CONFLICT DO NOTHING;
    INSERT INTO stale_records SELECT NEW.workspace_id, 'accounts', NEW.account_id, 0 WHERE NEW.account_id IS NOT NULL ON CONFLICT DO NOTHING;
    INSERT INTO stale_records SELECT NEW.workspace_id, 'leads', NEW.lead_id, 0 WHERE NEW.lead_id IS NOT NULL ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER signals_deleted AFTER DELETE ON signals
BEGIN
    INSERT INTO stale_records SELECT OLD.workspace_id, 'accounts', OLD.account_id, 0 WHERE OLD.account_id IS NOT NULL ON CONFLICT DO NOTHING;
    INSERT INTO stale_records SELECT OLD.workspace_id, 'leads', OLD.lead_id, 0 WHERE OLD.lead_id IS NOT NULL ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd

-- Those that are here already have never been looked at.
INSERT INTO stale_records SELECT workspace_id, 'accounts', id, 0 FROM accounts;
INSERT INTO stale_records SELECT workspace_id, 'leads', id, 0 FROM leads;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('audience_members', 'sqlite_autoindex_audience_members_1', '1000000 100000 5000 1'),
    ('audience_members', 'audience_members_by_record', '1000000 100000 10'),
    ('record_clock', 'record_clock_by_time', '1000000 100000 10 1 1');
ANALYZE sqlite_schema;
