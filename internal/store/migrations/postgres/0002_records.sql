-- +goose Up
CREATE TABLE accounts (
    workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
    id TEXT COLLATE "C" NOT NULL,
    external_id TEXT COLLATE "C",
    domain TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C",
    name_f TEXT COLLATE "C", -- columns ending in _f are folded (see package text)
    name_words BIGINT NOT NULL DEFAULT 0, -- words in the name (search.Doc.NameWords)
    aliases TEXT COLLATE "C", -- a JSON array of texts
    website TEXT COLLATE "C",
    industry TEXT COLLATE "C",
    industry_f TEXT COLLATE "C",
    sector TEXT COLLATE "C",
    sector_f TEXT COLLATE "C",
    size TEXT COLLATE "C",
    size_f TEXT COLLATE "C",
    employees_text TEXT COLLATE "C",
    employees_text_f TEXT COLLATE "C",
    employee_count BIGINT,
    revenue_band TEXT COLLATE "C",
    revenue_band_f TEXT COLLATE "C",
    market_cap TEXT COLLATE "C",
    market_cap_f TEXT COLLATE "C",
    ownership TEXT COLLATE "C",
    ownership_f TEXT COLLATE "C",
    symbol TEXT COLLATE "C",
    symbol_f TEXT COLLATE "C",
    founded_year BIGINT,
    country TEXT COLLATE "C",
    country_f TEXT COLLATE "C",
    country_code TEXT COLLATE "C",
    state TEXT COLLATE "C",
    state_f TEXT COLLATE "C",
    city TEXT COLLATE "C",
    city_f TEXT COLLATE "C",
    location_text TEXT COLLATE "C",
    location_text_f TEXT COLLATE "C",
    tags TEXT COLLATE "C",
    description TEXT COLLATE "C",
    description_f TEXT COLLATE "C",
    tech_stack TEXT COLLATE "C",
    funding_stage TEXT COLLATE "C",
    funding_stage_f TEXT COLLATE "C",
    last_funding_date TEXT COLLATE "C",
    total_raised_usd BIGINT,
    icp_code TEXT COLLATE "C",
    icp_score BIGINT,
    engagement_stage TEXT COLLATE "C",
    custom TEXT COLLATE "C", -- a JSON object, canonical text
    sources TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    search TSVECTOR NOT NULL, -- each token with the workspace's short id in front
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, domain),
    UNIQUE (workspace_id, external_id)
);

CREATE TABLE leads (
    workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
    id TEXT COLLATE "C" NOT NULL,
    external_id TEXT COLLATE "C",
    name TEXT COLLATE "C",
    name_f TEXT COLLATE "C",
    name_words BIGINT NOT NULL DEFAULT 0, -- as with accounts
    first_name TEXT COLLATE "C",
    first_name_f TEXT COLLATE "C",
    last_name TEXT COLLATE "C",
    last_name_f TEXT COLLATE "C",
    title TEXT COLLATE "C",
    title_f TEXT COLLATE "C",
    seniority TEXT COLLATE "C",
    seniority_f TEXT COLLATE "C",
    department TEXT COLLATE "C",
    department_f TEXT COLLATE "C",
    account_id TEXT COLLATE "C",
    account_domain TEXT COLLATE "C", -- the account's; domains never change
    company TEXT COLLATE "C",
    company_f TEXT COLLATE "C",
    company_domain TEXT COLLATE "C",
    work_email TEXT COLLATE "C",
    personal_email TEXT COLLATE "C",
    phone TEXT COLLATE "C",
    linkedin_url TEXT COLLATE "C",
    handle TEXT COLLATE "C",
    handle_f TEXT COLLATE "C",
    country_code TEXT COLLATE "C",
    state TEXT COLLATE "C",
    state_f TEXT COLLATE "C",
    city TEXT COLLATE "C",
    city_f TEXT COLLATE "C",
    icp_code TEXT COLLATE "C",
    icp_score BIGINT,
    persona_code TEXT COLLATE "C",
    persona_score BIGINT,
    engagement_stage TEXT COLLATE "C",
    source TEXT COLLATE "C",
    source_f TEXT COLLATE "C",
    synthetic BIGINT,
    custom TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    search TSVECTOR NOT NULL, -- each token with the workspace's short id in front
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, external_id)
);

CREATE TABLE account_tags (
    workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
    account_id TEXT COLLATE "C" NOT NULL,
    tag_f TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (workspace_id, account_id, tag_f)
);

CREATE TABLE signals (
    workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
    id TEXT COLLATE "C" NOT NULL,
    external_id TEXT COLLATE "C",
    signal_type TEXT COLLATE "C" NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    source_f TEXT COLLATE "C" NOT NULL,
    occurred_at BIGINT NOT NULL,
    event_name TEXT COLLATE "C",
    event_name_f TEXT COLLATE "C",
    title TEXT COLLATE "C",
    title_f TEXT COLLATE "C",
    account_id TEXT COLLATE "C",
    account_domain TEXT COLLATE "C",
    lead_id TEXT COLLATE "C",
    email TEXT COLLATE "C",
    linkedin_url TEXT COLLATE "C",
    handle TEXT COLLATE "C",
    handle_f TEXT COLLATE "C",
    company_domain TEXT COLLATE "C",
    first_name TEXT COLLATE "C",
    last_name TEXT COLLATE "C",
    person_title TEXT COLLATE "C",
    context TEXT COLLATE "C", -- a JSON object, canonical text
    icp_code TEXT COLLATE "C",
    icp_score BIGINT,
    persona_code TEXT COLLATE "C",
    persona_score BIGINT,
    dedupe TEXT COLLATE "C" NOT NULL, -- what makes two pushes the same signal, hashed
    created_at BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, dedupe)
);

CREATE TABLE signal_types (
    workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
    signal_type TEXT COLLATE "C" NOT NULL,
    enabled BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, signal_type)
);

CREATE TABLE words (
    workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
    word TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL, -- of the vocabulary when the word came in
    PRIMARY KEY (workspace_id, word)
);

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
CREATE INDEX accounts_search ON accounts USING GIN (search);
CREATE INDEX leads_search ON leads USING GIN (search);
