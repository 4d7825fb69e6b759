"""What deploy/verify looks at: a server by psql, pgvigil and Prometheus by HTTP; each answer limited in time."""

import json
import os
import re
import subprocess
import time
import urllib.request
from collections import namedtuple
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 20  # for any one command
SESSION = ("connect_timeout=5 client_encoding=UTF8 application_name=verify "
           "options='-c statement_timeout=10s -c default_transaction_read_only=on'")

# A line of the checklist: look(site) returns what was seen, or raises Wrong or Skip. `right` says what should be,
# `runbook` is a page of docs/runbooks.
Check = namedtuple('Check', 'name look right runbook')


class Wrong(Exception):
    """What was seen is not right."""


class Skip(Exception):
    """It cannot be seen from here."""


class Site:
    """The server, the exporter and Prometheus; what several checks need is asked once.

    dsn         of libpq, keywords and values
    in_pod      the words before a command's that run it where the dsn holds; none: here
    metrics, prometheus  their addresses, or None
    conf        the text of a postgresql.conf that holds there
    objects     of the cluster, as kubectl lists them; None without a cluster
    wait        seconds for thresholds that need a second poll
    """

    def __init__(self, dsn, in_pod=(), metrics=None, prometheus=None, conf='', objects=None, wait=0):
        self.metrics, self.prometheus, self.conf, self.objects = metrics, prometheus, conf, objects
        self._dsn, self._in_pod, self._wait = dsn, in_pod, wait

    def run(self, tool, *args, more=''):
        """A tool of libpq, with the dsn and with `more`, which wins over it."""
        env = {name: value for name, value in os.environ.items() if name not in ('PGTZ', 'PGOPTIONS', 'PGDATESTYLE')}
        return command([*self._in_pod, tool, f'--dbname={self._dsn} {SESSION} {more}', *args], env | {'LC_ALL': 'C'})

    def psql(self, sql, more=''):
        return self.run('psql', '-XAtqw', '-F\x1f', '-vVERBOSITY=verbose', f'--command={sql}', more=more)

    def rows(self, sql):
        """Its rows, as lists of texts. Skip without a login or a privilege; Wrong for any other error."""
        if self.login_error:
            raise Skip('no login')
        done = self.psql(sql)
        if done.returncode:
            raise (Skip if ' 42501: ' in done.stderr else Wrong)(reason(done))
        return [line.split('\x1f') for line in done.stdout.splitlines()]

    @cached_property
    def server_error(self):
        """Why the server accepts no connections; '' if it does."""
        done = self.run('pg_isready', '--timeout=5', more='sslmode=disable')
        return (done.stdout.strip() or reason(done)) if done.returncode else ''

    @cached_property
    def login_error(self):
        if self.server_error:
            return self.server_error
        done = self.psql('SELECT 1')
        return reason(done) if done.returncode else ''

    @cached_property
    def status(self):
        """(what the exporter says of itself, once its thresholds had the two polls they need; why it says nothing)"""
        until = time.monotonic() + self._wait
        while True:
            try:
                status = fetch_json(f'{self.metrics}/api/v1/status')
            except Wrong as error:
                return None, str(error)
            if time.monotonic() > until or 'needs two polls' not in [one['reason'] for one in status['thresholds']]:
                return status, ''
            time.sleep(0.5)


def command(words, env=None):
    """Runs it to its end; status 124 when that takes too long, 127 when it cannot be started."""
    try:
        return subprocess.run(words, env=env, stdin=subprocess.DEVNULL, capture_output=True, encoding='utf-8',
                              errors='replace', timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(words, 124, '', f'no answer within {SECONDS} s')
    except OSError as error:
        return subprocess.CompletedProcess(words, 127, '', f'{words[0]}: {error.strerror}')


def reason(done):
    """The first line of what a command complained of; what kubectl logs of itself is none."""
    lines = [line for line in done.stderr.splitlines() if line.strip() and not re.match(r'[EIW]\d{4} ', line)]
    return (lines or [f'status {done.returncode}'])[0]


def fetch(url):
    """The text at an address, never through a proxy."""
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=5) as reply:
            return reply.read().decode('utf-8')
    except (OSError, ValueError) as error:
        raise Wrong(f'{url}: {error}') from None


def fetch_json(url):
    try:
        return json.loads(fetch(url))
    except ValueError:
        raise Wrong(f'{url} answers, but not with JSON') from None
