"""The configuration read again while the daemon works: a good one takes effect, a bad one changes nothing."""

import os
import shutil
import socket
import threading
import urllib.error
import urllib.request

import pytest
from machine import wait_until
from pgvigil import EVERY_SECOND, Daemon, monitored

SUCCESSFUL = 'pgvigil_config_last_reload_successful'
SINCE = 'pgvigil_config_last_reload_success_timestamp_seconds'


@pytest.fixture(scope='module')
def server():
    with monitored(14) as server:
        yield server


@pytest.fixture(scope='module')
def config(server):
    return f'dsn: "{server.dsn(user="pgvigil")}"\n' + EVERY_SECOND


def post(daemon, path='/-/reload'):
    request = urllib.request.Request(daemon.url + path, method='POST')
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=20) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def sessions(server):
    return {pid for pid, in server.sql("SELECT pid FROM pg_stat_activity WHERE usename = 'pgvigil'")}


def limit(page, rule='cpu'):
    return next(value for labels, value in page['pgvigil_threshold_limit'].items()
                if {('rule', rule), ('severity', 'warning')} <= set(labels))


def calls(page):
    return sum(page['pg_stat_statements_calls_total'].values())


def test_a_reload_under_scraping_loses_no_scrape_no_counter_and_no_session(server, config):
    with Daemon(config=config) as daemon:
        daemon.wait_for_polls()
        before, kept = daemon.metrics(), sessions(server)
        done, seen, wrong = threading.Event(), [], []

        def scrape():
            while not done.is_set():
                try:
                    page = daemon.metrics()
                    if set(page['pg_up'].values()) != {1.0}:
                        wrong.append(page['pg_up'])
                    seen.append((sum(page['pg_exporter_scrapes_total'].values()), calls(page)))
                except (OSError, KeyError, ValueError) as error:
                    wrong.append(repr(error))

        scrapers = [threading.Thread(target=scrape) for _ in range(2)]
        for scraper in scrapers:
            scraper.start()
        try:
            for number in range(1, 6):
                line = daemon.reload(f'{config}labels: {{round: "{number}"}}\nthresholds: {{cpu: {{warning: 0.{number}}}}}\n')
                assert 'changed=1' in line
                wait_until(lambda: limit(daemon.metrics()) == number / 10, 20, 'the new limit')
        finally:
            done.set()
            for scraper in scrapers:
                scraper.join()
        assert wrong == []
        page = daemon.metrics()
        assert sum(page['pg_exporter_scrapes_total'].values()) > before['pg_exporter_scrapes_total'][()]
        assert calls(page) >= calls(before) > 0
        assert sessions(server) >= kept, 'the same backends'
        assert {dict(labels)['round'] for labels in page['pg_up']} == {'5'}
        totals = [polls for polls, _ in seen]
        assert max(totals) >= totals[0]


def test_counters_never_fall_over_a_reload(server, config):
    with Daemon(config=config) as daemon:
        daemon.wait_for_polls()
        before = daemon.metrics()
        daemon.reload(config + 'databases: {exclude: [other]}\n')
        daemon.wait_for_polls()
        after = daemon.metrics()
        for name in ('pg_exporter_scrapes_total', 'pg_stat_statements_calls_total', 'pg_stat_statements_seconds_total'):
            for labels, value in before[name].items():
                assert after[name][labels] >= value, (name, labels)


def test_collectors_come_and_go(server, config, tmp_path):
    own = tmp_path / 'own.yml'
    own.write_text("""collectors:
  bills:
    query: SELECT 42 AS open
    metrics: {open: {gauge: bills_open, help: Bills.}}
    interval: 1s
    timeout: 1s
""", encoding='utf-8')
    with Daemon(config=config) as daemon:
        assert 'pg_locks_count' in daemon.metrics() and 'bills_open' not in daemon.metrics()
        assert daemon.reload(config.replace('locks: {', 'locks: {enabled: false, ') + f'collector_files: [{own}]\n')
        daemon.wait_until(lambda page: page.get('bills_open') == {(): 42} and 'pg_locks_count' not in page)
        own.write_text(own.read_text().replace('42', '43'))
        daemon.reload()
        daemon.wait_until(lambda page: page['bills_open'] == {(): 43})
        daemon.reload(config)
        daemon.wait_until(lambda page: 'bills_open' not in page and 'pg_locks_count' in page)


def test_another_dsn_is_another_session(server, config):
    with Daemon(config=config) as daemon:
        daemon.wait_for_polls()
        kept = sessions(server)
        daemon.reload(config.replace('dbname=postgres', 'dbname=template1'))
        wait_until(lambda: sessions(server) and not sessions(server) & kept, 20, 'new sessions')
        polls = daemon.value('pg_exporter_scrapes_total')
        assert polls >= 3
        daemon.wait_until_up()


