-- What a broker says to a question about a check-in.
ALTER TABLE checkins ADD COLUMN answer TEXT;
ALTER TABLE checkins ADD COLUMN answered_at TIMESTAMP;
-- The few that wait for their broker.
CREATE INDEX checkins_questioned ON checkins (broker_id, at) WHERE review = 'questioned';
