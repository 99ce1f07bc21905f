-- What plans found is dropped after a while.
CREATE INDEX rota_plans_with_result ON rota_plans (finished_at) WHERE result IS NOT NULL;
