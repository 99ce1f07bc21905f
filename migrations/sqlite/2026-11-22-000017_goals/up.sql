-- Targets, and what a branch and a bank promised each other.

-- How a branch judges progress: by which days the time is measured, and how many points behind it a promise counts as missed. Without a row: workdays, 10.
CREATE TABLE goal_settings (
    branch_id BLOB PRIMARY KEY NOT NULL REFERENCES branches (id),
    time_by TEXT NOT NULL CHECK (time_by IN ('workdays', 'calendar')),
    margin_points INTEGER NOT NULL
) STRICT;

-- A person's tier: those of one tier share a yardstick, as outlets of one grade do.
CREATE TABLE broker_tiers (
    broker_id BLOB PRIMARY KEY NOT NULL REFERENCES users (id),
    branch_id BLOB NOT NULL REFERENCES branches (id),
    tier TEXT NOT NULL,
    by_user BLOB NOT NULL,
    at TEXT NOT NULL
) STRICT;
CREATE INDEX broker_tiers_by_branch ON broker_tiers (branch_id);

-- `member`: the id of the outlet or broker, the grade, the tier; empty for the branch itself.
CREATE TABLE targets (
    id BLOB PRIMARY KEY NOT NULL,
    branch_id BLOB NOT NULL REFERENCES branches (id),
    from_date TEXT NOT NULL,
    to_date TEXT NOT NULL,
    subject TEXT NOT NULL CHECK (subject IN ('branch', 'outlet', 'broker', 'grade', 'tier')),
    member TEXT NOT NULL,
    measure TEXT NOT NULL,
    value INTEGER NOT NULL CHECK (value > 0),
    set_by BLOB NOT NULL,
    set_at TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX targets_once ON targets (branch_id, from_date, to_date, subject, member, measure);
CREATE INDEX targets_by_period ON targets (from_date, id);
CREATE INDEX targets_by_branch ON targets (branch_id, from_date, id);

-- With one outlet, or with a bank as a whole.
CREATE TABLE agreements (
    id BLOB PRIMARY KEY NOT NULL,
    branch_id BLOB NOT NULL REFERENCES branches (id),
    outlet_id BLOB REFERENCES outlets (id),
    bank_id BLOB REFERENCES banks (id),
    from_date TEXT NOT NULL,
    to_date TEXT NOT NULL,
    note TEXT NOT NULL DEFAULT '',
    created_by BLOB NOT NULL,
    created_at TEXT NOT NULL,
    ended_by BLOB,
    ended_at TEXT,
    CHECK ((outlet_id IS NULL) <> (bank_id IS NULL))
) STRICT;
CREATE INDEX agreements_by_branch ON agreements (branch_id, to_date, id);
CREATE INDEX agreements_by_end ON agreements (to_date, id);
CREATE INDEX agreements_by_outlet ON agreements (outlet_id, to_date);

-- A promise: `side` says whose. `way`: counted from our own records, or entered.
CREATE TABLE agreement_lines (
    id BLOB PRIMARY KEY NOT NULL,
    agreement_id BLOB NOT NULL REFERENCES agreements (id),
    number INTEGER NOT NULL,
    side TEXT NOT NULL CHECK (side IN ('ours', 'theirs')),
    measure TEXT NOT NULL,
    way TEXT NOT NULL CHECK (way IN ('counted', 'entered')),
    target INTEGER NOT NULL CHECK (target > 0)
) STRICT;
CREATE UNIQUE INDEX agreement_lines_once ON agreement_lines (agreement_id, measure, side);

-- Only ever added to: a wrong entry is set right by a counter-entry that names it.
CREATE TABLE agreement_entries (
    id BLOB PRIMARY KEY NOT NULL,
    agreement_id BLOB NOT NULL REFERENCES agreements (id),
    line_id BLOB NOT NULL REFERENCES agreement_lines (id),
    on_date TEXT NOT NULL,
    value INTEGER NOT NULL,
    note TEXT NOT NULL DEFAULT '',
    source TEXT NOT NULL CHECK (source IN ('hand', 'import')),
    corrects_id BLOB REFERENCES agreement_entries (id),
    by_user BLOB,
    at TEXT NOT NULL
) STRICT;
CREATE INDEX agreement_entries_by_line ON agreement_entries (line_id);
CREATE INDEX agreement_entries_by_agreement ON agreement_entries (agreement_id, at, id);
CREATE UNIQUE INDEX agreement_entries_corrected ON agreement_entries (corrects_id) WHERE corrects_id IS NOT NULL;

-- A promise that fell behind, or whose period ended short of it, and what was said to that. `settled_at`: it came right by itself.
CREATE TABLE agreement_misses (
    id BLOB PRIMARY KEY NOT NULL,
    branch_id BLOB NOT NULL REFERENCES branches (id),
    agreement_id BLOB NOT NULL REFERENCES agreements (id),
    line_id BLOB NOT NULL REFERENCES agreement_lines (id),
    kind TEXT NOT NULL CHECK (kind IN ('behind', 'short')),
    noticed_on TEXT NOT NULL,
    done INTEGER NOT NULL,
    settled_at TEXT,
    answer TEXT,
    answered_by BLOB,
    answered_at TEXT
) STRICT;
CREATE INDEX agreement_misses_open ON agreement_misses (branch_id, noticed_on) WHERE answered_at IS NULL AND settled_at IS NULL;
CREATE INDEX agreement_misses_by_agreement ON agreement_misses (agreement_id, noticed_on);

-- A link for a partner at the bank, who has no login. Only the hash of its secret is kept.
CREATE TABLE partner_links (
    id BLOB PRIMARY KEY NOT NULL,
    token_hash BLOB NOT NULL UNIQUE,
    branch_id BLOB NOT NULL REFERENCES branches (id),
    outlet_id BLOB NOT NULL REFERENCES outlets (id),
    expires_at TEXT NOT NULL,
    created_by BLOB NOT NULL,
    created_at TEXT NOT NULL,
    read_at TEXT,
    revoked_at TEXT
) STRICT;
CREATE INDEX partner_links_by_outlet ON partner_links (outlet_id, created_at);
