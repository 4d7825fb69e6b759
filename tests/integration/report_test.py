"""`pgvigil report` and `pgvigil healthcheck`, against a real Prometheus with a planted month, and a real daemon."""

import os
import re
import signal
import subprocess
import time
from contextlib import contextmanager

import planted_month as month
import pytest
from machine import answers, end, free_port, get, spawn, tail, wait_until
from pgvigil import ROOT, Daemon, monitored, run

EXAMPLE = ROOT / 'docs/report.example.md'
NOBODY = 'http://127.0.0.1:1'


@pytest.fixture(scope='module')
def storage(tmp_path_factory):
    directory = tmp_path_factory.mktemp('prometheus')
    (directory / 'month.txt').write_text(month.openmetrics(), encoding='utf-8')
    (directory / 'prometheus.yml').write_text('')
    subprocess.run(['promtool', 'tsdb', 'create-blocks-from', 'openmetrics', '--quiet', '--max-block-duration=800h',
                    directory / 'month.txt', directory / 'tsdb'], check=True, timeout=60, capture_output=True)
    return directory


@contextmanager
def prometheus(storage, *flags, path='', ready=None):
    """Its URL and process, over what is planted."""
    port = free_port()
    log = storage / f'log-{port}'
    with open(log, 'w', encoding='utf-8') as file:
        process = spawn(['prometheus', '--config.file=prometheus.yml', '--storage.tsdb.path=tsdb', '--log.level=warn',
                         '--storage.tsdb.retention.time=100y', f'--web.listen-address=127.0.0.1:{port}', *flags],
                        cwd=storage, stdin=subprocess.DEVNULL, stdout=file, stderr=file)
    url = f'http://127.0.0.1:{port}{path}'
    try:
        wait_until(lambda: process.poll() is not None or (ready or answers)(f'{url}/-/ready'), 30, 'Prometheus')
        assert process.poll() is None, tail(log)
        yield url, process
    finally:
        end(process)


@pytest.fixture(scope='module')
def url(storage):
    with prometheus(storage) as (url, _):
        yield url


def report(url, *args, until='2021-05-31', **options):
    return run('report', f'--prometheus.url={url}', f'--until={until}', *args, **options)


@pytest.fixture(scope='module')
def text(url):
    done = report(url)
    assert (done.returncode, done.stderr) == (0, '')
    return done.stdout


def chapter(text, instance):
    return re.split(r'^## ', text, flags=re.M)[[month.DB, month.SPARE].index(instance) + 1]


def rows(text, section, instance=month.DB):
    """{first cell: {title: cell}} of the tables of a section."""
    found = {}
    titles = []
    body = re.split(r'^### ', chapter(text, instance), flags=re.M)
    body = next(part for part in body if part.startswith(section + '\n'))
    for line in body.splitlines():
        cells = [cell.strip().replace('\\|', '|').strip('`') for cell in re.split(r'(?<!\\)\|', line)[1:-1]]
        if not cells:
            titles = []
        elif not titles:
            titles = cells
        elif not set(line) <= set('|-:'):
            found[cells[0]] = dict(zip(titles, cells))
    return found


def test_the_example_is_what_it_writes(text):
    """PGVIGIL_ACCEPT=1 writes the example anew."""
    if 'PGVIGIL_ACCEPT' in os.environ:
        EXAMPLE.write_text(text, encoding='utf-8')
    assert EXAMPLE.read_text(encoding='utf-8') == text


def test_thresholds_are_reported_as_they_were(text):
    cpu = rows(text, 'The five thresholds')['CPU']
    assert (cpu['warning'], cpu['critical'], cpu['most'], cpu['95 %']) == ('80 %', '90 %', '95 %', '30 %')
    assert cpu['over warning'] == '36 h (5 %)'
    assert cpu['over critical'].startswith('60 min ')
    assert cpu['worst hour from (mean)'] == '2021-05-05 14:00 (95 %)'
    mean = (0.3 * (month.STEPS + 1 - 432) + 0.85 * 420 + 0.95 * 12) / (month.STEPS + 1)
    assert cpu['mean'] == f'{100 * mean:.3g} %'
    assert 'No data: Connections.' in text


def test_a_gap_is_said_and_an_outage_is_not_one(text):
    assert rows(text, 'Data and outages', month.SPARE) == {
        '2021-05-17 16:00': {'No data from': '2021-05-17 16:00', 'until': '2021-05-17 22:00', 'length': '6 h'}}
    assert rows(text, 'Data and outages')['2021-05-13 12:00']['length'] == '60 min'
    assert 'There is data for 100 % of the period (30 days).' in chapter(text, month.DB)
    assert 'Restarts seen: 1.' in chapter(text, month.DB)


