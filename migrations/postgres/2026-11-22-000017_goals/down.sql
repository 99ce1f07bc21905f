DROP TABLE partner_links;
DROP TABLE agreement_misses;
DROP TABLE agreement_entries;
DROP TABLE agreement_lines;
DROP TABLE agreements;
DROP TABLE targets;
DROP TABLE broker_tiers;
DROP TABLE goal_settings;
