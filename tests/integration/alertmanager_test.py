"""The shipped alertmanager.yml in a real Alertmanager: who is told what, what is kept quiet, and the words."""

import json
import os
import re
from collections import Counter
from pathlib import Path

import pytest
import yaml
from alertmanager import ALERTS, SERVER, Alertmanager, HttpSink, MailSink, alert, amtool, shipped
from machine import wait_until

ROOT = ALERTS.parent
RULES = [rule for group in yaml.safe_load((ALERTS / 'pgvigil.rules.yml').read_text(encoding='utf-8'))['groups']
         for rule in group['rules']]
NAMES = sorted({rule['alert'] for rule in RULES if 'alert' in rule})
OVER = '2021-01-02T05:00:00Z'
ELSEWHERE = '127.0.0.1:9188'


def test_amtool_accepts_it():
    checked = amtool('check-config', ALERTS / 'alertmanager.yml')
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert '1 templates' in checked.stdout


@pytest.mark.parametrize('labels, receiver', [
    (['team=database', 'severity=critical', 'alertname=PostgresDown'], 'database-critical'),
    (['team=database', 'severity=warning', 'alertname=PostgresDeadlocks'], 'database-warning'),
    (['team=database', 'severity=info'], 'database-warning'),
    (['team=network', 'severity=critical'], 'default'),
    (['severity=critical'], 'default'),
])
def test_severity_and_team_choose_the_receiver(labels, receiver):
    routed = amtool('config', 'routes', 'test', f'--config.file={ALERTS / "alertmanager.yml"}',
                    f'--verify.receivers={receiver}', *labels)
    assert routed.returncode == 0, routed.stdout + routed.stderr


@pytest.fixture(scope='module')
def sink():
    with HttpSink() as sink:
        yield sink


@pytest.fixture
def alertmanager(sink):
    sink.received.clear()
    with Alertmanager(shipped(webhook=sink.url)) as alertmanager:
        yield alertmanager


def quiet(alertmanager, *alerts):
    """Adds alerts; {what is inhibited: what does it, by the first rule}; by name and labels other than usual."""
    alertmanager.add(*alerts)
    # The inhibitor takes alerts one by one, in the order of their arrival: once it knows the last, it knows all.
    alertmanager.add(alert('Last', team='none', instance='none'))
    alertmanager.add(alert('Last', 'warning', team='none', instance='none'))
    shown = wait_until(lambda: (found := inhibited(alertmanager)).pop('Last none warning', None) and found,
                       what='inhibition')
    assert len(alertmanager.alerts()) == len(alerts) + 2
    return shown


def inhibited(alertmanager):
    names = {found['fingerprint']: (name_of(found['labels']), found['status']) for found in alertmanager.alerts()}
    return {name: {names[by][0] for by in status['inhibitedBy']}
            for name, status in names.values() if status['inhibitedBy']}


def name_of(labels):
    usual = {'alertname', 'team', 'job'} | ({'severity'} if labels.get('severity') == 'critical' else set())
    others = [value for name, value in sorted(labels.items())
              if name not in usual and (name, value) != ('instance', SERVER['instance'])]
    return ' '.join([labels['alertname'], *others])


def test_critical_silences_the_warning_of_the_same_object_only(alertmanager):
    bill, other = {'datname': 'bill_inquiry_db'}, {'datname': 'other'}
    assert quiet(alertmanager,
                 alert('PostgresDeadlocks', **bill), alert('PostgresDeadlocks', 'warning', **bill),
                 alert('PostgresDeadlocks', 'warning', **other),
                 alert('PostgresDeadlocks', 'warning', instance=ELSEWHERE, **bill),
                 alert('PostgresRollbacksHigh', 'warning', **bill),
                 alert('PostgresInodesHigh', mount='/wal'), alert('PostgresInodesHigh', 'warning', mount='/wal'),
                 alert('PostgresInodesHigh', 'warning', mount='/data'),
                 alert('PostgresCpuHigh'), alert('PostgresCpuHigh', 'warning')) == {
        'PostgresDeadlocks bill_inquiry_db warning': {'PostgresDeadlocks bill_inquiry_db'},
        'PostgresInodesHigh /wal warning': {'PostgresInodesHigh /wal'},
        'PostgresCpuHigh warning': {'PostgresCpuHigh'}}


