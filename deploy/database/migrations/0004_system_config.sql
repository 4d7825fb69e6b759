-- The default settings of the service. What an operator has changed stays.
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
