"""The running stack: PostgreSQL 14 with the Bill-Inquiry database, workload, pgvigil, Prometheus, Alertmanager, and a
webhook that prints notifications. `up` shows it, the test of the whole chain examines it."""

import json
import os
import re
import secrets
import subprocess
from pathlib import Path

import confine
import database
import notifications
import thresholds
import volume
from machine import answers, end, free_port, spawn, tail, wait_until
from postgres import Postgres, server_directory
from workload import Workload

ROOT = Path(__file__).resolve().parents[2]
DATABASE = database.NAME
ROLES = ['postgres', 'billing_app', 'pgvigil', 'billing_backup']
PORTS = {'postgres': 5432, 'pgvigil': 9187, 'prometheus': 9090, 'alertmanager': 9093, 'webhook': 9095}
TITLES = {'postgres': 'PostgreSQL', 'pgvigil': 'pgvigil', 'prometheus': 'Prometheus', 'alertmanager': 'Alertmanager',
          'webhook': 'the webhook'}
PROMETHEUS_YML = '''\
global: {{scrape_interval: {scrape}, scrape_timeout: {scrape}}}
rule_files: ['{rules}']
alerting: {{alertmanagers: [{{static_configs: [{{targets: ['{alertmanager}']}}]}}]}}
scrape_configs:
  - job_name: pgvigil
    static_configs: [{{targets: ['{pgvigil}']}}]
'''

# In a hurry, what takes minutes takes seconds. Limits that are ages cannot be divided as windows are: these are
# reached in seconds. A hold is divided by the hurry.
HURRY = 60
HURRIED_LIMITS = {
    'pgvigil_down': {'hold': '10m'},  # Prometheus takes seconds to begin to scrape
    'idle_in_transaction': {'warning': '3s', 'critical': '1h'},
    'long_transaction': {'warning': '5s', 'critical': '2h'},
    'lock_wait': {'warning': '2s', 'critical': '5m'},
    'pending_restart': {'hold': '5m'},
    'autovacuum_behind': {'hold': '5m'},
}
# Where it has no cgroup of its own, the server would be blamed for what else the machine does.
MACHINE_LIMITS = {'cpu': {'hold': '24h'}, 'memory': {'hold': '24h'}}
# Faults need a server that archives, in small pieces, and whose disk they may fill.
HURRIED_SERVER = {'settings': {'archive_mode': 'on', 'archive_command': 'true', 'max_wal_size': '64MB'},
                  'initdb': ['--wal-segsize=1']}
VOLUME_SIZE = '512m'


