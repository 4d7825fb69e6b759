"""deploy/verify on the running stack: all is well, then one planted fault after another, each mended again.

Of a fault exactly the right line fails, and the others stay as they were.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import up
from pgvigil import BINARY, EVERY_SECOND, ROOT, get, wait_until
from stack import Stack

sys.path.insert(0, str(ROOT / 'deploy'))
from checks import database  # noqa: E402
from checks.site import Site, Wrong  # noqa: E402

LINE = re.compile(r'^(ok|FAIL|skip) +(\S.*?)  +(.*)$', re.M)


class QuickStack(Stack):
    """Its pgvigil polls every second, so that what changes is soon seen."""

    def _configure_pgvigil(self):
        (self.directory / 'pgvigil.yml').write_text(EVERY_SECOND)


@pytest.fixture(scope='module')
def stack():
    directory = Path(tempfile.mkdtemp(prefix='pgvigil-verify-', dir='/tmp'))
    directory.chmod(0o711)  # the server's user goes through it
    with ExitStack() as ends:
        ends.callback(shutil.rmtree, directory)
        yield QuickStack(BINARY, directory, ends, workload=False)


class Checklist:
    """What one run of verify printed: status, states and texts by the lines' names."""

    def __init__(self, stack, user='postgres'):
        ran = verify(f'--dsn={stack.dsn(user)}', f'--metrics={stack.pgvigil}', f'--prometheus={stack.prometheus}',
                     env={'PGPASSFILE': str(stack.passfile)})
        assert not ran.stderr
        self.status, self.text = ran.returncode, ran.stdout
        self.states = {name: state for state, name, _ in LINE.findall(ran.stdout)}
        self.seen = {name: text for _, name, text in LINE.findall(ran.stdout)}

    def names(self, state):
        return {name for name, found in self.states.items() if found == state}


def verify(*args, env=None):
    return subprocess.run([ROOT / 'deploy/verify', *args], env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=120)


@pytest.fixture(scope='module')
def well(stack):
    return Checklist(stack)


def test_all_is_well_on_the_running_stack(well):
    assert well.names('FAIL') == set(), well.text
    assert well.status == 0
    assert well.names('skip') <= {'backup', 'cluster', 'pod', 'claim', 'service', 'init job', 'cron jobs'}
    assert well.seen['tables'] == '5 tables'
    assert well.seen['default rows'] == '13 of system_config'
    assert well.seen['TLS'].startswith('TLSv1.3, ')
    assert well.seen['plaintext'] == 'refused by pg_hba.conf'
    assert len([name for name in well.names('ok') if name.startswith('threshold ')]) == 5
    assert int(well.seen['settings'].split()[0]) >= 20


def test_up_prints_the_command_that_runs_it(stack, well):
    command = re.search(r'^checklist +(.*)$', up.addresses(stack), re.M)[1]
    ran = subprocess.run(['bash', '-c', command], cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                         timeout=120)
    assert {name: state for state, name, _ in LINE.findall(ran.stdout)} == well.states


# One fault each: what makes it and what mends it.

@contextmanager
def sql(stack, make, mend):
    stack.sql(make)
    try:
        yield
    finally:
        stack.sql(mend)


@contextmanager
def setting(stack, assignment):
    stack.sql(f'ALTER SYSTEM SET {assignment}')
    stack.server.reload()
    try:
        yield
    finally:
        stack.sql(f'ALTER SYSTEM RESET {assignment.split()[0]}')
        stack.server.reload()


@contextmanager
def hba(stack, first_line):
    file = stack.server.data / 'pg_hba.conf'
    before = file.read_text()
    file.write_text(f'{first_line}\n{before}')
    stack.server.reload()
    try:
        yield
    finally:
        file.write_text(before)
        stack.server.reload()


@contextmanager
def frozen_exporter(stack):
    stack.process('pgvigil').send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        stack.process('pgvigil').send_signal(signal.SIGCONT)


@contextmanager
def server_down(stack):
    stack.server.stop()
    try:
        wait_until(lambda: not reached(stack), 30, 'a poll that fails')
        yield
    finally:
        stack.start_server()
        wait_until(lambda: reached(stack), 30, 'a poll that succeeds')


def reached(stack):
    return json.loads(get(f'{stack.pgvigil}/api/v1/status').text)['server']['up']


