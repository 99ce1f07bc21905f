-- The layout of before does not know parts either: all is packed anew.
DROP TABLE funnel_segments;
CREATE TABLE funnel_segments (
    branch_id BLOB NOT NULL REFERENCES branches (id),
    month TEXT NOT NULL,
    version INTEGER NOT NULL,
    people INTEGER NOT NULL,
    packed BLOB NOT NULL,
    packed_at TEXT NOT NULL,
    PRIMARY KEY (branch_id, month)
) STRICT;
