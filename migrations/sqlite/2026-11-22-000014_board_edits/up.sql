-- Which of a shift's times were given and which are the outlet's own of that day: only the latter are wrong when the hours change afterwards. Of shifts from
-- before nobody knows it; they count as given.
ALTER TABLE shifts ADD COLUMN own_start INTEGER NOT NULL DEFAULT TRUE;
ALTER TABLE shifts ADD COLUMN own_end INTEGER NOT NULL DEFAULT TRUE;

-- One move of the hand on the board, straight on what stands: its author can take the last one back.
CREATE TABLE board_edits (
    id BLOB PRIMARY KEY NOT NULL,
    branch_id BLOB NOT NULL REFERENCES branches (id),
    by_user BLOB NOT NULL,
    at TEXT NOT NULL,
    undone_at TEXT
) STRICT;
CREATE INDEX board_edits_standing ON board_edits (branch_id, by_user, at) WHERE undone_at IS NULL;

ALTER TABLE shift_changes ADD COLUMN edit_id BLOB;
CREATE INDEX shift_changes_by_edit ON shift_changes (edit_id) WHERE edit_id IS NOT NULL;

-- What spot checks found at an outlet, the latest first.
CREATE INDEX spot_checks_by_outlet ON spot_checks (outlet_id, date, at, id);
