"""What deploy/local/up runs after installing: builds, starts the stack, shows the five thresholds, provokes faults."""

import argparse
import os
import re
import signal
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import psycopg2

import notifications
import provoke
import state
import thresholds
from stack import DATABASE, HURRY, PORTS, ROOT, Stack

REFRESH = 5  # seconds, as the scrape interval


def duration(text):
    parts = re.fullmatch(r'(\d+)(s|m|h)?', text)
    if not parts:
        raise argparse.ArgumentTypeError(f'{text!r} is not a duration such as 90s or 2m')
    return int(parts[1]) * {None: 1, 's': 1, 'm': 60, 'h': 3600}[parts[2]]


def parse_args():
    parser = argparse.ArgumentParser(
        prog='up', formatter_class=argparse.RawDescriptionHelpFormatter,
        description='Runs PostgreSQL 14 with the Bill-Inquiry database and a small workload, pgvigil, Prometheus and\n'
        'Alertmanager on this machine, and shows the five thresholds and the notifications, until\n'
        'Ctrl-C or deploy/local/down.',
        epilog=f'{provoke.description()}\n\nPGVIGIL_BIN names a binary to run instead of building one.')
    parser.add_argument('--for', dest='seconds', type=duration, metavar='TIME',
                        help='end after TIME (90s, 2m), with status 1 if a threshold then has no value')
    parser.add_argument('--provoke', type=provoke.names, metavar='FAULT,...',
                        help='make these faults real, one after another, and wait for their notifications; then end, '
                        'with status 1 if one did not come or was not resolved')
    for part, port in PORTS.items():
        parser.add_argument(f'--port-{part}', type=int, default=port, metavar='N',
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


class Screen:
    """Lines, and the table of thresholds: on a terminal it stays below the lines, else it comes as it is asked for."""

    def __init__(self):
        self._table, self._lock = [], threading.Lock()

    def show(self, stack):
        table = [f'As Prometheus answers at {time.strftime("%H:%M:%S")}:',
                 *thresholds.table(thresholds.ask(stack.prometheus)),
                 'Ctrl-C or deploy/local/down ends it.' if sys.stdout.isatty() else '']
        self._draw([], table)

    def notify(self, notification):
        self._draw([notifications.line(notification)], self._table)

    def _draw(self, lines, table):
        with self._lock:
            up = f'\x1b[{len(self._table)}A\x1b[J' if self._table else ''
            print(up + '\n'.join([*lines, *table]), flush=True)
            self._table = table if sys.stdout.isatty() else []


def addresses(stack):
    return (f'\nstatus page  {stack.pgvigil}/\nmetrics      {stack.pgvigil}/metrics\n'
            f'Prometheus   {stack.prometheus}/graph?g0.expr=pgvigil_threshold_value&g0.tab=0&g0.range_input=15m\n'
            f'Alertmanager {stack.alertmanager}/#/alerts, notifies {stack.notifications.url}\n'
            f'PostgreSQL   127.0.0.1:{stack.server.port} {DATABASE}, log {stack.server.log}\n'
            f"checklist    PGPASSFILE={stack.passfile} deploy/verify --dsn='{stack.dsn('postgres')}'"
            f' --metrics={stack.pgvigil} --prometheus={stack.prometheus}\n')


def watch(stack, screen, seconds):
    """Shows the table until the time is over."""
    ends = time.monotonic() + seconds if seconds else float('inf')
    while True:
        stack.check()
        screen.show(stack)
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
    """Returns the exit status: 0 when ended by a signal; else whether all five have values, or all faults were seen."""
    directory = state.claim(ends)
    screen = Screen()
    stack = Stack(build(), directory, ends, {part: getattr(args, f'port_{part}') for part in PORTS},
                  hurry=HURRY if args.provoke else 1, show=screen.notify)
    started = time.monotonic()
    print(addresses(stack))
    try:
        if args.provoke:
            return provoke.run(stack, args.provoke)
        watch(stack, screen, args.seconds)
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
