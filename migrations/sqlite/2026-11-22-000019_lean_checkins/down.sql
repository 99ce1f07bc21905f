CREATE INDEX checkins_by_broker_day ON checkins (broker_id, date);
