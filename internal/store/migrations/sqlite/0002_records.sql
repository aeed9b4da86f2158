-- +goose Up
CREATE TABLE accounts (
    doc INTEGER PRIMARY KEY, -- rowid of the text index; the workspace leads the UNIQUE key instead
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    id TEXT NOT NULL,
    external_id TEXT,
    domain TEXT NOT NULL,
    name TEXT,
    name_f TEXT, -- columns ending in _f are folded (see package text)
    name_words INTEGER NOT NULL DEFAULT 0, -- words in the name (search.Doc.NameWords)
    aliases TEXT, -- a JSON array of texts
    website TEXT,
    industry TEXT,
    industry_f TEXT,
    sector TEXT,
    sector_f TEXT,
    size TEXT,
    size_f TEXT,
    employees_text TEXT,
    employees_text_f TEXT,
    employee_count INTEGER,
    revenue_band TEXT,
    revenue_band_f TEXT,
    market_cap TEXT,
    market_cap_f TEXT,
    ownership TEXT,
    ownership_f TEXT,
    symbol TEXT,
    symbol_f TEXT,
    founded_year INTEGER,
    country TEXT,
    country_f TEXT,
    country_code TEXT,
    state TEXT,
    state_f TEXT,
    city TEXT,
    city_f TEXT,
    location_text TEXT,
    location_text_f TEXT,
    tags TEXT,
    description TEXT,
    description_f TEXT,
    tech_stack TEXT,
    funding_stage TEXT,
    funding_stage_f TEXT,
    last_funding_date TEXT,
    total_raised_usd INTEGER,
    icp_code TEXT,
    icp_score INTEGER,
    engagement_stage TEXT,
    custom TEXT, -- a JSON object, canonical text
    sources TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (workspace_id, id),
    UNIQUE (workspace_id, domain),
    UNIQUE (workspace_id, external_id)
) STRICT;

CREATE TABLE leads (
    doc INTEGER PRIMARY KEY, -- rowid of the text index; the workspace leads the UNIQUE key instead
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    id TEXT NOT NULL,
    external_id TEXT,
    name TEXT,
    name_f TEXT,
    name_words INTEGER NOT NULL DEFAULT 0, -- as with accounts
    first_name TEXT,
    first_name_f TEXT,
    last_name TEXT,
    last_name_f TEXT,
    title TEXT,
    title_f TEXT,
    seniority TEXT,
    seniority_f TEXT,
    department TEXT,
    department_f TEXT,
    account_id TEXT,
    account_domain TEXT, -- the account's; domains never change
    company TEXT,
    company_f TEXT,
    company_domain TEXT,
    work_email TEXT,
    personal_email TEXT,
    phone TEXT,
    linkedin_url TEXT,
    handle TEXT,
    handle_f TEXT,
    country_code TEXT,
    state TEXT,
    state_f TEXT,
    city TEXT,
    city_f TEXT,
    icp_code TEXT,
    icp_score INTEGER,
    persona_code TEXT,
    persona_score INTEGER,
    engagement_stage TEXT,
    source TEXT,
    source_f TEXT,
    synthetic INTEGER,
    custom TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (workspace_id, id),
    UNIQUE (workspace_id, external_id)
) STRICT;

CREATE TABLE account_tags (
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    account_id TEXT NOT NULL,
    tag_f TEXT NOT NULL,
    PRIMARY KEY (workspace_id, account_id, tag_f)
) STRICT;

CREATE TABLE signals (
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    id TEXT NOT NULL,
    external_id TEXT,
    signal_type TEXT NOT NULL,
    source TEXT NOT NULL,
    source_f TEXT NOT NULL,
    occurred_at INTEGER NOT NULL,
    event_name TEXT,
    event_name_f TEXT,
    title TEXT,
    title_f TEXT,
    account_id TEXT,
    account_domain TEXT,
    lead_id TEXT,
    email TEXT,
    linkedin_url TEXT,
    handle TEXT,
    handle_f TEXT,
    company_domain TEXT,
    first_name TEXT,
    last_name TEXT,
    person_title TEXT,
    context TEXT, -- a JSON object, canonical text
    icp_code TEXT,
    icp_score INTEGER,
    persona_code TEXT,
    persona_score INTEGER,
    dedupe TEXT NOT NULL, -- what makes two pushes the same signal, hashed
    created_at INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, dedupe)
) STRICT;

