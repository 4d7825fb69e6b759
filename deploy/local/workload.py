"""A small steady workload on Bill-Inquiry's five tables: what the service does, about 20 transactions a second."""

import json
import random
import threading
import time
import uuid
from contextlib import closing

import psycopg2

CONNECTIONS = 4
PERIOD = 0.2  # seconds between transactions of one connection
LINES = [f'010{number:08d}' for number in range(20250000, 20250200)]
MONTHS = ['2025-07', '2025-08', '2025-09']
KEPT = '30 minutes'  # so that a long demonstration does not fill the disk


class Workload:
    """Runs until stop(); `done` and `failed` count transactions."""

    def __init__(self, **connection):
        self._connection = connection
        self._stop = threading.Event()
        self._count = threading.Lock()
        self.done = self.failed = 0
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(CONNECTIONS)]

    def start(self):
        for thread in self._threads:
            thread.start()

    def stop(self):
        self._stop.set()
        for thread in self._threads:
            thread.join(5)

    def _run(self):
        """One connection after another: when the server goes away, the service reconnects."""
        while not self._stop.is_set():
            try:
                with closing(psycopg2.connect(application_name='bill-inquiry', connect_timeout=5,
                                              **self._connection)) as connection:
                    self._transactions(connection)
            except psycopg2.Error:
                with self._count:
                    self.failed += 1
                self._stop.wait(1)

    def _transactions(self, connection):
        due = time.monotonic() + random.uniform(0, PERIOD)
        while not self._stop.wait(max(0.0, due - time.monotonic())):
            transaction = random.choices(TRANSACTIONS, WEIGHTS)[0]
            with connection, connection.cursor() as cursor:  # commits
                transaction(cursor, random.choice(LINES), random.choice(MONTHS))
            with self._count:
                self.done += 1
            due = max(due + PERIOD, time.monotonic())


def look_up_customer(cursor, line, _month):
    cursor.execute('SELECT customer_name, status FROM customer_info WHERE line_number = %s AND expires_at > now()',
                   [line])
    if not cursor.fetchone():
        cursor.execute(
            "INSERT INTO customer_info (customer_id, line_number, customer_name, operator_code, expires_at)"
            " SELECT %s, %s, '홍길동', 'MVNO1', now() + config_value::int * interval '1 hour'"
            "   FROM system_config WHERE config_key = 'bill.customer.cache.ttl.hours'"
            " ON CONFLICT (customer_id) DO UPDATE SET cached_at = now(), expires_at = excluded.expires_at",
            [f'C{line}', line])


def inquire(cursor, line, month):
    """From the cache if the bill is there, else from KOS, which now and then fails."""
    request = str(uuid.uuid4())
    cursor.execute('INSERT INTO bill_inquiry_history (request_id, user_id, line_number, inquiry_month)'
                   ' VALUES (%s, %s, %s, %s)', [request, f'U{line[-3:]}', line, month])
    cursor.execute('UPDATE bill_info_cache SET access_count = access_count + 1, last_accessed_at = now()'
                   ' WHERE cache_key = %s AND expires_at > now() RETURNING bill_info_json', [f'{line}:{month}'])
    cached = cursor.fetchone()
    bill = cached[0] if cached else ask_kos(cursor, request, line, month)
    cursor.execute('UPDATE bill_inquiry_history SET status = %s, process_time = clock_timestamp(), bill_info_json = %s'
                   ' WHERE request_id = %s', ['COMPLETED' if bill else 'FAILED', bill and json.dumps(bill), request])


def ask_kos(cursor, request, line, month):
    bill = {'line': line, 'month': month, 'won': random.randrange(20000, 90000)} if random.random() < 0.98 else None
    cursor.execute(
        'INSERT INTO kos_inquiry_history (bill_request_id, line_number, inquiry_month, response_time, result_code,'
        ' kos_data_json, circuit_breaker_state) VALUES (%s, %s, %s, clock_timestamp(), %s, %s, %s)',
        [request, line, month, '0000' if bill else 'E500', bill and json.dumps(bill), 'CLOSED'])
    if bill:
        cursor.execute(
            'INSERT INTO bill_info_cache (cache_key, line_number, inquiry_month, bill_info_json, expires_at)'
            " VALUES (%s, %s, %s, %s, now() + interval '2 minutes') ON CONFLICT (cache_key) DO UPDATE SET"
            ' bill_info_json = excluded.bill_info_json, cached_at = now(), expires_at = excluded.expires_at',
            [f'{line}:{month}', line, month, json.dumps(bill)])
    return bill


def list_inquiries(cursor, line, _month):
    cursor.execute('SELECT request_time, status, inquiry_month FROM bill_inquiry_history'
                   ' WHERE user_id = %s AND line_number = %s ORDER BY request_time DESC LIMIT 10',
                   [f'U{line[-3:]}', line])


def delete_old_inquiries(cursor, _line, _month):
    cursor.execute('DELETE FROM bill_inquiry_history WHERE request_time < now() - %s::interval', [KEPT])


TRANSACTIONS = [inquire, look_up_customer, list_inquiries, delete_old_inquiries]
WEIGHTS = [60, 25, 14, 1]
