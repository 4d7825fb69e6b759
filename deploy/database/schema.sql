-- Schema of Bill-Inquiry (요금조회), for PostgreSQL 13 and later. Running it again changes nothing:
--   psql -v ON_ERROR_STOP=1 --single-transaction -d bill_inquiry_db -f schema.sql -f roles.sql -f views.sql

SET client_min_messages = warning;  -- no notice for what is there already

CREATE EXTENSION IF NOT EXISTS "uuid-ossp" WITH SCHEMA public;
CREATE EXTENSION IF NOT EXISTS pg_stat_statements WITH SCHEMA public;

-- The service's queries use its five tables unqualified: they are in public.
CREATE SCHEMA IF NOT EXISTS cache;
CREATE SCHEMA IF NOT EXISTS audit;
COMMENT ON SCHEMA public IS '업무 데이터 (business data)';
COMMENT ON SCHEMA cache IS 'Redis 보조 캐시 (secondary to Redis); 현재 비어 있음 (empty for now)';
COMMENT ON SCHEMA audit IS '감사 및 이력 (audit and history); 소유자는 관리자 (owned by a superuser)';

CREATE TABLE IF NOT EXISTS public.customer_info (
    customer_id   varchar(50)  PRIMARY KEY,
    line_number   varchar(20)  NOT NULL UNIQUE,
    customer_name varchar(100),
    status        varchar(10)  NOT NULL DEFAULT 'ACTIVE' CHECK (status IN ('ACTIVE', 'INACTIVE')),
    operator_code varchar(10)  NOT NULL,
    cached_at     timestamp    NOT NULL DEFAULT CURRENT_TIMESTAMP,
    expires_at    timestamp    NOT NULL,
    created_at    timestamp    NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at    timestamp    NOT NULL DEFAULT CURRENT_TIMESTAMP
);
COMMENT ON TABLE public.customer_info IS '고객정보 임시 캐시 (temporary cache of customers)';

CREATE TABLE IF NOT EXISTS public.bill_inquiry_history (
    id             bigserial    PRIMARY KEY,
    request_id     varchar(50)  NOT NULL UNIQUE,
    user_id        varchar(50)  NOT NULL,
    line_number    varchar(20)  NOT NULL,
    inquiry_month  varchar(7)   CHECK (inquiry_month ~ '^\d{4}-(0[1-9]|1[0-2])$'),
    request_time   timestamp    NOT NULL DEFAULT CURRENT_TIMESTAMP,
    process_time   timestamp,
    status         varchar(20)  NOT NULL DEFAULT 'PROCESSING'
                                CHECK (status IN ('PROCESSING', 'COMPLETED', 'FAILED', 'TIMEOUT')),
    result_summary text,
    bill_info_json jsonb,
    error_message  text,
    created_at     timestamp    NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at     timestamp    NOT NULL DEFAULT CURRENT_TIMESTAMP
);
COMMENT ON TABLE public.bill_inquiry_history IS '요금조회 요청 이력 (history of bill inquiries)';
COMMENT ON COLUMN public.bill_inquiry_history.inquiry_month IS '조회월 YYYY-MM; NULL이면 당월 (NULL: the current month)';

CREATE INDEX IF NOT EXISTS bill_inquiry_history_user_line_idx ON public.bill_inquiry_history (user_id, line_number);
CREATE INDEX IF NOT EXISTS bill_inquiry_history_request_time_idx ON public.bill_inquiry_history (request_time DESC);
CREATE INDEX IF NOT EXISTS bill_inquiry_history_status_idx ON public.bill_inquiry_history (status);
CREATE INDEX IF NOT EXISTS bill_inquiry_history_month_idx ON public.bill_inquiry_history (inquiry_month);
CREATE INDEX IF NOT EXISTS bill_inquiry_history_json_idx ON public.bill_inquiry_history USING gin (bill_info_json);

