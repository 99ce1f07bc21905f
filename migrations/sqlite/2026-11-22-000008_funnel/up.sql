-- What the funnel is counted from: one row a branch and month of first meetings, packed; and what has changed since it was packed.
-- `version` counts the packings, so that of two who pack at once the one that read earlier gives way.
CREATE TABLE funnel_segments (
    branch_id BLOB NOT NULL REFERENCES branches (id),
    month TEXT NOT NULL,
    version INTEGER NOT NULL,
    people INTEGER NOT NULL,
    packed BLOB NOT NULL,
    packed_at TEXT NOT NULL,
    PRIMARY KEY (branch_id, month)
) STRICT;

-- Only ever added to by who changes a prospect, so that writers never wait for each other here; taken away by who packs anew.
CREATE TABLE funnel_marks (
    id BLOB PRIMARY KEY NOT NULL,
    branch_id BLOB NOT NULL,
    met_on TEXT NOT NULL
) STRICT;
CREATE INDEX funnel_marks_by_branch ON funnel_marks (branch_id, met_on);

CREATE INDEX prospects_by_branch_day ON prospects (branch_id, met_on);
CREATE INDEX prospects_by_meeter ON prospects (met_by, met_on);
