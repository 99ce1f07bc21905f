DROP INDEX prospects_by_outlet;
CREATE INDEX prospects_by_outlet ON prospects (outlet_id, met_on);
DROP INDEX follow_ups_by_branch;
CREATE INDEX follow_ups_by_branch ON follow_ups (branch_id, due_on);
DROP INDEX prospects_gone;
DROP TABLE roll_marks;
DROP TABLE roll_days;
