DROP INDEX shifts_by_date;
DROP INDEX attendance_corrections_by_broker;
DROP INDEX checkins_by_broker_day;
