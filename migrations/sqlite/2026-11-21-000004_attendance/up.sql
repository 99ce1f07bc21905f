CREATE TABLE shifts (
    id BLOB PRIMARY KEY NOT NULL,
    branch_id BLOB NOT NULL REFERENCES branches (id),
    outlet_id BLOB NOT NULL REFERENCES outlets (id),
    broker_id BLOB NOT NULL REFERENCES users (id),
    date TEXT NOT NULL,
    starts_at TEXT NOT NULL,
    ends_at TEXT NOT NULL,
    created_by BLOB,
    created_at TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX shifts_one_a_day ON shifts (broker_id, date);
CREATE INDEX shifts_by_branch ON shifts (branch_id, date);
CREATE INDEX shifts_by_outlet ON shifts (outlet_id, date);

-- A position (`lat`, `lon` in WGS-84, `given_*` as sent) is dropped after its keeping time; the verdict stays.
-- `review`: null = nothing to look at, else waiting, accepted or questioned.
CREATE TABLE checkins (
    id BLOB PRIMARY KEY NOT NULL,
    branch_id BLOB NOT NULL REFERENCES branches (id),
    broker_id BLOB NOT NULL REFERENCES users (id),
    outlet_id BLOB REFERENCES outlets (id),
    shift_id BLOB REFERENCES shifts (id),
    kind TEXT NOT NULL CHECK (kind IN ('in', 'out')),
    at TEXT NOT NULL,
    date TEXT NOT NULL,
    received_at TEXT NOT NULL,
    offline INTEGER NOT NULL,
    lat REAL,
    lon REAL,
    accuracy_m REAL,
    datum TEXT NOT NULL,
    given_lat REAL,
    given_lon REAL,
    reason TEXT,
    verdict TEXT NOT NULL CHECK (verdict IN ('on_site', 'off_site', 'uncertain')),
    distance_m REAL,
    minutes_late INTEGER,
    minutes_early INTEGER,
    flags TEXT NOT NULL,
    review TEXT,
    review_note TEXT,
    reviewed_by BLOB,
    reviewed_at TEXT
) STRICT;
CREATE INDEX checkins_by_broker ON checkins (broker_id, at);
CREATE INDEX checkins_by_branch ON checkins (branch_id, date);
CREATE INDEX checkins_by_outlet ON checkins (outlet_id, date);
CREATE INDEX checkins_by_shift ON checkins (shift_id);
CREATE INDEX checkins_to_review ON checkins (branch_id, at) WHERE review = 'waiting';
-- The head office's list over all branches.
CREATE INDEX checkins_by_date ON checkins (date);
-- Whose position is to be dropped next.
CREATE INDEX checkins_with_position ON checkins (received_at) WHERE lat IS NOT NULL;
-- A polygon may reach nearer than its outlet's point, so these are looked at whatever their point.
CREATE INDEX outlets_with_fence ON outlets (branch_id) WHERE fence IS NOT NULL;
