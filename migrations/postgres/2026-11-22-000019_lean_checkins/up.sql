-- A broker's check-ins are found by instant; each index costs every check-in a page to write.
DROP INDEX checkins_by_broker_day;
