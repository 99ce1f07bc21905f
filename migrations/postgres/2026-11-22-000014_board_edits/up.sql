-- Which of a shift's times were given and which are the outlet's own of that day: only the latter are wrong when the hours change afterwards. Of shifts from
-- before nobody knows it; they count as given.
ALTER TABLE shifts ADD COLUMN own_start BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE shifts ADD COLUMN own_end BOOLEAN NOT NULL DEFAULT TRUE;

-- One move of the hand on the board, straight on what stands: its author can take the last one back.
CREATE TABLE board_edits (
    id BYTEA PRIMARY KEY NOT NULL,
    branch_id BYTEA NOT NULL REFERENCES branches (id),
    by_user BYTEA NOT NULL,
    at TIMESTAMP NOT NULL,
    undone_at TIMESTAMP
);
CREATE INDEX board_edits_standing ON board_edits (branch_id, by_user, at) WHERE undone_at IS NULL;

ALTER TABLE shift_changes ADD COLUMN edit_id BYTEA;
CREATE INDEX shift_changes_by_edit ON shift_changes (edit_id) WHERE edit_id IS NOT NULL;

-- What spot checks found at an outlet, the latest first.
CREATE INDEX spot_checks_by_outlet ON spot_checks (outlet_id, date, at, id);
