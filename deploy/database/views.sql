-- What the monitoring exporter may see of Bill-Inquiry: sums and counts, no row. Run by `migrate` after
-- roles.sql, each time. deploy/database/collectors.yml makes metrics of these views.
--
-- They run with the rights of their owners, so role pgvigil needs none on the tables. The tables' times are without a
-- zone, filled by CURRENT_TIMESTAMP: they are compared with LOCALTIMESTAMP, so the service and pgvigil must have one
-- time zone, the server's. `recent` is the last 5 minutes: what is counted since ever would fall when old rows are
-- deleted.

-- By the index on request_time: costs as much as there was in 5 minutes.
CREATE OR REPLACE VIEW audit.bill_inquiry_recent WITH (security_barrier) AS
SELECT s.status, count(h.id) AS inquiries
  FROM (VALUES ('PROCESSING'), ('COMPLETED'), ('FAILED'), ('TIMEOUT')) AS s (status)
  LEFT JOIN public.bill_inquiry_history h
         ON h.status = s.status AND h.request_time > LOCALTIMESTAMP - interval '5 minutes'
 GROUP BY s.status;
COMMENT ON VIEW audit.bill_inquiry_recent IS '최근 5분 요금조회 수, 상태별 (inquiries of 5 minutes by status)';

-- OFFSET 0 keeps the planner from walking up the index on request_time through years of finished inquiries.
CREATE OR REPLACE VIEW audit.bill_inquiry_processing WITH (security_barrier) AS
SELECT coalesce(extract(epoch FROM LOCALTIMESTAMP - min(p.request_time)), 0) AS oldest_age_seconds
  FROM (SELECT request_time FROM public.bill_inquiry_history WHERE status = 'PROCESSING' OFFSET 0) p;
COMMENT ON VIEW audit.bill_inquiry_processing IS '가장 오래된 처리 중 조회의 경과 시간 (age of the oldest inquiry in process)';

CREATE OR REPLACE VIEW audit.kos_recent WITH (security_barrier) AS
SELECT coalesce(result_code, 'none') AS result_code,
       count(*) AS calls,
       count(response_time) AS answers,
       sum(extract(epoch FROM response_time - request_time)) AS response_seconds,
       max(extract(epoch FROM response_time - request_time)) AS response_seconds_max,
       sum(retry_count) AS retries
  FROM public.kos_inquiry_history
 WHERE request_time > LOCALTIMESTAMP - interval '5 minutes'
 GROUP BY 1;
COMMENT ON VIEW audit.kos_recent IS '최근 5분 KOS 호출, 결과 코드별 (calls to KOS of 5 minutes by result)';

CREATE OR REPLACE VIEW audit.kos_circuit_breaker WITH (security_barrier) AS
SELECT s.state, (n.circuit_breaker_state IS NOT DISTINCT FROM s.state)::int AS current
  FROM (SELECT circuit_breaker_state FROM public.kos_inquiry_history ORDER BY request_time DESC LIMIT 1) n
 CROSS JOIN (VALUES ('CLOSED'), ('OPEN'), ('HALF_OPEN')) AS s (state);
COMMENT ON VIEW audit.kos_circuit_breaker IS '마지막 KOS 호출의 차단기 상태 (circuit breaker at the newest call)';

-- One scan of a table that holds what was asked for within a few hours.
CREATE OR REPLACE VIEW audit.bill_cache WITH (security_barrier) AS
SELECT count(*) FILTER (WHERE expires_at > LOCALTIMESTAMP) AS fresh,
       count(*) FILTER (WHERE expires_at <= LOCALTIMESTAMP) AS expired,
       extract(epoch FROM LOCALTIMESTAMP - min(cached_at)) AS oldest_age_seconds,
       coalesce(sum(access_count), 0) AS accesses
  FROM public.bill_info_cache;
COMMENT ON VIEW audit.bill_cache IS '요금정보 캐시 현황 (state of the cache of bills)';

CREATE OR REPLACE VIEW audit.customer_cache WITH (security_barrier) AS
SELECT count(*) FILTER (WHERE expires_at > LOCALTIMESTAMP) AS fresh,
       count(*) FILTER (WHERE expires_at <= LOCALTIMESTAMP) AS expired
  FROM public.customer_info;
COMMENT ON VIEW audit.customer_cache IS '고객정보 캐시 현황 (state of the cache of customers)';

CREATE OR REPLACE VIEW audit.backup_last WITH (security_barrier) AS
SELECT k.kind, s.finished_at AS success_at, s.size_bytes, l.succeeded
  FROM (VALUES ('backup'), ('restore_test')) AS k (kind)
  CROSS JOIN LATERAL (SELECT b.succeeded FROM audit.backup_history b
                       WHERE b.kind = k.kind AND b.finished_at IS NOT NULL
                       ORDER BY b.finished_at DESC LIMIT 1) l
  LEFT JOIN LATERAL (SELECT b.finished_at, b.size_bytes FROM audit.backup_history b
                      WHERE b.kind = k.kind AND b.finished_at IS NOT NULL AND b.succeeded
                      ORDER BY b.finished_at DESC LIMIT 1) s ON true;
COMMENT ON VIEW audit.backup_last IS '종류별 마지막 백업 결과 (the last backup of each kind, and the last good one)';

-- backup_last stays its superuser's, as audit.backup_history does: the service has no part in backups.
ALTER VIEW audit.bill_inquiry_recent OWNER TO billing_owner;
ALTER VIEW audit.bill_inquiry_processing OWNER TO billing_owner;
ALTER VIEW audit.kos_recent OWNER TO billing_owner;
ALTER VIEW audit.kos_circuit_breaker OWNER TO billing_owner;
ALTER VIEW audit.bill_cache OWNER TO billing_owner;
ALTER VIEW audit.customer_cache OWNER TO billing_owner;

GRANT SELECT ON audit.bill_inquiry_recent, audit.bill_inquiry_processing, audit.kos_recent, audit.kos_circuit_breaker,
    audit.bill_cache, audit.customer_cache, audit.backup_last TO pgvigil;
