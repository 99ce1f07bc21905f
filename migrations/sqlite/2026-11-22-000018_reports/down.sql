DROP TABLE report_mails;
DROP TABLE report_schedules;
DROP TABLE prospect_import_parts;
DROP TABLE prospect_imports;
