-- The rota kept: rules of the branch, leave, who is not welcome where, drafts, publishing, changes, swaps, corrections, feeds.

-- `lead_minutes`: people are there that long before the outlet opens. `grace_minutes`: nobody is late or early by no more than this.
-- `rotation_weeks`: after that long at one established outlet it is time to rotate.
ALTER TABLE branches ADD COLUMN lead_minutes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE branches ADD COLUMN grace_minutes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE branches ADD COLUMN rotation_weeks INTEGER NOT NULL DEFAULT 12;

-- How many brokers an outlet wants on a day on which it is open.
ALTER TABLE outlets ADD COLUMN wanted_brokers INTEGER NOT NULL DEFAULT 1;

-- `sequence` counts a shift's changes; a calendar needs it to tell the newer from the older.
ALTER TABLE shifts ADD COLUMN sequence INTEGER NOT NULL DEFAULT 0;

-- Hours on one date, before those of its weekday.
CREATE TABLE outlet_special_hours (
    outlet_id BLOB NOT NULL REFERENCES outlets (id),
    date TEXT NOT NULL,
    opens TEXT NOT NULL,
    closes TEXT NOT NULL,
    reason TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (outlet_id, date)
) STRICT;

CREATE TABLE leaves (
    id BLOB PRIMARY KEY NOT NULL,
    branch_id BLOB NOT NULL REFERENCES branches (id),
    broker_id BLOB NOT NULL REFERENCES users (id),
    from_date TEXT NOT NULL,
    to_date TEXT NOT NULL,
    kind TEXT NOT NULL,
    reason TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL CHECK (state IN ('asked', 'approved', 'refused', 'withdrawn')),
    asked_by BLOB NOT NULL,
    asked_at TEXT NOT NULL,
    decided_by BLOB,
    decided_at TEXT,
    decision_note TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX leaves_by_broker ON leaves (broker_id, to_date);
CREATE INDEX leaves_by_branch ON leaves (branch_id, to_date);
CREATE INDEX leaves_asked ON leaves (branch_id, asked_at) WHERE state = 'asked';

-- Whom an outlet does not want, for the coordinator's eyes only.
CREATE TABLE unwelcome (
    id BLOB PRIMARY KEY NOT NULL,
    branch_id BLOB NOT NULL REFERENCES branches (id),
    outlet_id BLOB NOT NULL REFERENCES outlets (id),
    broker_id BLOB NOT NULL REFERENCES users (id),
    from_date TEXT NOT NULL,
    to_date TEXT,
    reason TEXT NOT NULL DEFAULT '',
    by_user BLOB NOT NULL,
    at TEXT NOT NULL
) STRICT;
CREATE INDEX unwelcome_by_outlet ON unwelcome (outlet_id, broker_id);
CREATE INDEX unwelcome_by_branch ON unwelcome (branch_id, broker_id);

-- What is being drawn up for some days, beside what stands. `version` grows with every change.
CREATE TABLE rota_drafts (
    id BLOB PRIMARY KEY NOT NULL,
    branch_id BLOB NOT NULL REFERENCES branches (id),
    from_date TEXT NOT NULL,
    to_date TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'published', 'discarded')),
    version INTEGER NOT NULL DEFAULT 1,
    created_by BLOB NOT NULL,
    created_at TEXT NOT NULL,
    changed_at TEXT NOT NULL
) STRICT;
CREATE INDEX rota_drafts_open ON rota_drafts (branch_id, from_date) WHERE state = 'open';

-- Times null: by the outlet's hours on that day.
CREATE TABLE draft_shifts (
    draft_id BLOB NOT NULL REFERENCES rota_drafts (id),
    broker_id BLOB NOT NULL REFERENCES users (id),
    date TEXT NOT NULL,
    outlet_id BLOB NOT NULL REFERENCES outlets (id),
    starts_at TEXT,
    ends_at TEXT,
    PRIMARY KEY (draft_id, broker_id, date)
) STRICT;

-- Every change of a draft, in order, so that it can be undone and two people see each other. Null: nobody there.
CREATE TABLE draft_changes (
    draft_id BLOB NOT NULL REFERENCES rota_drafts (id),
    number INTEGER NOT NULL,
    batch INTEGER NOT NULL,
    broker_id BLOB NOT NULL,
    date TEXT NOT NULL,
    old_outlet_id BLOB,
    old_starts_at TEXT,
    old_ends_at TEXT,
    new_outlet_id BLOB,
    new_starts_at TEXT,
    new_ends_at TEXT,
    by_user BLOB NOT NULL,
    at TEXT NOT NULL,
    undone_at TEXT,
    PRIMARY KEY (draft_id, number)
) STRICT;
CREATE INDEX draft_changes_by_day ON draft_changes (draft_id, broker_id, date, number);

CREATE TABLE rota_publications (
    id BLOB PRIMARY KEY NOT NULL,
    branch_id BLOB NOT NULL REFERENCES branches (id),
    draft_id BLOB REFERENCES rota_drafts (id),
    from_date TEXT NOT NULL,
    to_date TEXT NOT NULL,
    by_user BLOB NOT NULL,
    at TEXT NOT NULL,
    added INTEGER NOT NULL,
    moved INTEGER NOT NULL,
    removed INTEGER NOT NULL
) STRICT;
CREATE INDEX rota_publications_by_branch ON rota_publications (branch_id, to_date);

