-- The roll looks up the days of its brokers, and the head office reads all branches by date.
CREATE INDEX checkins_by_broker_day ON checkins (broker_id, date);
CREATE INDEX attendance_corrections_by_broker ON attendance_corrections (broker_id, date);
CREATE INDEX shifts_by_date ON shifts (date, starts_at, id);
