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