class Stack:
    """The running parts; the ExitStack `ends` ends them, last started first.

    binary     of pgvigil
    directory  an empty one, for all files
    ports      {part: port that is wanted}; another one is taken where that is not free (default: any)
    hurry      divides the intervals, windows and hold times of the alert rules; more than 1 prepares for faults
    workload   whether the service's workload runs
    show       gets each notification

    passfile   libpq's, with the password of each role that may log in: over TCP by TLS, which `ca`, a file, verifies
    """

    def __init__(self, binary, directory, ends, ports=None, hurry=1, workload=True, show=lambda notification: None):
        self.directory, self.hurry = directory, hurry
        self._binary, self._ends, self._ports = binary, ends, ports or dict.fromkeys(PORTS, 0)
        self._processes = {}
        self.volume = self.cgroup = None
        self.passfile, self.ca = directory / 'pgpass', directory / 'tls/ca.crt'
        self._start_postgres(self._port('postgres'))
        self.workload = self._start_workload() if workload else None
        self.notifications = notifications.Notifications(self._port('webhook'), show)
        self._ends.callback(self.notifications.close)
        self._configure_pgvigil()
        self.pgvigil = self._start_pgvigil(self._port('pgvigil'))
        self.alertmanager = self._start_alertmanager(self._port('alertmanager'))
        self.prometheus = self._start_prometheus(self._port('prometheus'))

    def check(self):
        """SystemExit when a process has ended by itself."""
        for name, process in self._processes.items():
            if process.poll() is not None:
                raise SystemExit(f'up: {name} ended with status {process.returncode}; its log ends:\n'
                                 + tail(self.directory / f'{name}.log'))

    def start_server(self):
        self.server.start()
        if self.cgroup:
            self.cgroup.adopt(self.server)

    def process(self, name):
        return self._processes[name]

    def dsn(self, user):
        return f'{self.server.dsn(DATABASE, user)} sslmode=verify-full sslrootcert={self.ca}'

    def connect(self, **more):
        """A superuser's session in the demonstration's database, in autocommit."""
        return self.server.connect(DATABASE, host=self.server.socket_dir, **more)

    def sql(self, query, parameters=None):
        """Runs SQL in such a session; returns the rows of the last statement, or None."""
        return self.server.sql(query, parameters, DATABASE)

    def query(self, expression):
        """What Prometheus answers: [(labels, number)]."""
        return thresholds.query(self.prometheus, expression)

    def _port(self, part):
        wanted = self._ports[part]
        port = free_port(wanted)
        if wanted and port != wanted:
            print(f'up: port {wanted} is taken, {TITLES[part]} gets {port}')
        return port

    def _start_postgres(self, port):
        place = self.directory / 'postgres'
        if self.hurry > 1 and volume.possible():
            self.volume = self._ends.enter_context(volume.volume(place, VOLUME_SIZE))
        else:
            server_directory(place)
        server = Postgres(14, hba=(database.SCRIPTS / 'pg_hba.conf').read_text(encoding='utf-8'), port=port,
                          conf=database.SCRIPTS / 'postgresql.conf', fast=False, data=place / 'data',
                          tls=database.certificate(self.ca.parent, 'postgresql-bill-inquiry'),
                          **(HURRIED_SERVER if self.hurry > 1 else {}))
        if self.hurry > 1 and confine.possible():
            self.cgroup = confine.Cgroup()
            self._ends.callback(self.cgroup.close)
        self._ends.callback(server.close)
        self.server = server
        self.start_server()
        database.create(server)
        self._set_passwords()

    def _set_passwords(self):
        directory = self.directory / 'secrets'
        directory.mkdir(0o700)
        passwords = {role: secrets.token_urlsafe(24) for role in ROLES}
        for role, password in passwords.items():
            (directory / role).write_text(f'{password}\n')
        database.run(self.server, 'passwords', *(f'{role}={directory / role}' for role in ROLES))
        self.passfile.touch(0o600)
        self.passfile.write_text(''.join(f'*:*:*:{role}:{password}\n' for role, password in passwords.items()))

    def _start_workload(self):
        workload = Workload(dsn=self.dsn('billing_app'), passfile=str(self.passfile))
        self._ends.callback(workload.stop)
        workload.start()
        return workload

    def _configure_pgvigil(self):
        """In a hurry every collector runs every second, and what is judged by its age is judged sooner."""
        config = self.directory / 'pgvigil.yml'
        config.write_text('')
        if self.hurry > 1:
            names = [one['collector'] for one in json.loads(self._run_pgvigil('explain', '--json'))]
            config.write_text(json.dumps({
                'collectors': {name: {'interval': '1s', 'timeout': '1s'} for name in names},
                'thresholds': HURRIED_LIMITS | ({} if self.cgroup else MACHINE_LIMITS),
                'alerting': {'hurry': self.hurry}}))  # JSON is YAML

    def _start_pgvigil(self, port):
        url = f'http://127.0.0.1:{port}'
        self._start('pgvigil', [self._binary, *self._pgvigil_flags(), f'--web.listen-address=127.0.0.1:{port}'],
                    f'{url}/-/ready')
        return url

    def _start_alertmanager(self, port):
        """With the shipped configuration, but for our webhook's address and, in a hurry, shorter waits."""
        text = (ROOT / 'alerts/alertmanager.yml').read_text(encoding='utf-8')
        text = text.replace('http://127.0.0.1:9095/', self.notifications.url)
        if self.hurry > 1:
            text = re.sub(r'(group_wait): \w+', r'\1: 2s', re.sub(r'(group_interval): \w+', r'\1: 1s', text))
        config = self.directory / 'alertmanager.yml'
        config.write_text(text, encoding='utf-8')
        (self.directory / 'templates').symlink_to(ROOT / 'alerts/templates')
        url = f'http://127.0.0.1:{port}'
        self._start('alertmanager', ['prometheus-alertmanager', f'--config.file={config}', '--log.level=warn',
                                     f'--storage.path={self.directory / "alertmanager"}', '--cluster.listen-address=',
                                     f'--web.listen-address=127.0.0.1:{port}', f'--web.external-url={url}'],
                    f'{url}/-/ready')
        return url

    def _start_prometheus(self, port):
        """With the shipped rules, or, in a hurry, with the same ones generated for that."""
        rules = ROOT / 'alerts/pgvigil.rules.yml'
        if self.hurry > 1:
            self._run_pgvigil('generate', 'alerts', '--out', str(self.directory))
            rules = self.directory / 'alerts/pgvigil.rules.yml'
        config = self.directory / 'prometheus.yml'
        config.write_text(PROMETHEUS_YML.format(
            scrape='1s' if self.hurry > 1 else '5s', rules=rules, pgvigil=self.pgvigil.rpartition('/')[2],
            alertmanager=self.alertmanager.rpartition('/')[2]))
        url = f'http://127.0.0.1:{port}'
        self._start('prometheus', ['prometheus', f'--config.file={config}', '--log.level=warn',
                                   f'--storage.tsdb.path={self.directory / "prometheus"}',
                                   f'--web.listen-address=127.0.0.1:{port}', f'--web.external-url={url}'],
                    f'{url}/-/ready')
        return url

    def _pgvigil_flags(self):
        return [f'--config.file={self.directory / "pgvigil.yml"}', f'--dsn={self.dsn("pgvigil")}',
                f'--collectors.file={ROOT / "deploy/database/collectors.yml"}']

    def _environment(self):
        return {**os.environ, 'PGPASSFILE': str(self.passfile)}

    def _run_pgvigil(self, *args):
        """A command of pgvigil to its end; returns what it prints."""
        done = subprocess.run([self._binary, *args, *self._pgvigil_flags()], env=self._environment(), check=False,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode:
            raise OSError(f'pgvigil {" ".join(args)}: {done.stderr}')
        return done.stdout

    def _start(self, name, args, ready):
        with open(self.directory / f'{name}.log', 'w', encoding='utf-8') as log:
            process = spawn(args, env=self._environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._ends.callback(end, process)
        self._processes[name] = process

        def is_ready():
            self.check()
            return answers(ready)
        wait_until(is_ready, 30, f'{name} at {ready}')
