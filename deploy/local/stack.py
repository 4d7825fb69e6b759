"""What deploy/local/up runs after installing: build, PostgreSQL, workload, pgvigil, Prometheus, the table."""

import argparse
import os
import re
import secrets
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, closing
from pathlib import Path

import psycopg2
from psycopg2.extensions import encrypt_password, quote_ident

import state
import thresholds
from machine import answers, end, free_port, spawn, tail, wait_until
from postgres import Postgres, server_directory
from workload import Workload

ROOT = Path(__file__).resolve().parents[2]
DATABASE = 'bill_inquiry_db'
HBA = 'local all all scram-sha-256\nhost all all 127.0.0.1/32 scram-sha-256\n'
REFRESH = 5  # seconds, as the scrape interval
PROMETHEUS_YML = '''\
global: {{scrape_interval: 5s}}
scrape_configs:
  - job_name: pgvigil
    static_configs: [{{targets: ['127.0.0.1:{port}']}}]
'''


def duration(text):
    parts = re.fullmatch(r'(\d+)(s|m|h)?', text)
    if not parts:
        raise argparse.ArgumentTypeError(f'{text!r} is not a duration such as 90s or 2m')
    return int(parts[1]) * {None: 1, 's': 1, 'm': 60, 'h': 3600}[parts[2]]


def parse_args():
    parser = argparse.ArgumentParser(
        prog='up', description='Runs PostgreSQL 14 with the Bill-Inquiry database and a small workload, pgvigil and '
        'Prometheus on this machine, and shows the five thresholds, until Ctrl-C or deploy/local/down.',
        epilog='PGVIGIL_BIN names a binary to run instead of building one.')
    parser.add_argument('--for', dest='seconds', type=duration, metavar='TIME',
                        help='end after TIME (90s, 2m), with status 1 if a threshold then has no value')
    for name, port in (('postgres', 5432), ('pgvigil', 9187), ('prometheus', 9090)):
        parser.add_argument(f'--port-{name}', type=int, default=port, metavar='N',
                            help=f'default: {port}; the next free one if it is taken')
    return parser.parse_args()


def build():
    """The release binary. The build has a process group of its own, so that it ends as a whole when we must."""
    if 'PGVIGIL_BIN' in os.environ:
        return Path(os.environ['PGVIGIL_BIN'])
    print('up: building pgvigil (the first time takes minutes)', flush=True)
    quiet = '' if sys.stdout.isatty() else ' -- --quiet'
    command = 'cmake --preset release >/dev/null && cmake --build --preset release' + quiet
    process = subprocess.Popen(['sh', '-c', command], cwd=ROOT, start_new_session=True)
    try:
        if process.wait():
            raise SystemExit('up: pgvigil does not build')
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGTERM)
    return ROOT / 'build/release/pgvigil'


def choose_port(name, wanted):
    port = free_port(wanted)
    if port != wanted:
        print(f'up: port {wanted} is taken, {name} gets {port}')
    return port