FAULTS = {
    'tables': (sql, 'ALTER TABLE bill_info_cache RENAME TO away', 'ALTER TABLE away RENAME TO bill_info_cache'),
    'indexes': (sql, 'ALTER INDEX bill_inquiry_history_status_idx RENAME TO away',
                'ALTER INDEX away RENAME TO bill_inquiry_history_status_idx'),
    'triggers': (sql, 'ALTER TABLE customer_info DISABLE TRIGGER touch_updated_at',
                 'ALTER TABLE customer_info ENABLE TRIGGER touch_updated_at'),
    'default rows': (sql, "UPDATE system_config SET config_key = 'away' WHERE config_key = 'kos.retry.delay.ms'",
                     "UPDATE system_config SET config_key = 'kos.retry.delay.ms' WHERE config_key = 'away'"),
    'time zone': (sql, "ALTER DATABASE bill_inquiry_db SET timezone = 'UTC'",
                  'ALTER DATABASE bill_inquiry_db RESET timezone'),
    'superusers': (sql, 'ALTER ROLE billing_app SUPERUSER', 'ALTER ROLE billing_app NOSUPERUSER'),
    'roles': (sql, 'ALTER ROLE billing_owner LOGIN', 'ALTER ROLE billing_owner NOLOGIN'),
    'exporter role': (sql, 'GRANT SELECT (customer_name) ON customer_info TO pgvigil',
                      'REVOKE SELECT (customer_name) ON customer_info FROM pgvigil'),
    'backup': (sql, "INSERT INTO audit.backup_history (kind, finished_at, succeeded) VALUES ('backup', now(), false)",
               'DELETE FROM audit.backup_history'),
    'settings': (setting, "work_mem = '8MB'"),
    'plaintext': (hba, 'host all all 127.0.0.1/32 scram-sha-256'),
    'passwords': (hba, 'hostssl all nobody 127.0.0.1/32 md5'),
}


@pytest.mark.parametrize('name', FAULTS)
def test_of_a_fault_its_line_fails_and_no_other_changes(stack, well, name):
    make, *how = FAULTS[name]
    with make(stack, *how):
        found = Checklist(stack)
    assert found.status == 1
    assert found.names('FAIL') == {name}, found.text
    assert {**found.states, name: well.states[name]} == well.states
    page = re.search(r'runbook: (\S+)', found.text)[1]
    assert (ROOT / page).is_file()
    assert 'right: ' in found.text


@pytest.mark.parametrize('name, make', [
    ('exporter', frozen_exporter),
    ('server', server_down),
    ('login', lambda stack: setting(stack, 'ssl = off')),
])
def test_what_can_then_not_be_seen_is_skipped(stack, well, name, make):
    with make(stack):
        found = Checklist(stack)
    assert found.status == 1
    assert found.names('FAIL') == {name}, found.text
    changed = {line for line in well.states if found.states[line] != well.states[line]}
    assert changed - {name} <= found.names('skip')
    blind = {'exporter': {'pg_up', 'poll'}, 'server': {'login', 'settings', 'pg_up'}, 'login': {'TLS', 'settings'}}
    assert blind[name] <= changed


def test_when_all_is_mended_all_is_well_again(stack, well):
    again = Checklist(stack)
    assert again.states == well.states, again.text


@pytest.mark.parametrize('user, cannot', [('billing_app', {'passwords', 'backup'}),
                                          ('pgvigil', {'passwords', 'default rows'})])
def test_what_a_role_may_not_see_is_skipped_with_the_reason(stack, well, user, cannot):
    found = Checklist(stack, user)
    assert found.status == 0, found.text
    assert found.names('skip') - well.names('skip') == cannot - {'backup'}
    assert {line for line in cannot if '42501: permission denied' in found.seen[line]} == cannot


def test_its_sessions_cannot_write(stack, monkeypatch):
    monkeypatch.setenv('PGPASSFILE', str(stack.passfile))
    with pytest.raises(Wrong, match='25006: cannot execute CREATE TABLE in a read-only transaction'):
        Site(stack.dsn('postgres')).rows('CREATE TABLE away ()')


@pytest.mark.parametrize('args', [[], ['--dsn=host=a', '--namespace=b'], ['--dsn=postgresql://127.0.0.1/'],
                                  ['--dsn=host=a', '--metrics=127.0.0.1:9187'], ['--dsn=host=a', '--conf=/nothing']])
def test_wrong_arguments_are_refused(args):
    assert verify(*args).returncode == 2


@pytest.mark.parametrize('one, other, unit', [('256MB', '32768', '8kB'), ('1000', '1s', 'ms'), ('1GB', '131072', '8kB'),
                                              ('10s', '10000', 'ms'), ('yes', 'on', ''), ('100', '100', '')])
def test_settings_compare_in_their_units(one, other, unit):
    assert database.amount(one, unit) == database.amount(other, unit)
    assert database.amount(one, unit) != database.amount('7', unit)


def test_the_table_from_plan_to_files_is_whole_and_leads_somewhere():
    text = (ROOT / 'deploy/README.md').read_text(encoding='utf-8')
    rows = [line.split('|')[1:-1] for line in text.splitlines() if re.match(r'\| P\d', line)]
    assert {row[0].strip() for row in rows} == {
        'P2.1', 'P2.2', 'P2.3', 'P3.1', 'P3.2', 'P3.3', 'P4.1', 'P4.2', 'P4.3', 'P5', 'P6', 'P7', 'P7.1', 'P8.1', 'P8.2',
        'P8.3', 'P9', 'P10.1', 'P10.2', 'P11.1', 'P11.2', 'P12'}
    assert {len(row) for row in rows} == {4}
    links = re.findall(r'\]\((.*?)\)', text)
    assert [link for link in links if not (ROOT / 'deploy' / link).exists()] == []
