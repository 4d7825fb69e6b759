"""The whole chain, for real: PostgreSQL 14, pgvigil, Prometheus, Alertmanager, a webhook.

A healthy server fires nothing. Then faults are made real, side by side where they do not disturb each other; each is
notified of once, in the right words, and resolved when it is over. The rules are the shipped ones, their intervals,
windows and hold times divided by stack.HURRY. CHAIN=full makes all faults real, else there are a few.
"""

import json
import os
import re
import shutil
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from faults import FAULTS, lacking
from machine import get, start_time, wait_until
from notifications import active, line
from pgvigil import BINARY
from stack import HURRY, ROOT, Stack
from volume import unmount_below

FULL = os.environ.get('CHAIN') == 'full'
QUIET = 60 if FULL else 15  # seconds
PATIENCE = 150  # seconds for what takes thirty on a machine with nothing else to do

# Faults that do not disturb each other; those first whose end is seen last.
SIDE_BY_SIDE = [
    'checkpoints regression idle long lock deadlock rollback temp archiver slot pending sequence vacuum backup '
    'readonly inodes collector',
    'disk lost',
    'memory',
    'oom',
    'frozen',
] if FULL else ['lock sequence']

AGE = r'[\d.ms ]+'
SAYS = {
    'PgvigilCollectorFailing': r'Collector bill_customer_cache_entries fails',
    'PgvigilDown': r'No scrape of job pgvigil at 127\.0\.0\.1:\d+ succeeds',
    'PostgresArchiverFailing': r'Failed attempts to archive WAL .*: \d+, and none succeeded \(limit (1|30)\)',
    'PostgresAutovacuumBehind': r'provoked_vacuum\.bloated of bill_inquiry_db has 400 times .* \(limit 5\)',
    'PostgresBackupFailed': r'The last restore test failed\.',
    'PostgresBackupOld': r'The last successful backup was 3d 0h \d+m \d+s ago \(limit 2d 2h\)',
    'PostgresCheckpointsFrequent': r'[\d.]+ checkpoints .* \(limit 12\)',
    'PostgresConnectionsHigh': r'9[67]% of max_connections are in use \(limit 95%\)',
    'PostgresDeadlocks': r'Deadlocks in bill_inquiry_db in ten minutes: \d+ \(limit 1\)',
    'PostgresDiskHigh': r'9[45]\.?\d*% of the volume is in use \(limit 90%\)',
    'PostgresDown': r'The last poll did not reach the server',
    'PostgresIdleInTransaction': rf'A session of bill_inquiry_db has been idle in a transaction of {AGE} \(limit 3s\)',
    'PostgresInodesHigh': r'98\.?\d*% of the inodes of \S+/provoked_inodes \(tablespace\) are in use \(limit 97%\)',
    'PostgresLockWait': rf'A session has waited {AGE} for a lock \(limit 2s\)',
    'PostgresLongTransaction': rf'The oldest transaction has been open for {AGE} \(limit 5s\)',
    'PostgresMemoryHigh': r'The working set is 9[0-4]\.?\d*% of the memory limit \(limit 85%\)',
    'PostgresMountReadOnly': r'\S+/provoked_readonly \(tablespace\) is read-only',
    'PostgresOomKill': r'Processes killed in ten minutes: 1;',
    'PostgresPendingRestart': r'Settings .* wait for a restart: 1\.',
    'PostgresRestoreTestOld': r'The last successful restore test was 9d 0h \d+m \d+s ago \(limit 8d\)',
    'PostgresRollbacksHigh': r'[\d.]+% of the transactions of bill_inquiry_db are rolled back \(limit (10|50)%\)',
    'PostgresRootBlocker': r'6 sessions wait behind one \(limit 5\)',
    'PostgresSequenceHigh': r'Sequence provoked_sequence\.ids of bill_inquiry_db has used 92% \(limit 90%\)',
    'PostgresSlotInactive': r'Nobody streams from slot provoked:',
    'PostgresSlotWalLost': r'The WAL of slot provoked_lost is lost',
    'PostgresStatementRegression': r'Statement \S+ of postgres in bill_inquiry_db takes [\d.]+ times as long',
    'PostgresTempFilesHigh': r'bill_inquiry_db writes [\d.]+MiB/s of temporary files \(limit 10MiB/s\)',
}


@pytest.fixture(scope='module')
def stack():
    for left in Path('/tmp').glob('pgvigil-chain-*-*'):  # by a test that was killed
        if start_time(left.name.split('-')[2]) is None:
            unmount_below(left)
            shutil.rmtree(left)
    directory = Path(tempfile.mkdtemp(prefix=f'pgvigil-chain-{os.getpid()}-', dir='/tmp'))
    directory.chmod(0o711)  # the server's user goes through it
    with ExitStack() as ends:
        ends.callback(shutil.rmtree, directory)
        yield Stack(BINARY, directory, ends, hurry=HURRY, workload=False,
                    show=lambda one: print(f'{line(one)}\n          {one.annotations["description"]}'))


def until_none(find, what):
    """Waits until find() finds nothing; fails with what it still finds."""
    try:
        wait_until(lambda: not find(), PATIENCE)
    except TimeoutError:
        pytest.fail(f'{what}: {find()}')