def test_statements_come_by_their_time_and_without_passwords(text):
    first, second, *_ = statements = list(rows(text, 'Statements by total time').values())
    assert (first['time'], first['share'], first['calls'], first['mean']) == ('10 h', '72 %', '720,000', '50 ms')
    assert first['text'].endswith('WHERE cache_key = $1 || $2')
    assert (second['queryid'], second['mean']) == ('102', '200 ms')
    assert [one['text'] for one in statements][2:] == ['(withheld)', '(withheld)', '–']
    for forbidden in month.PASSWORD, 'ALTER ROLE', 'CREATE ROLE':
        assert forbidden not in text


def test_growth_work_and_cost_are_those_of_the_month(text):
    disk = rows(text, 'Growth')['data']
    assert (disk['used'], disk['at the warning limit in'], disk['full in']) == ('10 GiB (50 %)', '30 days', '50 days')
    growth = rows(text, 'Growth')['bill_inquiry_db']
    assert (growth['table'], growth['grown']) == ('public.system|config', '1 MiB')  # the table that grew least
    work = rows(text, 'Cache, transactions, checkpoints')['bill_inquiry_db']
    assert (work['cache hits'], work['rolled back'], work['deadlocks']) == ('90 %', '10 %', '7')
    assert (work['temporary files'], work['their size a day']) == ('15,360', '2 GiB')
    assert 'Checkpoints: 10,000, one in 4.32 min on average; 40 % of them' in text
    assert rows(text, 'Dead rows')['bill_inquiry_db']['of all'] == '30 %'
    assert rows(text, 'Cost')['together']['cost'] == '2.50 USD'


def test_an_index_is_unused_when_nobody_scans_it_and_nothing_needs_it(text):
    index = rows(text, 'Unused indexes')['bill_inquiry_db']
    assert (index['index'], index['size']) == ('public.bill_info_cache_json_idx', '300 MiB')
    assert text.count('_idx`') == 1


def test_alerts_and_backups_are_those_that_were(text):
    assert rows(text, 'Alerts') == {
        'PostgresCpuHigh': {'alert': 'PostgresCpuHigh', 'severity': 'warning', 'firing for': '36 h'}}
    assert text.partition('Alerts of no one instance')[2].count('PgvigilDown') == 1
    backup = rows(text, 'Backups')['backup']
    assert (backup['last success'], backup['age at the end'], backup['longest without']) \
        == ('2021-05-30 02:00', '22 h', '47 h')


@pytest.mark.parametrize('setting, suggested', [
    ('shared_buffers', '512 MiB'), ('work_mem', '8 MiB'), ('max_wal_size', '2 GiB'), ('max_connections', '50'),
    ('idle_in_transaction_session_timeout', '10 min'), ('track_io_timing', 'on')])
def test_settings_are_suggested_with_reasons(text, setting, suggested):
    suggestion = rows(text, 'Suggested settings')[setting]
    assert suggestion['suggested'] == suggested
    assert len(suggestion['why']) > 20


def test_one_instance_alone_can_be_asked_for_and_written_to_a_file(url, tmp_path):
    done = report(url, f'--instance={month.SPARE}', f'--out={tmp_path}/may.md')
    assert (done.returncode, done.stdout, done.stderr) == (0, '', '')
    text = (tmp_path / 'may.md').read_text(encoding='utf-8')
    assert month.SPARE in text and month.DB not in text


def test_the_configuration_names_the_job_and_the_prices(url):
    done = report(url, config='cost: {disk: 1, snapshot: 1, currency: EUR}')
    assert '20.00 EUR' in done.stdout
    done = report(url, config='alerting: {job: another}')
    assert (done.returncode, done.stdout, done.stderr.count('\n')) == (1, '', 1)
    assert "no pg_up of job 'another'" in done.stderr


def test_a_period_without_data_is_said_in_one_line(url):
    done = report(url, '--since=1h', until='2020-01-01T10:00:00Z')
    assert (done.returncode, done.stdout, done.stderr.count('\n')) == (1, '', 1)
    assert 'between 2020-01-01 09:00 and 2020-01-01 10:00' in done.stderr


