DROP INDEX checkins_by_branch;
CREATE INDEX checkins_by_branch ON checkins (branch_id, date);
CREATE INDEX checkins_by_outlet ON checkins (outlet_id, date);