CREATE TABLE signal_types (
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    signal_type TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, signal_type)
) STRICT;

CREATE TABLE words (
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    word TEXT NOT NULL,
    version INTEGER NOT NULL, -- of the vocabulary when the word came in
    PRIMARY KEY (workspace_id, word)
) STRICT;

CREATE INDEX accounts_by_name ON accounts (workspace_id, name_f);
CREATE INDEX accounts_by_country ON accounts (workspace_id, country_code);
CREATE INDEX accounts_by_industry ON accounts (workspace_id, industry_f);
CREATE INDEX account_tags_by_tag ON account_tags (workspace_id, tag_f, account_id);
CREATE INDEX leads_by_nature ON leads (workspace_id, (account_domain IS NULL), account_domain, (external_id IS NULL), external_id, id);
CREATE INDEX leads_by_account ON leads (workspace_id, account_id);
CREATE INDEX leads_by_name ON leads (workspace_id, name_f);
CREATE INDEX leads_by_email ON leads (workspace_id, work_email);
CREATE INDEX leads_by_personal_email ON leads (workspace_id, personal_email) WHERE personal_email IS NOT NULL;
CREATE INDEX leads_by_linkedin ON leads (workspace_id, linkedin_url) WHERE linkedin_url IS NOT NULL;
CREATE INDEX leads_by_handle ON leads (workspace_id, handle_f) WHERE handle_f IS NOT NULL;
CREATE INDEX signals_by_time ON signals (workspace_id, occurred_at, id);
CREATE INDEX signals_by_type ON signals (workspace_id, signal_type, occurred_at);
CREATE INDEX signals_by_account ON signals (workspace_id, account_id, occurred_at);
CREATE INDEX signals_by_lead ON signals (workspace_id, lead_id, occurred_at) WHERE lead_id IS NOT NULL;
CREATE INDEX words_by_version ON words (workspace_id, version);

-- The text index: its rows are tokens alone, joined by one space, each with the workspace's short id in front.
CREATE VIRTUAL TABLE accounts_fts USING fts5(tokens, content='', contentless_delete=1, detail=none, tokenize='ascii');
CREATE VIRTUAL TABLE leads_fts USING fts5(tokens, content='', contentless_delete=1, detail=none, tokenize='ascii');

-- What the planner shall believe, since it has no figures of its own: a workspace is much of a table, and anything that an index names beside it is little.
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('accounts', 'sqlite_autoindex_accounts_1', '1000000 100000 1'),
    ('accounts', 'sqlite_autoindex_accounts_2', '1000000 100000 1'),
    ('accounts', 'sqlite_autoindex_accounts_3', '1000000 100000 1'),
    ('accounts', 'accounts_by_name', '1000000 100000 2'),
    ('accounts', 'accounts_by_country', '1000000 100000 1000'),
    ('accounts', 'accounts_by_industry', '1000000 100000 1000'),
    ('account_tags', 'sqlite_autoindex_account_tags_1', '4000000 400000 4 1'),
    ('account_tags', 'account_tags_by_tag', '4000000 400000 1000 1'),
    ('leads', 'sqlite_autoindex_leads_1', '1000000 100000 1'),
    ('leads', 'sqlite_autoindex_leads_2', '1000000 100000 1'),
    ('leads', 'leads_by_nature', '1000000 100000 50000 10 10 2 1'),
    ('leads', 'leads_by_account', '1000000 100000 10'),
    ('leads', 'leads_by_name', '1000000 100000 2'),
    ('leads', 'leads_by_email', '1000000 100000 1'),
    ('leads', 'leads_by_personal_email', '1000000 100000 1'),
    ('leads', 'leads_by_linkedin', '1000000 100000 1'),
    ('leads', 'leads_by_handle', '1000000 100000 1'),
    ('signals', 'sqlite_autoindex_signals_1', '10000000 1000000 1'),
    ('signals', 'sqlite_autoindex_signals_2', '10000000 1000000 1'),
    ('signals', 'signals_by_time', '10000000 1000000 2 1'),
    ('signals', 'signals_by_type', '10000000 1000000 50000 2'),
    ('signals', 'signals_by_account', '10000000 1000000 10 1'),
    ('signals', 'signals_by_lead', '10000000 1000000 10 1'),
    ('words', 'sqlite_autoindex_words_1', '1000000 100000 1'),
    ('words', 'words_by_version', '1000000 100000 100');
ANALYZE sqlite_schema; -- reads them
