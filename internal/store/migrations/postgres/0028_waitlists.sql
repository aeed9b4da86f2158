-- +goose Up
CREATE TABLE waitlists (
    workspace_id   TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
    id             TEXT COLLATE "C" NOT NULL, -- wl_ and a UUIDv7
    name           TEXT COLLATE "C" NOT NULL,
    referral_boost BIGINT NOT NULL,
    created_at     BIGINT NOT NULL,
    archived_at    BIGINT, -- NULL while it takes sign-ups
    PRIMARY KEY (workspace_id, id)
);

-- A place in the line is worked out when it is read, from priority, joined_at and id; nothing but a referral changes a row.
CREATE TABLE subscribers (
    workspace_id   TEXT COLLATE "C" NOT NULL,
    waitlist_id    TEXT COLLATE "C" NOT NULL,
    id             TEXT COLLATE "C" NOT NULL,
    email          TEXT COLLATE "C" NOT NULL, -- in normal form
    joined_at      BIGINT NOT NULL,
    referral_code  TEXT COLLATE "C" NOT NULL,
    referral_count BIGINT NOT NULL,
    priority       BIGINT NOT NULL,
    referred_by    TEXT COLLATE "C", -- id of a subscriber of the same waitlist
    lifted         BIGINT NOT NULL, -- by how much this sign-up raised the priority of who referred it
    PRIMARY KEY (workspace_id, waitlist_id, id),
    UNIQUE (workspace_id, waitlist_id, email),
    UNIQUE (workspace_id, waitlist_id, referral_code),
    FOREIGN KEY (workspace_id, waitlist_id) REFERENCES waitlists (workspace_id, id)
);
CREATE INDEX subscribers_by_place ON subscribers (workspace_id, waitlist_id, priority DESC, joined_at, id);
CREATE INDEX subscribers_by_referrer ON subscribers (workspace_id, waitlist_id, referred_by) WHERE referred_by IS NOT NULL;
