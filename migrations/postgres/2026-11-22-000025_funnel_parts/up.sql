-- A packed month lies in three parts, so that who only counts reads half of it: what everybody counts, where they were met, whose they were. The parts
-- stand last in the row, in the order in which they are asked for. All is packed anew.
DROP TABLE funnel_segments;
CREATE TABLE funnel_segments (
    branch_id BYTEA NOT NULL REFERENCES branches (id),
    month DATE NOT NULL,
    version INTEGER NOT NULL,
    people INTEGER NOT NULL,
    packed_at TIMESTAMP NOT NULL,
    figures BYTEA NOT NULL,
    outlets BYTEA NOT NULL,
    brokers BYTEA NOT NULL,
    PRIMARY KEY (branch_id, month)
);
-- A month of a few hundred people stays whole in its row: a part put aside in pieces costs more to find than to read. Of a larger month what few ask for goes
-- aside first.
ALTER TABLE funnel_segments SET (toast_tuple_target = 8160);
ALTER TABLE funnel_segments ALTER COLUMN figures SET STORAGE MAIN;
ALTER TABLE funnel_segments ALTER COLUMN outlets SET STORAGE EXTERNAL;
ALTER TABLE funnel_segments ALTER COLUMN brokers SET STORAGE EXTERNAL;
