-- One index less for each check-in to go into: those at an outlet are found among its branch's of the day.
DROP INDEX checkins_by_outlet;
DROP INDEX checkins_by_branch;
CREATE INDEX checkins_by_branch ON checkins (branch_id, date, outlet_id);
