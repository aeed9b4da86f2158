-- +goose Up
-- What filters compare of lists, of names within a signal's identity and of JSON members (see filter.Index). The next migration fills them.
ALTER TABLE accounts ADD COLUMN aliases_f TEXT;
ALTER TABLE accounts ADD COLUMN tech_stack_f TEXT;
ALTER TABLE accounts ADD COLUMN sources_f TEXT;
ALTER TABLE accounts ADD COLUMN custom_f TEXT;
ALTER TABLE leads ADD COLUMN custom_f TEXT;
ALTER TABLE signals ADD COLUMN first_name_f TEXT;
ALTER TABLE signals ADD COLUMN last_name_f TEXT;
ALTER TABLE signals ADD COLUMN person_title_f TEXT;
ALTER TABLE signals ADD COLUMN context_f TEXT;
-- Signals of persons who matched no lead are found by what they say of the person.
CREATE INDEX signals_by_email ON signals (workspace_id, email) WHERE email IS NOT NULL;
CREATE INDEX signals_by_handle ON signals (workspace_id, handle_f) WHERE handle_f IS NOT NULL;
CREATE INDEX signals_by_linkedin ON signals (workspace_id, linkedin_url) WHERE linkedin_url IS NOT NULL;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('signals', 'signals_by_email', '10000000 1000000 10'),
    ('signals', 'signals_by_handle', '10000000 1000000 10'),
    ('signals', 'signals_by_linkedin', '10000000 1000000 10');
ANALYZE sqlite_schema;
