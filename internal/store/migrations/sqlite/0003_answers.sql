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
