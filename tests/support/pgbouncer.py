"""A real pgbouncer in front of a throw-away server.

    with monitored(14) as server, Pgbouncer(server, 'transaction', size=1) as pooler:
        psycopg2.connect(pooler.dsn)
"""

from pathlib import Path

import psycopg2
from machine import end, free_port, spawn, tail, wait_until
from postgres import SERVER_USER, server_directory

# One database with one role and so one pool: pgvigil and the application share its sessions, which nothing resets.
CONFIG = """
[databases]
bills = host=127.0.0.1 port={server} dbname=bills user=shared
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {users}
stats_users = pgvigil
pool_mode = {mode}
server_reset_query =
default_pool_size = {size}
"""


class Pgbouncer:
    """dsn: database `bills` through it; console: its own; log: what it has logged since it was started last."""

    def __init__(self, server, mode='transaction', size=1):
        self.port = free_port()
        self._directory = server_directory(server.data.parent / f'pgbouncer-{self.port}')
        self._file = self._directory / 'pgbouncer.ini'
        users = self._directory / 'users'
        users.write_text('"shared" ""\n"pgvigil" ""\n"other" ""\n')
        self._file.write_text(CONFIG.format(server=server.port, port=self.port, users=users, mode=mode, size=size))
        self.dsn = f'host=127.0.0.1 port={self.port} dbname=bills user=shared'
        self.console = f'host=127.0.0.1 port={self.port} dbname=pgbouncer user=pgvigil'
        self.process = None

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(self, *_):
        self.stop()

    def start(self):
        with open(self._log, 'w', encoding='utf-8') as output:
            self.process = spawn(['pgbouncer', self._file], SERVER_USER, stdout=output, stderr=output)
        wait_until(lambda: self._accepts() or self.process.poll() is not None, what='pgbouncer')
        assert self.process.poll() is None, tail(self._log)
        return self

    def stop(self):
        if self.process:
            end(self.process, timeout=5)
            self.process = None

    @property
    def log(self):
        return Path(self._log).read_text(encoding='utf-8')

    @property
    def _log(self):
        return self._directory / 'log'

    def _accepts(self):
        try:
            psycopg2.connect(self.dsn).close()
            return True
        except psycopg2.OperationalError:
            return False
