-- +goose Up
ALTER TABLE qualification_jobs ADD COLUMN failed BIGINT NOT NULL DEFAULT 0; -- records that took too long to be looked at
