-- `broker_id` owns the prospect, `met_by` met the person. `mobile`: AES-256-GCM; `mobile_hash`: HMAC-SHA256 of the normalised number.
-- `state`: active, merged (into `merged_into`) or erased (personal fields emptied).
CREATE TABLE prospects (
    id BLOB PRIMARY KEY NOT NULL,
    branch_id BLOB NOT NULL REFERENCES branches (id),
    broker_id BLOB NOT NULL REFERENCES users (id),
    met_by BLOB NOT NULL REFERENCES users (id),
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    mobile BLOB,
    mobile_hash BLOB,
    met_at TEXT NOT NULL,
    met_on TEXT NOT NULL,
    source TEXT NOT NULL,
    preferred_channel TEXT NOT NULL,
    outlet_id BLOB REFERENCES outlets (id),
    referrer TEXT,
    experience TEXT NOT NULL DEFAULT 'unknown',
    note TEXT,
    stage TEXT NOT NULL,
    stage_at TEXT NOT NULL,
    stage_before_lost TEXT,
    state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'merged', 'erased')),
    merged_into BLOB REFERENCES prospects (id),
    version INTEGER NOT NULL DEFAULT 1,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;
CREATE INDEX prospects_by_broker ON prospects (broker_id, met_at);
CREATE INDEX prospects_by_branch ON prospects (branch_id, met_at);
CREATE INDEX prospects_by_outlet ON prospects (outlet_id, met_on);
CREATE INDEX prospects_by_mobile ON prospects (mobile_hash) WHERE mobile_hash IS NOT NULL;
CREATE INDEX prospects_by_name ON prospects (branch_id, name_folded);
CREATE INDEX prospects_by_survivor ON prospects (merged_into) WHERE merged_into IS NOT NULL;

CREATE TABLE consents (
    id BLOB PRIMARY KEY NOT NULL,
    prospect_id BLOB NOT NULL REFERENCES prospects (id),
    given_at TEXT NOT NULL,
    purpose TEXT NOT NULL,
    text_version TEXT NOT NULL,
    way TEXT NOT NULL,
    recorded_by BLOB NOT NULL,
    recorded_at TEXT NOT NULL,
    withdrawn_at TEXT
) STRICT;
CREATE INDEX consents_by_prospect ON consents (prospect_id, recorded_at);

CREATE TABLE touches (
    id BLOB PRIMARY KEY NOT NULL,
    prospect_id BLOB NOT NULL REFERENCES prospects (id),
    by_user BLOB NOT NULL REFERENCES users (id),
    channel TEXT NOT NULL,
    outcome TEXT NOT NULL,
    at TEXT NOT NULL,
    note TEXT,
    created_at TEXT NOT NULL,
    edited_at TEXT,
    withdrawn_at TEXT
) STRICT;
CREATE INDEX touches_by_prospect ON touches (prospect_id, at);

-- What a touch was before it was edited or withdrawn.
CREATE TABLE touch_changes (
    id BLOB PRIMARY KEY NOT NULL,
    touch_id BLOB NOT NULL REFERENCES touches (id),
    by_user BLOB NOT NULL,
    at TEXT NOT NULL,
    channel TEXT NOT NULL,
    outcome TEXT NOT NULL,
    touched_at TEXT NOT NULL,
    note TEXT,
    withdrawn INTEGER NOT NULL
) STRICT;
CREATE INDEX touch_changes_by_touch ON touch_changes (touch_id, at);

-- The full history of stages, in order of `number`. `touch_id`: the touch that moved it by itself.
CREATE TABLE stage_changes (
    id BLOB PRIMARY KEY NOT NULL,
    prospect_id BLOB NOT NULL REFERENCES prospects (id),
    number INTEGER NOT NULL,
    from_stage TEXT,
    to_stage TEXT NOT NULL,
    at TEXT NOT NULL,
    reason TEXT,
    touch_id BLOB,
    by_user BLOB NOT NULL,
    recorded_at TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX stage_changes_in_order ON stage_changes (prospect_id, number);

-- Changes of a prospect's own fields that its history shows: owner, meeting time, merge. Never a name or a number.
CREATE TABLE prospect_changes (
    id BLOB PRIMARY KEY NOT NULL,
    prospect_id BLOB NOT NULL REFERENCES prospects (id),
    by_user BLOB NOT NULL,
    at TEXT NOT NULL,
    field TEXT NOT NULL,
    old TEXT,
    new TEXT,
    reason TEXT
) STRICT;
CREATE INDEX prospect_changes_by_prospect ON prospect_changes (prospect_id, at);

-- `broker_id`, `branch_id` repeat the prospect's, so that a list by urgency reads one index.
-- Open: neither kept nor waived; missed follows from `due_on` and the day it is asked.
CREATE TABLE follow_ups (
    id BLOB PRIMARY KEY NOT NULL,
    prospect_id BLOB NOT NULL REFERENCES prospects (id),
    branch_id BLOB NOT NULL,
    broker_id BLOB NOT NULL,
    number INTEGER NOT NULL,
    starts_at TEXT NOT NULL,
    due_on TEXT NOT NULL,
    kept_at TEXT,
    kept_on TEXT,
    kept_by_touch BLOB,
    waived_at TEXT,
    waived_by BLOB,
    waived_reason TEXT,
    created_at TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX follow_ups_in_order ON follow_ups (prospect_id, number);
CREATE INDEX follow_ups_by_broker ON follow_ups (broker_id, due_on);
CREATE INDEX follow_ups_by_branch ON follow_ups (branch_id, due_on);
CREATE INDEX follow_ups_by_due ON follow_ups (due_on, id);

-- Who was erased, so that nobody comes back by an import: the keyed hash of the number only.
CREATE TABLE erased_people (
    mobile_hash BLOB PRIMARY KEY NOT NULL,
    erased_at TEXT NOT NULL
) STRICT;

-- The register of requests by people about their data.
CREATE TABLE data_requests (
    id BLOB PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('export', 'erasure', 'reveal')),
    prospect_id BLOB,
    found INTEGER NOT NULL,
    reason TEXT NOT NULL DEFAULT '',
    by_user BLOB NOT NULL,
    at TEXT NOT NULL
) STRICT;
CREATE INDEX data_requests_in_order ON data_requests (at);
