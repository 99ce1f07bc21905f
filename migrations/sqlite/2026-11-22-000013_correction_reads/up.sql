-- A branch's corrections by date, and the head office's over all branches.
CREATE INDEX attendance_corrections_by_branch ON attendance_corrections (branch_id, date, asked_at, id);
CREATE INDEX attendance_corrections_by_date ON attendance_corrections (date, asked_at, id);
-- Spot checks of all branches by date.
CREATE INDEX spot_checks_by_date ON spot_checks (date, at, id);