CREATE TABLE IF NOT EXISTS public.kos_inquiry_history (
    id                    bigserial    PRIMARY KEY,
    bill_request_id       varchar(50)  REFERENCES public.bill_inquiry_history (request_id) ON DELETE CASCADE,
    line_number           varchar(20)  NOT NULL,
    inquiry_month         varchar(7)   CHECK (inquiry_month ~ '^\d{4}-(0[1-9]|1[0-2])$'),
    request_time          timestamp    NOT NULL DEFAULT CURRENT_TIMESTAMP,
    response_time         timestamp,
    result_code           varchar(10),
    result_message        text,
    kos_data_json         jsonb,
    error_detail          text,
    retry_count           integer      NOT NULL DEFAULT 0 CHECK (retry_count >= 0),
    circuit_breaker_state varchar(20)  CHECK (circuit_breaker_state IN ('CLOSED', 'OPEN', 'HALF_OPEN')),
    created_at            timestamp    NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at            timestamp    NOT NULL DEFAULT CURRENT_TIMESTAMP
);
COMMENT ON TABLE public.kos_inquiry_history IS 'KOS 연동 이력 (history of calls to KOS, the carrier''s billing system)';

CREATE INDEX IF NOT EXISTS kos_inquiry_history_line_month_idx
    ON public.kos_inquiry_history (line_number, inquiry_month);
CREATE INDEX IF NOT EXISTS kos_inquiry_history_request_time_idx ON public.kos_inquiry_history (request_time DESC);
CREATE INDEX IF NOT EXISTS kos_inquiry_history_result_idx ON public.kos_inquiry_history (result_code);
CREATE INDEX IF NOT EXISTS kos_inquiry_history_request_idx ON public.kos_inquiry_history (bill_request_id);
CREATE INDEX IF NOT EXISTS kos_inquiry_history_json_idx ON public.kos_inquiry_history USING gin (kos_data_json);

CREATE TABLE IF NOT EXISTS public.bill_info_cache (
    cache_key        varchar(100) PRIMARY KEY,
    line_number      varchar(20)  NOT NULL,
    inquiry_month    varchar(7)   NOT NULL CHECK (inquiry_month ~ '^\d{4}-(0[1-9]|1[0-2])$'),
    bill_info_json   jsonb        NOT NULL,
    cached_at        timestamp    NOT NULL DEFAULT CURRENT_TIMESTAMP,
    expires_at       timestamp    NOT NULL,
    access_count     integer      NOT NULL DEFAULT 1 CHECK (access_count > 0),
    last_accessed_at timestamp    NOT NULL DEFAULT CURRENT_TIMESTAMP
);
COMMENT ON TABLE public.bill_info_cache IS '요금정보 캐시 (cache of bills)';
COMMENT ON COLUMN public.bill_info_cache.cache_key IS '회선번호:조회월 (line_number:inquiry_month)';

CREATE INDEX IF NOT EXISTS bill_info_cache_line_month_idx ON public.bill_info_cache (line_number, inquiry_month);
CREATE INDEX IF NOT EXISTS bill_info_cache_expires_idx ON public.bill_info_cache (expires_at);
CREATE INDEX IF NOT EXISTS bill_info_cache_json_idx ON public.bill_info_cache USING gin (bill_info_json);

CREATE TABLE IF NOT EXISTS public.system_config (
    config_key   varchar(100) PRIMARY KEY,
    config_value text         NOT NULL,
    description  varchar(500),
    config_type  varchar(20)  NOT NULL DEFAULT 'STRING'
                              CHECK (config_type IN ('STRING', 'INTEGER', 'BOOLEAN', 'JSON')),
    is_active    boolean      NOT NULL DEFAULT true,
    created_at   timestamp    NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at   timestamp    NOT NULL DEFAULT CURRENT_TIMESTAMP
);
COMMENT ON TABLE public.system_config IS '시스템 설정 (settings of the service)';

