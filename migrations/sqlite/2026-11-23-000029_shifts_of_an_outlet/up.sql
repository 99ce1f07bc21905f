-- An outlet's shifts of a day in their order: without it SQLite goes through everybody's of the day, for their order.
DROP INDEX shifts_by_outlet;
CREATE INDEX shifts_by_outlet ON shifts (outlet_id, date, starts_at);
