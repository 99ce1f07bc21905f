DROP TABLE audit_seals;
DROP TABLE audit_entries;
DROP TABLE requests;
DROP TABLE settings;
