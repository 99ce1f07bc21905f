-- What jobs look for by its age alone, and what the head office reads over all branches.
CREATE INDEX invitations_by_expiry ON invitations (expires_at);
CREATE INDEX sign_in_tries_by_age ON sign_in_tries (at);
CREATE INDEX prospects_by_meeting ON prospects (met_at, id);
CREATE INDEX prospects_by_day ON prospects (met_on);
CREATE INDEX outlets_by_point ON outlets (lat, lon);
CREATE INDEX swaps_by_branch ON swaps (branch_id, date, id);
CREATE INDEX swaps_by_date ON swaps (date, id);
CREATE INDEX leaves_by_date ON leaves (from_date, id);
