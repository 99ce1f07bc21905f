DROP INDEX checkins_questioned;
ALTER TABLE checkins DROP COLUMN answered_at;
ALTER TABLE checkins DROP COLUMN answer;
