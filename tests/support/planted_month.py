"""A month of two servers' metrics with known figures, as a Prometheus would have kept it: what `report` is tested by.

May 2021, a sample each 5 minutes; DB has everything, SPARE has pg_up alone and six hours without it.
"""

import json
from datetime import datetime, timezone

START = int(datetime(2021, 5, 1, tzinfo=timezone.utc).timestamp())
END = int(datetime(2021, 5, 31, tzinfo=timezone.utc).timestamp())
STEP, HOUR, DAY = 300, 3600, 86400
STEPS = (END - START) // STEP
GIB, MIB = 2 ** 30, 2 ** 20

DB, SPARE = '127.0.0.1:9187', '127.0.0.1:9188'
PASSWORD = 'planted'
SCHEMA = {'datname': 'bill_inquiry_db', 'schemaname': 'public'}

SETTINGS = {'autovacuum': 1, 'autovacuum_vacuum_scale_factor': 0.2, 'checkpoint_timeout_seconds': 300,
            'effective_cache_size_bytes': GIB, 'idle_in_transaction_session_timeout_seconds': 0, 'max_connections': 100,
            'max_wal_size_bytes': GIB, 'shared_buffers_bytes': 256 * MIB, 'track_io_timing': 0,
            'work_mem_bytes': 4 * MIB}
# queryid: (role, seconds and calls of the month, text)
STATEMENTS = {
    '101': ('billing_app', 36000, 720000, 'SELECT bill_info_json\n  FROM bill_info_cache\n WHERE cache_key = $1 || $2'),
    '102': ('billing_app', 12000, 60000, 'INSERT INTO kos_inquiry_history VALUES ($1, `$2`)'),
    '103': ('postgres', 1800, 9, f"ALTER ROLE billing_app PASSWORD '{PASSWORD}'"),
    '104': ('postgres', 150, 3, f"/* SELECT */ CREATE ROLE x PASSWORD '{PASSWORD}'"),
    'other': ('', 50, 1000, None),
}
# name: (used at the end, of the month, scans of the month, required)
INDEXES = {'bill_info_cache_json_idx': (300 * MIB, 0, 0), 'bill_info_cache_pkey': (40 * MIB, 0, 1),
           'bill_info_cache_expires_at_idx': (30 * MIB, 5000, 0)}


def hours(first, last):
    """Whether a time lies in these hours of the month, the first one's start left out, as steps end."""
    return lambda time: START + first * HOUR < time <= START + last * HOUR


OVER_WARNING, OVER_CRITICAL = hours(100, 136), hours(110, 111)  # 36 hours, one of them
OUTAGE, GAP = hours(300, 301), hours(400, 406)


def cpu(time):
    return 0.95 if OVER_CRITICAL(time) else 0.85 if OVER_WARNING(time) else 0.3


def grows(start, end):
    return lambda time: start + (end - start) * (time - START) / (END - START)


def last_backup(time):
    """Each night at 02:00; the one of the 20th was left out."""
    night = (time - START - 2 * HOUR) // DAY
    return START + (night - 1 if night == 19 else night) * DAY + 2 * HOUR


def series():
    """(name, labels, value of a time or None, seconds between samples)."""
    yield 'pg_up', {'instance': SPARE}, lambda time: None if GAP(time) else 1, STEP
    yield 'pg_up', {}, lambda time: 0 if OUTAGE(time) else 1, STEP
    yield 'pg_static', {'short_version': '14.23', 'version': 'PostgreSQL 14.23'}, lambda _: 1, HOUR
    yield 'pg_postmaster_start_time_seconds', {}, lambda time: START + (HOUR * 301 if time > START + 301 * HOUR else 0), STEP
    yield from thresholds()
    yield from statements()
    yield from space()
    yield from work()
    yield from events()
    for name, value in SETTINGS.items():
        yield f'pg_settings_{name}', {}, lambda _, value=value: value, HOUR
    yield 'pg_container_memory_limit_bytes', {}, lambda _: 2 * GIB, HOUR
    yield 'pg_container_memory_working_set_bytes', {}, lambda _: GIB, STEP
    for state, sessions in {'active': 5, 'idle': 18}.items():
        yield 'pg_stat_activity_count', {'state': state, 'backend_type': 'client backend'}, lambda _, n=sessions: n, STEP
    yield 'pg_stat_activity_max_tx_duration', {'state': 'idle in transaction'}, \
        lambda time: 1500 if OVER_CRITICAL(time) else 0, STEP


def thresholds():
    """Connections are missing: of them nothing is known."""
    flat = {'memory': 0.5, 'disk': 0.5, 'latency': 0.05}
    limits = {'cpu': (0.8, 0.9), 'memory': (0.85, 0.95), 'disk': (0.8, 0.9), 'latency': (0.1, 0.5)}
    for rule, pair in limits.items():
        for severity, limit in zip(('warning', 'critical'), pair):
            yield 'pgvigil_threshold_limit', {'rule': rule, 'severity': severity}, lambda _, limit=limit: limit, HOUR
        value = cpu if rule == 'cpu' else lambda _, rule=rule: flat[rule]
        state = (lambda time: 2 if OVER_CRITICAL(time) else int(OVER_WARNING(time))) if rule == 'cpu' else lambda _: 0
        yield 'pgvigil_threshold_value', {'rule': rule}, value, STEP
        yield 'pgvigil_threshold_state', {'rule': rule}, state, STEP


