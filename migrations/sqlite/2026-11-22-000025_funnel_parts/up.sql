-- A packed month lies in three parts, so that who only counts reads half of it: what everybody counts, where they were met, whose they were. The parts
-- stand last in the row, in the order in which they are asked for. All is packed anew.
DROP TABLE funnel_segments;
CREATE TABLE funnel_segments (
    branch_id BLOB NOT NULL REFERENCES branches (id),
    month TEXT NOT NULL,
    version INTEGER NOT NULL,
    people INTEGER NOT NULL,
    packed_at TEXT NOT NULL,
    figures BLOB NOT NULL,
    outlets BLOB NOT NULL,
    brokers BLOB NOT NULL,
    PRIMARY KEY (branch_id, month)
) STRICT;
