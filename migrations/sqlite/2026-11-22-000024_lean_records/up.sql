-- A broker's latest position is the first entry of one walk: by instant, of one instant by when it came in. So the index holds both, and nothing is sorted.
DROP INDEX checkins_by_broker;
CREATE INDEX checkins_by_broker ON checkins (broker_id, at, received_at);