def names(notifications):
    return {one.labels['alertname'] for one in notifications}


def check_rules(stack):
    """That every rule is evaluated, and none with an error."""
    groups = json.loads(get(f'{stack.prometheus}/api/v1/rules').text)['data']['groups']
    rules = [rule for group in groups for rule in group['rules']]
    assert {rule['name'] for rule in rules} > SAYS.keys()
    assert [(rule['name'], rule.get('lastError')) for rule in rules if rule['health'] != 'ok'] == []


def check_text(notification):
    alert, annotations = notification.labels['alertname'], notification.annotations
    instance = notification.labels['instance']
    assert set(annotations) - {'value', 'limit'} == {'summary', 'description', 'runbook_url', 'dashboard_url'}
    assert ('value' in annotations) == ('limit' in annotations)
    assert not [text for text in annotations.values() if re.search('[{}<>]|NaN', text)]
    assert re.fullmatch(r'[A-Z][^.\d]+\.', annotations['summary'])
    assert ' First: ' in annotations['description']
    if alert == 'PgvigilDown':  # its pages are down with it
        assert (ROOT / annotations['runbook_url']).is_file()
    else:
        assert annotations['runbook_url'] == f'http://{instance}/runbooks/{alert}'
        assert alert in get(annotations['runbook_url']).text
    board = re.fullmatch(r'http://localhost:3000/d/([a-z-]+)\?var-job=pgvigil&var-instance=127.0.0.1%3A\d+',
                         annotations['dashboard_url'])
    assert board[1] in {json.loads(file.read_text())['uid'] for file in (ROOT / 'dashboards').glob('*.json')}


def test_a_healthy_idle_server_fires_nothing(stack):
    wait_until(lambda: any(scrapes >= QUIET for _, scrapes in stack.query('sum_over_time(pg_up[10m])')), PATIENCE)
    check_rules(stack)
    assert stack.query('count_over_time(ALERTS{alertstate="firing"}[10m])') == []
    assert stack.notifications.seen == []


@pytest.mark.parametrize('side_by_side', SIDE_BY_SIDE)
def test_a_fault_is_notified_of_once_and_resolved_when_it_is_over(stack, side_by_side):
    faults = [FAULTS[name] for name in side_by_side.split() if not lacking(FAULTS[name])]
    expected = {alert for fault in faults for alert in fault.alerts.split()}
    allowed = expected | {alert for fault in faults for alert in fault.also.split()}
    begun = time.monotonic()

    def unseen(fault):
        return [alert for alert in fault.alerts.split() if not stack.notifications.of(alert, 'firing', begun)]

    with ExitStack() as ends:
        undo = {fault.name: ends.enter_context(ExitStack()) for fault in faults}
        for fault in faults:
            undo[fault.name].enter_context(fault.make(stack))
        for fault in faults:
            until_none(lambda fault=fault: unseen(fault), f'{fault.name} was not notified of')
            undo[fault.name].close()
    until_none(stack.notifications.unresolved, 'not resolved')

    came = [one for one in stack.notifications.seen if one.at > begun]
    assert names(came) <= allowed
    for alert in expected:
        fired = [one for one in came if one.status == 'firing' and one.labels['alertname'] == alert]
        assert len({one.fingerprint for one in fired}) == len(fired), f'{alert} came twice'
        assert any(re.match(SAYS[alert], one.annotations['description']) for one in fired), fired
    for one in came:
        check_text(one)


def test_the_warning_is_held_back_where_the_critical_alert_fires(stack):
    begun = time.monotonic()
    with FAULTS['connections'].make(stack):
        fired = stack.notifications.wait('PostgresConnectionsHigh', 'firing', PATIENCE, begun)
        assert re.match(SAYS['PostgresConnectionsHigh'], fired.annotations['description'])
        levels = {labels['severity']: held for labels, held in active(stack.alertmanager)
                  if labels['alertname'] == 'PostgresConnectionsHigh'}
        assert levels == {'critical': False, 'warning': True}
    until_none(stack.notifications.unresolved, 'not resolved')
    came = stack.notifications.of('PostgresConnectionsHigh', after=begun)
    assert [(one.labels['severity'], one.status) for one in came] == [('critical', 'firing'), ('critical', 'resolved')]


def test_a_server_that_is_down_holds_back_its_other_alerts(stack):
    begun = time.monotonic()
    pending = 'ALERTS{alertname="PostgresSlotInactive",alertstate="pending"}'
    with FAULTS['slot'].make(stack):
        wait_until(lambda: stack.query(pending), PATIENCE, 'a pending alert')
        with FAULTS['down'].make(stack):
            down = stack.notifications.wait('PostgresDown', 'firing', PATIENCE, begun)
            assert re.match(SAYS['PostgresDown'], down.annotations['description'])
            wait_until(lambda: ('PostgresSlotInactive', True) in
                       [(labels['alertname'], held) for labels, held in active(stack.alertmanager)], PATIENCE,
                       'the other alert')
            assert names(one for one in stack.notifications.seen if one.at > begun) == {'PostgresDown'}
    stack.notifications.wait('PostgresRestarted', 'firing', PATIENCE, begun)
    until_none(stack.notifications.unresolved, 'not resolved')
