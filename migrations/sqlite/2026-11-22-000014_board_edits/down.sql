DROP INDEX spot_checks_by_outlet;
DROP INDEX shift_changes_by_edit;
ALTER TABLE shift_changes DROP COLUMN edit_id;
DROP TABLE board_edits;
ALTER TABLE shifts DROP COLUMN own_end;
ALTER TABLE shifts DROP COLUMN own_start;