def test_every_label_that_tells_objects_apart_is_compared():
    """Where a rule has both levels: the labels of its metrics, without those that its expression drops."""
    samples = ''.join(path.read_text(encoding='utf-8') for path in (ROOT / 'tests/golden').glob('*.prom'))
    compared = set(yaml.safe_load(shipped())['inhibit_rules'][0]['equal'])
    records = {rule['record']: rule['expr'] for rule in RULES if 'record' in rule}
    levels = Counter(rule['alert'] for rule in RULES if 'alert' in rule)
    assert sum(count == 2 for count in levels.values()) > 10
    for rule in RULES:
        if levels[rule.get('alert')] == 2:
            expr = re.sub(r'[\w:]+:[\w:]+', lambda used: records.get(used[0], used[0]), rule['expr'])
            dropped = set(re.findall(r'\w+', ' '.join(re.findall(r'(?:without|ignoring) \(([^)]*)\)', expr))))
            labels = {label for metric in re.findall(r'\bpg_\w+', expr)
                      for line in re.findall(rf'^{metric}\{{(.*)\}} ', samples, re.M)
                      for label in re.findall(r'(\w+)="(?:[^"\\]|\\.)*"', line)}
            assert labels - dropped - compared - {'datid'} == set(), rule['alert']


def test_a_server_that_is_down_is_one_problem(alertmanager):
    others = [alert(name) for name in NAMES if name not in ('PostgresDown', 'PgvigilDown', 'PgvigilBlind')]
    assert quiet(alertmanager, alert('PostgresDown'), *others,
                 alert('PostgresDiskHigh', instance=ELSEWHERE), alert('HostDown', team='network')) == {
        name_of(other['labels']): {'PostgresDown'} for other in others}


def test_nothing_is_said_of_a_server_while_pgvigil_is_down(alertmanager):
    others = [alert(name) for name in NAMES if name != 'PgvigilDown']
    assert quiet(alertmanager, alert('PgvigilDown'), *others, alert('PostgresDown', instance=ELSEWHERE)) == {
        name_of(other['labels']): {'PgvigilDown'} for other in others}


def test_without_any_target_its_whole_job_is_quiet(alertmanager):
    assert quiet(alertmanager, alert('PgvigilDown', instance=None), alert('PostgresRestarted', 'warning'),
                 alert('PostgresRestarted', 'warning', instance=ELSEWHERE),
                 alert('PostgresRestarted', 'warning', job='another')) == {
        'PostgresRestarted warning': {'PgvigilDown'},
        'PostgresRestarted 127.0.0.1:9188 warning': {'PgvigilDown'}}


def test_what_a_blind_pgvigil_says_of_the_server_is_not_passed_on(alertmanager):
    assert quiet(alertmanager, alert('PgvigilBlind'), alert('PostgresDown'), alert('PostgresLockWait', 'warning'),
                 alert('PgvigilDown', instance=ELSEWHERE)) == {
        'PostgresDown': {'PgvigilBlind'}, 'PostgresLockWait warning': {'PgvigilBlind'}}


def test_what_has_happened_is_no_forecast(alertmanager):
    assert quiet(alertmanager, alert('PostgresDiskHigh', 'warning'), alert('PostgresDiskForecast', 'warning'),
                 alert('PostgresConnectionsHigh', 'warning'), alert('PostgresConnectionsForecast', 'warning'),
                 alert('PostgresDiskForecast', 'warning', instance=ELSEWHERE)) == {
        'PostgresDiskForecast warning': {'PostgresDiskHigh warning'},
        'PostgresConnectionsForecast warning': {'PostgresConnectionsHigh warning'}}


