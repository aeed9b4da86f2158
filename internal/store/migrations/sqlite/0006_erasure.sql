-- +goose Up
-- The version of the vocabulary at the last erasure: who knows an older one forgets all words and reads them anew.
ALTER TABLE workspaces ADD COLUMN words_reset INTEGER NOT NULL DEFAULT 0;