class Stack:
    """The running parts; `ends` ends them, last started first."""

    def __init__(self, args, directory, ends):
        self._directory, self._ends = directory, ends
        self._binary = build()
        self._processes = {}
        self.passfile = directory / 'pgpass'
        self.server = self._start_postgres(choose_port('PostgreSQL', args.port_postgres))
        self.workload = self._start_workload()
        self.pgvigil = self._start_pgvigil(choose_port('pgvigil', args.port_pgvigil))
        self.prometheus = self._start_prometheus(choose_port('Prometheus', args.port_prometheus))

    def check(self):
        """SystemExit when a process has ended by itself."""
        for name, process in self._processes.items():
            if process.poll() is not None:
                raise SystemExit(f'up: {name} ended with status {process.returncode}; its log ends:\n'
                                 + tail(self._directory / f'{name}.log'))

    def _start_postgres(self, port):
        server = Postgres(14, hba=HBA, port=port, fast=False, conf=ROOT / 'deploy/database/postgresql.conf',
                          data=server_directory(self._directory / 'postgres') / 'data')
        self._ends.callback(server.close)
        server.start()
        server.sql(f"CREATE DATABASE {DATABASE} ENCODING 'UTF8' TEMPLATE template0")
        for script in ('schema.sql', 'roles.sql'):
            server.sql((ROOT / 'deploy/database' / script).read_text(encoding='utf-8'), dbname=DATABASE)
        self.passfile.touch(0o600)
        with self.passfile.open('a') as passfile, closing(server.connect(DATABASE, host=server.socket_dir)) as session:
            for role in ('billing_app', 'pgvigil'):
                password = secrets.token_urlsafe(24)
                passfile.write(f'127.0.0.1:{port}:*:{role}:{password}\n')
                # Hashed here: a statement's text can be seen in the log and in the statistics.
                verifier = encrypt_password(password, role, session, 'scram-sha-256')
                session.cursor().execute(f'ALTER ROLE {quote_ident(role, session)} PASSWORD %s', [verifier])
        return server

    def _start_workload(self):
        workload = Workload(dsn=self.server.dsn(DATABASE, 'billing_app'), passfile=str(self.passfile))
        self._ends.callback(workload.stop)
        workload.start()
        return workload

    def _start_pgvigil(self, port):
        url = f'http://127.0.0.1:{port}'
        self._start('pgvigil', [self._binary, f'--dsn={self.server.dsn(DATABASE, "pgvigil")}',
                                f'--web.listen-address=127.0.0.1:{port}'], f'{url}/-/ready')
        return url

    def _start_prometheus(self, port):
        config = self._directory / 'prometheus.yml'
        config.write_text(PROMETHEUS_YML.format(port=self.pgvigil.rpartition(':')[2]))
        url = f'http://127.0.0.1:{port}'
        self._start('prometheus', ['prometheus', f'--config.file={config}', '--log.level=warn',
                                   f'--storage.tsdb.path={self._directory / "prometheus"}',
                                   f'--web.listen-address=127.0.0.1:{port}'], f'{url}/-/ready')
        return url

    def _start(self, name, args, ready):
        with open(self._directory / f'{name}.log', 'w', encoding='utf-8') as log:
            process = spawn(args, env={**os.environ, 'PGPASSFILE': str(self.passfile)}, stdin=subprocess.DEVNULL,
                            stdout=log, stderr=log)
        self._ends.callback(end, process)
        self._processes[name] = process

        def is_ready():
            self.check()
            return answers(ready)
        wait_until(is_ready, 30, f'{name} at {ready}')


def addresses(stack):
    return (f'\nstatus page  {stack.pgvigil}/\nmetrics      {stack.pgvigil}/metrics\n'
            f'Prometheus   {stack.prometheus}/graph?g0.expr=pgvigil_threshold_value&g0.tab=0&g0.range_input=15m\n'
            f'PostgreSQL   127.0.0.1:{stack.server.port} {DATABASE}, log {stack.server.log}\n')


def watch(stack, seconds):
    """Prints the table until the time is over: in place on a terminal, else one after another."""
    ends = time.monotonic() + seconds if seconds else float('inf')
    drawn = 0
    while True:
        stack.check()
        lines = [f'As Prometheus answers at {time.strftime("%H:%M:%S")}:',
                 *thresholds.table(thresholds.ask(stack.prometheus)),
                 'Ctrl-C or deploy/local/down ends it.' if sys.stdout.isatty() else '']
        print((f'\x1b[{drawn}A\x1b[J' if drawn else '') + '\n'.join(lines), flush=True)
        drawn = len(lines) if sys.stdout.isatty() else 0
        left = ends - time.monotonic()
        if left <= 0:
            return
        time.sleep(min(REFRESH, left))


def report(stack, started):
    """Prints what was done; returns the thresholds without a value."""
    missing = thresholds.missing(thresholds.ask(stack.prometheus))
    scrapes = {name: sum(number for _, number in thresholds.query(stack.prometheus, f'{name}(up[1d])'))
               for name in ('count_over_time', 'sum_over_time')}
    print(f'\nup: in {time.monotonic() - started:.0f} s {stack.workload.done} transactions'
          f' ({stack.workload.failed} failed), {scrapes["count_over_time"]:.0f} scrapes'
          f' ({scrapes["sum_over_time"]:.0f} succeeded);',
          f'no value for: {", ".join(missing)}' if missing else 'all five thresholds have values')
    return missing


def on_signals(action):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, action)


def interrupt(*_):
    on_signals(signal.SIG_IGN)
    raise KeyboardInterrupt


def run(args, ends):
    """Returns the exit status: 0 when ended by a signal, and when at the end of its time all five have values."""
    stack = Stack(args, state.claim(ends), ends)
    started = time.monotonic()
    print(addresses(stack))
    try:
        watch(stack, args.seconds)
    except KeyboardInterrupt:
        report(stack, started)
        return 0
    return 1 if report(stack, started) else 0


def main():
    args = parse_args()
    on_signals(interrupt)
    try:
        with ExitStack() as ends:
            try:
                return run(args, ends)
            finally:
                on_signals(signal.SIG_IGN)  # nothing interrupts the cleaning up
    except KeyboardInterrupt:
        return 130
    except (OSError, RuntimeError, psycopg2.Error) as error:
        return f'up: {error}'


if __name__ == '__main__':
    sys.exit(main())
