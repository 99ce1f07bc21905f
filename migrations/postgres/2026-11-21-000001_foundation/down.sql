DROP TABLE audit_seals;
DROP TABLE audit_entries;
DROP FUNCTION audit_is_append_only();
DROP TABLE requests;
DROP TABLE settings;
