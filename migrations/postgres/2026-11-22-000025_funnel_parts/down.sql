-- The layout of before does not know parts either: all is packed anew.
DROP TABLE funnel_segments;
CREATE TABLE funnel_segments (
    branch_id BYTEA NOT NULL REFERENCES branches (id),
    month DATE NOT NULL,
    version INTEGER NOT NULL,
    people INTEGER NOT NULL,
    packed BYTEA NOT NULL,
    packed_at TIMESTAMP NOT NULL,
    PRIMARY KEY (branch_id, month)
);
ALTER TABLE funnel_segments ALTER COLUMN packed SET STORAGE EXTERNAL;
