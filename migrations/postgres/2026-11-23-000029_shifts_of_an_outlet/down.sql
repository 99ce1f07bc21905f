DROP INDEX shifts_by_outlet;
CREATE INDEX shifts_by_outlet ON shifts (outlet_id, date);
