DROP TABLE rota_plans;
DROP TABLE outlet_planning;
DROP TABLE broker_planning;
DROP TABLE branch_planning;
