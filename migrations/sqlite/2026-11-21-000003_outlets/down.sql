DROP TABLE communities;
DROP TABLE contacts;
DROP TABLE outlet_phases;
DROP TABLE outlet_closures;
DROP TABLE outlet_hours;
DROP TABLE outlets;
DROP TABLE banks;