def test_one_server_becomes_several_and_one_again(server, config):
    several = f'targets: {{a: {{dsn: "{server.dsn(user="pgvigil")}"}}}}\n' + EVERY_SECOND
    with Daemon(config=config) as daemon:
        assert daemon.get('/probe?target=a').status == 404
        assert 'added=1 changed=0 removed=1' in daemon.reload(several)
        assert daemon.get('/-/ready').status == 200, 'a reload makes nobody wait'
        daemon.wait_until(lambda page: page.get('pgvigil_target_up') == {(('target', 'a'),): 1})
        daemon.reload(config)
        daemon.wait_until(lambda page: page.get('pg_up') == {(): 1})
        wait_until(lambda: len(sessions(server)) <= 2, 20, 'the others to be gone')


class Replaced:
    """Puts something else in the place of the configuration file."""

    def __init__(self, path):
        self.path, self.text = path, path.read_text(encoding='utf-8')

    def directory(self):
        self.path.unlink()
        self.path.mkdir()

    def deleted(self):
        self.path.unlink()

    def unreadable(self):
        self.path.chmod(0)

    def garbage(self):
        self.path.write_bytes(os.urandom(4096))

    def secret(self):
        self.path.write_text('dsn: "host=127.0.0.1 password=hunter2 oops"\n')

    def mistake(self):
        self.path.write_text(self.text + 'lables: {}\n')

    def huge(self):
        self.path.write_text('#' * (2 << 20))

    def restore(self):
        if self.path.is_dir():
            shutil.rmtree(self.path)
        self.path.unlink(missing_ok=True)
        self.path.write_text(self.text, encoding='utf-8')


def test_a_file_that_cannot_be_used_changes_nothing_and_the_log_says_why(server, config):
    with Daemon('--web.enable-lifecycle', config=config, bare=True) as daemon:
        daemon.wait_for_polls()
        since = daemon.value(SINCE)
        assert daemon.value(SUCCESSFUL) == 1
        file = Replaced(daemon.config_file)
        for break_it, why in [(file.directory, 'is a directory'), (file.deleted, 'No such file'),
                              (file.unreadable, 'Permission denied'), (file.garbage, daemon.config_file.name),
                              (file.secret, 'the dsn is neither'), (file.huge, 'larger than 1 MiB'),
                              (file.mistake, "did you mean 'labels'?")]:
            break_it()
            try:
                line = daemon.reload()
                status, text = post(daemon)
            finally:
                file.restore()
            assert 'level=error' in line and why in line, line
            assert status == 500 and why in text and text.count('\n') == 1, text
            assert (daemon.value(SUCCESSFUL), daemon.value(SINCE)) == (0, since)
            daemon.wait_for_polls(1)
            assert daemon.value('pg_up') == 1
        assert 'hunter2' not in daemon.log
        assert 'changed=0' in daemon.reload()
        assert daemon.value(SUCCESSFUL) == 1 and daemon.value(SINCE) > since


def test_over_http_it_is_off_unless_it_is_allowed(server, config):
    with Daemon(config=config) as daemon:
        status, text = post(daemon)
        assert status == 403 and '--web.enable-lifecycle' in text and 'configuration reloaded' not in daemon.log
        answer = daemon.get('/-/reload')
        assert (answer.status, answer.headers['Allow']) == (405, 'POST')
        daemon.reload(config + 'web: {enable_lifecycle: true}\n')
        assert post(daemon) == (200, 'The configuration was reloaded.\n')
        assert post(daemon, '/metrics')[0] == 405


def test_the_log_level_takes_effect_and_what_needs_a_restart_is_said(config):
    with Daemon(config=config) as daemon:
        line = daemon.reload(config + 'log: {format: json}\nweb: {telemetry_path: /m}\n')
        assert 'note="web.telemetry_path, log.format takes effect at a restart"' in line
        assert daemon.get('/metrics').status == 200
        since = daemon.value(SINCE)
        daemon.config_file.write_text(config + 'log: {level: error}\n', encoding='utf-8')
        seen = daemon.log.count('configuration reloaded')
        daemon.process.send_signal(1)
        daemon.wait_until(lambda page: page[SINCE][()] > since)
        assert daemon.log.count('configuration reloaded') == seen, 'it is no error'
        assert 'level=info' in daemon.reload(config)


def test_flags_stay_over_the_file(config):
    with Daemon('--label=cluster=flag', '--no-collector.locks', config=config) as daemon:
        daemon.reload(config + 'labels: {cluster: file, zone: "1"}\n')
        page = daemon.wait_until(lambda page: (('cluster', 'flag'), ('zone', '1')) in page['pg_up'])
        assert 'pg_locks_count' not in page


def test_systemd_is_told(config, tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / 'notify'))
        manager.settimeout(20)
        with Daemon(config=config, env={'NOTIFY_SOCKET': str(tmp_path / 'notify')}) as daemon:
            assert manager.recv(1000) == b'READY=1'
            for text in (config, 'garbage'):
                daemon.reload(text)
                first, usec = manager.recv(1000).decode().split('\n')
                assert first == 'RELOADING=1' and int(usec.removeprefix('MONOTONIC_USEC=')) > 0
                assert manager.recv(1000) == b'READY=1'