def test_a_problem_is_one_message_with_a_line_for_each_object(alertmanager, sink):
    tables = [alert('PostgresAutovacuumBehind', 'warning', relname=name) for name in ('bill_info_cache', 'customer_info')]
    alertmanager.add(*tables, alert('PostgresDeadlocks', 'warning'))
    sink.wait_for(lambda message: message['groupLabels']['alertname'] == 'PostgresDeadlocks')
    message = sink.wait_for(lambda message: len(message['alerts']) == 2)
    assert message['groupLabels'] == {'alertname': 'PostgresAutovacuumBehind', **SERVER}
    assert [found['labels']['relname'] for found in message['alerts']] == ['bill_info_cache', 'customer_info']


def test_the_end_of_a_problem_is_told_too(alertmanager, sink):
    alertmanager.add(alert('PostgresDown'))
    sink.wait_for(lambda message: message['status'] == 'firing')
    alertmanager.add(alert('PostgresDown', until=OVER))
    message = sink.wait_for(lambda message: message['status'] == 'resolved')
    assert message['alerts'][0]['endsAt'] == OVER


def test_what_is_inhibited_is_not_sent(alertmanager, sink):
    alertmanager.add(alert('PostgresDown'))
    sink.wait_for(lambda message: message['commonLabels']['alertname'] == 'PostgresDown')
    alertmanager.add(alert('PostgresDiskHigh'))
    alertmanager.add(alert('PostgresDiskHigh', instance=ELSEWHERE))
    sink.wait_for(lambda message: message['commonLabels']['instance'] == ELSEWHERE)
    assert {(message['commonLabels']['alertname'], message['commonLabels']['instance']) for message in sink.received} == {
        ('PostgresDown', SERVER['instance']), ('PostgresDiskHigh', ELSEWHERE)}


# The words, as mail and Slack get them. Labels and texts have what each format must escape.

HARD = 'a<b> & "c"'
SEQUENCE = {
    'summary': 'A sequence is near the end of its numbers.', 'value': '93%', 'limit': '90%',
    'description': f'Sequence public.{HARD} of bill_inquiry_db has used 93% (limit 90%). First: make it bigint.',
    'runbook_url': 'http://127.0.0.1:9187/runbooks/PostgresSequenceHigh',
    'dashboard_url': 'http://localhost:3000/d/pgvigil-databases?var-job=pgvigil&var-instance=127.0.0.1%3A9187'}
DOWN = {'summary': 'Prometheus cannot scrape pgvigil.', 'value': '0', 'limit': '1',
        'description': 'No scrape of job other succeeds.'}


@pytest.fixture(scope='module')
def told():
    """What both sinks got of a critical alert with two objects of which one ends, of a warning that ends, and of an
    alert without instance."""
    with HttpSink() as http, MailSink() as mail, Alertmanager(
            with_receivers(http, mail), {'smtp-password': 'secret of mail', 'pager-token': 'secret of pager\n',
                                         'slack-webhook-url': f'{http.url}slack\n'}) as alertmanager:
        one = {'annotations': SEQUENCE, 'datname': 'bill_inquiry_db', 'sequencename': HARD}
        two = {'annotations': SEQUENCE | {'value': '95%'}, 'datname': 'other', 'sequencename': 'b'}
        alertmanager.add(alert('PostgresSequenceHigh', **one), alert('PostgresSequenceHigh', **two),
                         alert('PostgresSequenceHigh', 'warning', instance=ELSEWHERE, **one),
                         alert('PgvigilDown', 'warning', annotations=DOWN, job='other', instance=None))
        for channel in (http, mail):
            channel.wait_for(lambda sent: 'PgvigilDown' in shown(sent))
            channel.wait_for(lambda sent: 'PostgresSequenceHigh' in shown(sent))
        alertmanager.add(alert('PostgresSequenceHigh', until=OVER, **one),
                         alert('PostgresSequenceHigh', 'warning', instance=ELSEWHERE, until=OVER, **one))
        for part in ('RESOLVED', 'Since 2021-01-02 03:04:05 UTC: *95%*'):  # the warning's; what goes on of the critical
            http.wait_for(lambda sent: 'attachments' in sent and 'Over since' in shown(sent) and part in shown(sent))
        mail.wait_for(lambda sent: 'RESOLVED' in sent['subject'])
        yield http.received, mail.received