def test_nothing_and_nobody_are_told_apart_from_bad_flags(url):
    for args, status, said in [((f'--prometheus.url={NOBODY}',), 1, 'Connection refused'),
                               ((f'--prometheus.url={url}/elsewhere',), 1, 'answered 404'),
                               ((), 2, '--prometheus.url'), (('--prometheus.url=db',), 2, 'http://'),
                               ((f'--prometheus.url={url}', '--since=1y'), 2, '1h to 365d'),
                               ((f'--prometheus.url={url}', '--prometheus.token-file=/no/such'), 2, 'token-file')]:
        done = run('report', *args)
        assert (done.returncode, done.stdout, done.stderr.count('\n')) == (status, '', 1), args
        assert said in done.stderr


def test_the_address_may_have_a_path(storage, text):
    with prometheus(storage, '--web.external-url=http://proxy.example/prom', path='/prom') as (url, _):
        assert report(url + '/').stdout == text


def test_a_prometheus_with_tls_and_a_password_is_asked_as_it_wants(storage, text):
    certificate = ['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days',
                   '2', '-subj', '/CN=prometheus', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', 'tls.key',
                   '-out', 'tls.crt']
    subprocess.run(certificate, cwd=storage, check=True, capture_output=True)
    secret = '$2b$04$abcdefghijklmnopqrstuuLZYjhNQAOdpbzt4WxWlUHjv1wsyH5DG'  # bcrypt of 's3cret'
    (storage / 'web.yml').write_text('tls_server_config: {cert_file: tls.crt, key_file: tls.key}\n'
                                     f"basic_auth_users: {{reader: '{secret}'}}\n")
    with prometheus(storage, '--web.config.file=web.yml', ready=wants_tls) as (url, _):
        ca = f'--prometheus.ca-file={storage}/tls.crt'
        secure = url.replace('http://', 'https://')
        known = secure.replace('://', '://reader:s3cret@')
        wait_until(lambda: 'Not Ready' not in report(known, ca).stderr, 30, 'readiness')
        assert report(known, ca).stdout == text
        for address, more, said in [(secure, [ca], 'answered 401'), (known, [], 'TLS: self-signed certificate'),
                                    (known.replace('127.0.0.1', 'localhost'), [ca], 'mismatch')]:
            done = report(address, *more)
            assert (done.returncode, done.stdout, done.stderr.count('\n')) == (1, '', 1)
            assert said in done.stderr and 's3cret' not in done.stderr


def wants_tls(url):
    try:
        return get(url).status == 400
    except OSError:
        return False


def test_a_prometheus_that_hangs_is_given_up(storage):
    with prometheus(storage) as (url, process):
        process.send_signal(signal.SIGSTOP)
        started = time.monotonic()
        done = report(url)
        assert time.monotonic() - started < 15
        assert (done.returncode, done.stderr) == (1, f'pgvigil: {url}/api/v1/query: no answer within 10000 ms\n')


def names(path):
    return set(re.findall(r'\bpg(?:vigil)?_[a-z0-9_]+', (ROOT / path).read_text(encoding='utf-8')))


def test_it_asks_for_metrics_that_there_are(url):
    known = names('docs/metrics.md') | names('deploy/database/collectors.yml')
    with monitored(14) as server, Daemon('--dsn', server.dsn(user='pgvigil')) as daemon:
        known |= set(daemon.metrics())
    known |= {'pg_settings_'}  # completed by the names in parentheses, which the planted month has
    assert names('src/report/queries.hpp') - known == set()


def healthcheck(port):
    started = time.monotonic()
    done = run('healthcheck', f'--web.listen-address=:{port}')
    assert time.monotonic() - started < 5
    assert done.stdout == ''
    return done


def test_the_health_of_a_daemon_is_an_exit_code():
    with monitored(14) as server, Daemon('--dsn', server.dsn(user='pgvigil')) as daemon:
        up = healthcheck(daemon.port)
        assert (up.returncode, up.stderr) == (0, '')
        daemon.process.send_signal(signal.SIGSTOP)
        stopped = healthcheck(daemon.port)
        daemon.process.send_signal(signal.SIGCONT)
        assert (stopped.returncode, stopped.stderr.count('\n')) == (1, 1)
        assert 'no answer within 2000 ms' in stopped.stderr
        wait_until(lambda: healthcheck(daemon.port).returncode == 0, 10, 'health')
        daemon.stop()
        down = healthcheck(daemon.port)
        assert (down.returncode, down.stderr.count('\n')) == (1, 1)
        assert 'Connection refused' in down.stderr


def test_health_needs_a_port_to_ask():
    done = healthcheck(0)
    assert (done.returncode, done.stderr.count('\n')) == (2, 1)
    assert 'port 0' in done.stderr