CREATE INDEX IF NOT EXISTS system_config_active_idx ON public.system_config (is_active);
CREATE INDEX IF NOT EXISTS system_config_type_idx ON public.system_config (config_type);

CREATE TABLE IF NOT EXISTS audit.backup_history (
    id          bigserial   PRIMARY KEY,
    kind        varchar(20) NOT NULL CHECK (kind IN ('backup', 'restore_test')),
    started_at  timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    finished_at timestamptz CHECK (finished_at >= started_at),
    succeeded   boolean,
    size_bytes  bigint      CHECK (size_bytes >= 0),
    message     text,
    CHECK ((finished_at IS NULL) = (succeeded IS NULL))
);
COMMENT ON TABLE audit.backup_history IS '백업 및 복구 시험 이력 (history of backups and of restores tried)';
COMMENT ON COLUMN audit.backup_history.kind IS 'backup: 백업 (backup), restore_test: 복구 시험 (a restore, tried)';
COMMENT ON COLUMN audit.backup_history.succeeded IS '성공 여부; NULL이면 진행 중 (NULL: under way)';

CREATE INDEX IF NOT EXISTS backup_history_kind_idx ON audit.backup_history (kind, finished_at DESC);

CREATE OR REPLACE FUNCTION public.touch_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := CURRENT_TIMESTAMP;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION public.touch_updated_at() IS '수정 시각 갱신 (sets updated_at)';

-- A loop, because CREATE OR REPLACE TRIGGER needs PostgreSQL 14 and a table lock at every run.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['customer_info', 'bill_inquiry_history', 'kos_inquiry_history', 'system_config'] LOOP
        IF NOT EXISTS (SELECT FROM pg_trigger
                       WHERE tgrelid = ('public.' || name)::regclass AND tgname = 'touch_updated_at') THEN
            EXECUTE format('CREATE TRIGGER touch_updated_at BEFORE UPDATE ON public.%I '
                           'FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at()', name);
        END IF;
    END LOOP;
END $$;

-- What an operator has changed stays.
INSERT INTO public.system_config (config_key, config_value, config_type, description) VALUES
    ('bill.cache.ttl.hours',                 '4',     'INTEGER', '요금정보 캐시 보존 시간 (hours a bill is cached)'),
    ('bill.customer.cache.ttl.hours',        '1',     'INTEGER', '고객정보 캐시 보존 시간 (hours a customer is cached)'),
    ('bill.inquiry.available.months',        '24',    'INTEGER', '조회 가능 개월 수 (months that can be asked for)'),
    ('kos.connection.timeout.ms',            '30000', 'INTEGER', 'KOS 연결 제한 시간 (time limit of a connection)'),
    ('kos.read.timeout.ms',                  '60000', 'INTEGER', 'KOS 응답 제한 시간 (time limit of an answer)'),
    ('kos.retry.max.attempts',               '3',     'INTEGER', 'KOS 최대 재시도 횟수 (retries)'),
    ('kos.retry.delay.ms',                   '1000',  'INTEGER', 'KOS 재시도 간격 (time between retries)'),
    ('circuit.breaker.failure.threshold',    '5',     'INTEGER', '차단 실패 횟수 (failures that open it)'),
    ('circuit.breaker.recovery.timeout.ms',  '60000', 'INTEGER', '차단 후 복구 대기 시간 (time it stays open)'),
    ('circuit.breaker.success.threshold',    '3',     'INTEGER', '복구 성공 횟수 (successes that close it)'),
    ('mvno.connection.timeout.ms',           '10000', 'INTEGER', 'MVNO 연결 제한 시간 (time limit of a connection)'),
    ('bill.history.retention.days',          '730',   'INTEGER', '요금조회 이력 보존 일수 (days inquiries are kept)'),
    ('kos.history.retention.days',           '365',   'INTEGER', 'KOS 이력 보존 일수 (days KOS calls are kept)')
ON CONFLICT (config_key) DO NOTHING;
