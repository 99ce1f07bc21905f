DROP INDEX checkins_by_broker;
CREATE INDEX checkins_by_broker ON checkins (broker_id, at);
