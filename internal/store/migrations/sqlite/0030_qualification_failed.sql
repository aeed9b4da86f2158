-- +goose Up
ALTER TABLE qualification_jobs ADD COLUMN failed INTEGER NOT NULL DEFAULT 0; -- records that took too long to be looked at
