DROP INDEX rota_plans_with_result;
