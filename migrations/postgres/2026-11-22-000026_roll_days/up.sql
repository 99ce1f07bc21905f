-- What reports over many branches are read from: a row a branch and day that is over, added up; and what has changed since it was.
-- `version` counts how often a day was added up, so that of two who do so at once the one that read earlier gives way.
CREATE TABLE roll_days (
    branch_id BYTEA NOT NULL REFERENCES branches (id),
    date DATE NOT NULL,
    version INTEGER NOT NULL,
    packed BYTEA NOT NULL,
    PRIMARY KEY (branch_id, date)
);

-- Only ever added to by who changes what a day that is over is judged by; taken away by who adds it up anew.
CREATE TABLE roll_marks (
    id BYTEA PRIMARY KEY NOT NULL,
    branch_id BYTEA NOT NULL,
    first_day DATE NOT NULL,
    last_day DATE NOT NULL
);
CREATE INDEX roll_marks_by_branch ON roll_marks (branch_id, last_day);

-- Who is not here any more, a few: left out of counts without looking at each.
CREATE INDEX prospects_gone ON prospects (met_on, id) WHERE state <> 'active';
-- With all that counting takes, so that the rows themselves are not read for it.
DROP INDEX follow_ups_by_branch;
CREATE INDEX follow_ups_by_branch ON follow_ups (branch_id, due_on, broker_id, kept_at, kept_on, waived_at, prospect_id);

-- Whoever was met at no outlet is not looked for by it: an index that holds them would be taken for them all the same.
DROP INDEX prospects_by_outlet;
CREATE INDEX prospects_by_outlet ON prospects (outlet_id, met_on) WHERE outlet_id IS NOT NULL;