-- What happened to shifts, one row a fact: who, when, why. A removed shift lives on here.
CREATE TABLE shift_changes (
    id BLOB PRIMARY KEY NOT NULL,
    branch_id BLOB NOT NULL REFERENCES branches (id),
    shift_id BLOB NOT NULL,
    sequence INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('assigned', 'moved', 'removed')),
    broker_id BLOB NOT NULL REFERENCES users (id),
    date TEXT NOT NULL,
    old_outlet_id BLOB,
    old_starts_at TEXT,
    old_ends_at TEXT,
    new_outlet_id BLOB,
    new_starts_at TEXT,
    new_ends_at TEXT,
    reason TEXT NOT NULL DEFAULT '',
    publication_id BLOB REFERENCES rota_publications (id),
    by_user BLOB NOT NULL,
    at TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX shift_changes_in_order ON shift_changes (shift_id, sequence);
CREATE INDEX shift_changes_by_broker ON shift_changes (broker_id, date);
CREATE INDEX shift_changes_by_branch ON shift_changes (branch_id, date);

-- A broker offers a shift: to one colleague or to all who can, against one of theirs (`other_shift_id`) or given away.
CREATE TABLE swaps (
    id BLOB PRIMARY KEY NOT NULL,
    branch_id BLOB NOT NULL REFERENCES branches (id),
    shift_id BLOB NOT NULL,
    date TEXT NOT NULL,
    from_broker_id BLOB NOT NULL REFERENCES users (id),
    to_broker_id BLOB REFERENCES users (id),
    other_shift_id BLOB,
    other_date TEXT,
    reason TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL CHECK (state IN ('offered', 'taken', 'approved', 'refused', 'declined', 'withdrawn', 'lapsed')),
    offered_at TEXT NOT NULL,
    taken_at TEXT,
    decided_by BLOB,
    decided_at TEXT,
    decision_note TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX swaps_open ON swaps (branch_id, state, date) WHERE state IN ('offered', 'taken');
CREATE INDEX swaps_by_giver ON swaps (from_broker_id, date);
CREATE INDEX swaps_by_taker ON swaps (to_broker_id, date);

-- What a broker says was true where the check-ins do not show it; both are kept.
CREATE TABLE attendance_corrections (
    id BLOB PRIMARY KEY NOT NULL,
    branch_id BLOB NOT NULL REFERENCES branches (id),
    shift_id BLOB NOT NULL REFERENCES shifts (id),
    broker_id BLOB NOT NULL REFERENCES users (id),
    date TEXT NOT NULL,
    in_at TEXT,
    out_at TEXT,
    reason TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('asked', 'accepted', 'refused', 'withdrawn')),
    asked_at TEXT NOT NULL,
    decided_by BLOB,
    decided_at TEXT,
    decision_note TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX attendance_corrections_by_shift ON attendance_corrections (shift_id, asked_at);
CREATE INDEX attendance_corrections_asked ON attendance_corrections (branch_id, asked_at) WHERE state = 'asked';

-- Dress and badge, seen on the spot.
CREATE TABLE spot_checks (
    id BLOB PRIMARY KEY NOT NULL,
    branch_id BLOB NOT NULL REFERENCES branches (id),
    broker_id BLOB NOT NULL REFERENCES users (id),
    outlet_id BLOB NOT NULL REFERENCES outlets (id),
    date TEXT NOT NULL,
    at TEXT NOT NULL,
    present INTEGER NOT NULL,
    dress_ok INTEGER,
    badge_ok INTEGER,
    note TEXT NOT NULL DEFAULT '',
    by_user BLOB NOT NULL,
    recorded_at TEXT NOT NULL
) STRICT;
CREATE INDEX spot_checks_by_branch ON spot_checks (branch_id, date);
CREATE INDEX spot_checks_by_broker ON spot_checks (broker_id, date);

-- A calendar to subscribe to: a person's (`user_id`) or an outlet's. Only the hash of its secret is kept.
CREATE TABLE calendar_feeds (
    id BLOB PRIMARY KEY NOT NULL,
    token_hash BLOB NOT NULL UNIQUE,
    branch_id BLOB NOT NULL REFERENCES branches (id),
    user_id BLOB REFERENCES users (id),
    outlet_id BLOB REFERENCES outlets (id),
    created_by BLOB NOT NULL,
    created_at TEXT NOT NULL,
    read_at TEXT,
    revoked_at TEXT
) STRICT;
CREATE INDEX calendar_feeds_by_user ON calendar_feeds (user_id);
CREATE INDEX calendar_feeds_by_outlet ON calendar_feeds (outlet_id);

-- How a branch's rota sheets are read: which code means which outlet, which name which broker.
CREATE TABLE rota_sheet_codes (
    branch_id BLOB NOT NULL REFERENCES branches (id),
    kind TEXT NOT NULL CHECK (kind IN ('outlet', 'broker', 'none')),
    code_folded TEXT NOT NULL,
    target_id BLOB,
    by_user BLOB NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (branch_id, kind, code_folded)
) STRICT;