def statements():
    for queryid, (user, seconds, calls, text) in STATEMENTS.items():
        labels = {'queryid': queryid, 'user': user, 'datname': 'bill_inquiry_db' if user else ''}
        yield 'pg_stat_statements_seconds_total', labels, grows(5000, 5000 + seconds), STEP
        yield 'pg_stat_statements_calls_total', labels, grows(0, calls), STEP
        if text:
            yield 'pg_stat_statements_query_id', {'queryid': queryid, 'query': text}, lambda _: 1, HOUR


def space():
    yield 'pg_database_size_bytes', {'datname': 'bill_inquiry_db'}, grows(4 * GIB, 10 * GIB), HOUR
    yield 'pg_database_size_bytes', {'datname': 'template1'}, lambda _: 8 * MIB, HOUR
    for table, (start, end) in {'bill_info_cache': (GIB, 5 * GIB), 'system|config': (MIB, 2 * MIB)}.items():
        yield 'pg_stat_user_tables_table_size_bytes', {**SCHEMA, 'relname': table}, grows(start, end), HOUR
        yield 'pg_stat_user_tables_index_size_bytes', {**SCHEMA, 'relname': table}, lambda _: 0, HOUR
    volume = {'mount': '/data', 'role': 'data'}
    yield 'pg_mount_size_bytes', volume, lambda _: 20 * GIB, HOUR
    yield 'pg_mount_free_bytes', volume, grows(16 * GIB, 10 * GIB), HOUR
    yield 'pg_mount_available_bytes', volume, grows(16 * GIB, 10 * GIB), HOUR


def work():
    month = {'xact_commit': 900000, 'xact_rollback': 100000, 'blks_hit': 9e8, 'blks_read': 1e8, 'deadlocks': 7,
             'temp_files': 15360, 'temp_bytes': 60 * GIB}
    for name, total in month.items():
        yield f'pg_stat_database_{name}', {'datname': 'bill_inquiry_db'}, grows(1000, 1000 + total), STEP
    yield 'pg_stat_bgwriter_checkpoints_timed_total', {}, grows(0, 6000), STEP
    yield 'pg_stat_bgwriter_checkpoints_req_total', {}, grows(0, 4000), STEP
    yield 'pg_wal_position_bytes_total', {}, grows(0, 90 * GIB), STEP
    table = {**SCHEMA, 'relname': 'bill_info_cache'}
    yield 'pg_stat_user_tables_n_dead_tup', table, lambda _: 30000, HOUR
    yield 'pg_stat_user_tables_n_live_tup', table, lambda _: 70000, HOUR
    yield 'pg_stat_user_tables_autovacuum_count', table, grows(0, 3), HOUR
    yield 'pg_stat_user_tables_last_autovacuum', table, lambda _: END - 5 * DAY, HOUR
    for name, (size, scans, required) in INDEXES.items():
        index = {**SCHEMA, 'relname': 'bill_info_cache', 'indexrelname': name}
        yield 'pg_stat_user_indexes_idx_scan_total', index, grows(0, scans), HOUR
        yield 'pg_stat_user_indexes_required', index, lambda _, required=required: required, HOUR
        yield 'pg_stat_user_indexes_size_bytes', index, lambda _, size=size: size, HOUR


def events():
    yield 'ALERTS', {'alertname': 'PostgresCpuHigh', 'severity': 'warning', 'alertstate': 'firing'}, \
        lambda time: 1 if OVER_WARNING(time) else None, STEP
    yield 'ALERTS', {'alertname': 'PostgresCpuHigh', 'severity': 'critical', 'alertstate': 'pending'}, \
        lambda time: 1 if OVER_WARNING(time) else None, STEP
    yield 'ALERTS', {'alertname': 'PgvigilDown', 'severity': 'critical', 'alertstate': 'firing', 'instance': ''}, \
        lambda time: 1 if GAP(time) else None, STEP
    yield 'pg_backup_last_success_timestamp_seconds', {'kind': 'backup'}, last_backup, HOUR
    yield 'pg_backup_last_size_bytes', {'kind': 'backup'}, lambda _: 800 * MIB, HOUR
    yield 'pg_backup_last_success', {'kind': 'backup'}, lambda _: 1, HOUR


def openmetrics():
    """The month as a text for promtool."""
    lines = []
    for name, labels, value, every in series():
        labels = {'job': 'pgvigil', 'instance': DB, **labels}
        pairs = ','.join(f'{key}={json.dumps(text)}' for key, text in labels.items() if text)
        for time in range(START, END + 1, every):
            number = value(time)
            if number is not None:
                lines.append(f'{name}{{{pairs}}} {number} {time}\n')
    return ''.join(lines) + '# EOF\n'