def shown(sent):
    return json.dumps(sent)


def with_receivers(http, mail):
    """alertmanager.yml with the sections of receivers.example.yml, as their first lines say; addresses are ours."""
    text = shipped(group_wait='1s')
    example = (ALERTS / 'receivers.example.yml').read_text(encoding='utf-8')
    for there, here in (('https://pager.example/', http.url), ('/etc/alertmanager/secrets/', ''),
                        ('smtp.example:587', f'127.0.0.1:{mail.port}'),
                        ('smtp_require_tls: true', 'smtp_require_tls: false')):
        assert there in example
        example = example.replace(there, here)
    return text[:text.index('\nreceivers:')] + '\n' + example


def expected(name, text):
    """Compares with tests/integration/notifications/NAME; PGVIGIL_ACCEPT=1 writes what came instead."""
    path = Path(__file__).parent / 'notifications' / name
    if 'PGVIGIL_ACCEPT' in os.environ:
        path.write_text(text, encoding='utf-8')
    assert text == path.read_text(encoding='utf-8')


@pytest.mark.parametrize('name, subject', [
    ('warning', '[WARNING] A sequence is near the end of its numbers. (127.0.0.1:9188)'),
    ('resolved', '[RESOLVED] A sequence is near the end of its numbers. (127.0.0.1:9188)'),
    ('job', '[WARNING] Prometheus cannot scrape pgvigil. (job other)'),
])
def test_mail_says(told, name, subject):
    mail = next(mail for mail in told[1] if mail['subject'] == subject)
    assert (mail['to'], mail['password']) == (['database-team@phonebill.example'], 'secret of mail')
    expected(f'{name}.txt', mail['text'])
    expected(f'{name}.html', mail['html'])


@pytest.mark.parametrize('name, title', [
    ('critical', '[CRITICAL] A sequence is near the end of its numbers. (127.0.0.1:9187)'),
    ('resolved', '[RESOLVED] A sequence is near the end of its numbers. (127.0.0.1:9188)'),
    ('job', '[WARNING] Prometheus cannot scrape pgvigil. (job other)'),
])
def test_slack_shows(told, name, title):
    message = next(sent for sent in told[0] if sent['path'] == '/slack' and sent['attachments'][0]['title'] == title)
    assert message['channel'] == '#phonebill-database'
    parts = ('color', 'title', 'title_link', 'fallback', 'mrkdwn_in', 'text')
    attachment = {part: message['attachments'][0].get(part) for part in parts}
    expected(f'{name}.slack', ''.join(f'{part}: {value}\n' for part, value in attachment.items()))


def test_slack_tells_what_is_over_of_a_problem_that_goes_on(told):
    texts = [sent['attachments'][0]['text'] for sent in told[0] if sent['path'] == '/slack']
    partly = next(text for text in texts if 'Over since' in text and '\nSince' in text)
    assert partly.endswith('\nOver since 2021-01-02 05:00:00 UTC: *93%* (limit 90%) datname=bill_inquiry_db, '
                           'sequencename=a&lt;b&gt; &amp; "c"\n<http://localhost:3000/d/pgvigil-databases?var-job=pgvigil'
                           '&amp;var-instance=127.0.0.1%3A9187|Dashboard>')


def test_the_pager_gets_its_token_and_the_alerts_as_they_are(told):
    call = next(sent for sent in told[0] if sent['path'] == '/alertmanager')
    assert call['authorization'] == 'Bearer secret of pager'
    assert call['receiver'] == 'database-critical'
    assert call['commonAnnotations']['runbook_url'] == SEQUENCE['runbook_url']
