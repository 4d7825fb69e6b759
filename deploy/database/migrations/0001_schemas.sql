CREATE EXTENSION IF NOT EXISTS "uuid-ossp" WITH SCHEMA public;
CREATE EXTENSION IF NOT EXISTS pg_stat_statements WITH SCHEMA public;

-- The service's queries use its five tables unqualified: they are in public.
CREATE SCHEMA IF NOT EXISTS cache;
CREATE SCHEMA IF NOT EXISTS audit;
COMMENT ON SCHEMA public IS '업무 데이터 (business data)';
COMMENT ON SCHEMA cache IS 'Redis 보조 캐시 (secondary to Redis); 현재 비어 있음 (empty for now)';
COMMENT ON SCHEMA audit IS '감사 및 이력 (audit and history); 소유자는 관리자 (owned by a superuser)';
