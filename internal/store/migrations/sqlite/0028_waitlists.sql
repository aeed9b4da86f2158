-- +goose Up
CREATE TABLE waitlists (
    workspace_id   TEXT NOT NULL REFERENCES workspaces (id),
    id             TEXT NOT NULL, -- wl_ and a UUIDv7
    name           TEXT NOT NULL,
    referral_boost INTEGER NOT NULL,
    created_at     INTEGER NOT NULL,
    archived_at    INTEGER, -- NULL while it takes sign-ups
    PRIMARY KEY (workspace_id, id)
) STRICT;

-- A place in the line is worked out when it is read, from priority, joined_at and id; nothing but a referral changes a row.
CREATE TABLE subscribers (
    workspace_id   TEXT NOT NULL,
    waitlist_id    TEXT NOT NULL,
    id             TEXT NOT NULL,
    email          TEXT NOT NULL, -- in normal form
    joined_at      INTEGER NOT NULL,
    referral_code  TEXT NOT NULL,
    referral_count INTEGER NOT NULL,
    priority       INTEGER NOT NULL,
    referred_by    TEXT, -- id of a subscriber of the same waitlist
    lifted         INTEGER NOT NULL, -- by how much this sign-up raised the priority of who referred it
    PRIMARY KEY (workspace_id, waitlist_id, id),
    UNIQUE (workspace_id, waitlist_id, email),
    UNIQUE (workspace_id, waitlist_id, referral_code),
    FOREIGN KEY (workspace_id, waitlist_id) REFERENCES waitlists (workspace_id, id)
) STRICT;
CREATE INDEX subscribers_by_place ON subscribers (workspace_id, waitlist_id, priority DESC, joined_at, id);
CREATE INDEX subscribers_by_referrer ON subscribers (workspace_id, waitlist_id, referred_by) WHERE referred_by IS NOT NULL;
