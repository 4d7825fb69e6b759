"""What real servers write to their log files, and what is counted of it, through everything that is done to logs."""

import os
import shutil
import signal
from contextlib import closing, suppress

import psycopg2
import pytest
from machine import wait_until
from pgvigil import COLLECTORS, EVERY_SECOND, Daemon, monitored

COLLECTED = {'logging_collector': True, 'log_directory': 'log', 'log_filename': 'postgresql-%H%M%S.log',
             'log_file_mode': '0600', 'log_line_prefix': '%m [%p] %q%u@%d %a %e ', 'log_min_messages': 'warning',
             'log_checkpoints': False}

# A text as users make them: lines, quotes, and what looks like another message.
NASTY = """SELECT 1/0, 'a "quoted"
2026-11-28 20:50:41.123 UTC,"x",,,,,,,,,,FATAL,57P01,"x"
2026-11-28 20:50:41.123 UTC [12] FATAL:  x
{"error_severity":"FATAL"}'"""

OFTEN = 'collectors:\n' + ''.join(
    f'  {name}: {{interval: 500ms, timeout: 500ms}}\n' if name.startswith('log_') else f'  {name}: {{enabled: false}}\n'
    for name in COLLECTORS)


def all_counts(page):
    """{(severity, sqlstate): messages}"""
    return {(dict(labels)['severity'], dict(labels)['sqlstate']): value
            for labels, value in page['pg_log_messages_total'].items()}


def counts(page):
    """Without those that are 0."""
    return {pair: count for pair, count in all_counts(page).items() if count}


def made(page):
    return counts(page).get(('ERROR', '22012'), 0)


class Errors:
    """Makes errors in one session, and knows how many. No two have one text: within a millisecond only that tells them apart."""

    def __init__(self, server):
        self.made = 0
        self._connection = server.connect(host=server.socket_dir)

    def make(self, count):
        with self._connection.cursor() as cursor:
            for _ in range(count):
                self.made += 1
                with pytest.raises(psycopg2.errors.DivisionByZero):
                    cursor.execute(f'/* {self.made} */ {NASTY}')

    def written(self, path):
        """Waits until the logging collector, a process of its own, has written the last one to that file."""
        wait_until(lambda: f'/* {self.made} */' in path.read_text(errors='replace'), what='the last error in its file')

    def close(self):
        self._connection.close()


def current(server, form):
    return server.data / server.sql('SELECT pg_current_logfile(%s)', [form])[0][0]


def rotate(server, form):
    """Asks for a new file until it has another name: names have seconds."""
    before = current(server, form)

    def another():
        server.sql('SELECT pg_rotate_logfile()')
        return current(server, form) != before
    wait_until(another, what='a new log file')


def reopened(server, form, path):
    """Makes the server write to a new file, as logrotate does after it has renamed or removed the old one."""
    rotate(server, form)
    assert current(server, form) != path


@pytest.mark.parametrize('version, destination, form', [
    (13, 'csvlog', 'csvlog'), (14, 'stderr', 'stderr'), (18, 'jsonlog', 'jsonlog'), (18, 'stderr,csvlog,jsonlog', 'jsonlog')])
def test_rotated_and_truncated_logs_lose_and_double_nothing(version, destination, form):
    settings = COLLECTED | {'log_destination': destination}
    with monitored(version, settings=settings) as server, closing(Errors(server)) as errors, \
            Daemon('--dsn', server.dsn(user='pgvigil'), config=OFTEN) as daemon:
        assert daemon.value('pg_log_read_bytes_total', format=form) is not None

        def counted(what):
            page = daemon.wait_until(lambda page: made(page) >= errors.made, 30, f'all errors after {what}')
            assert made(page) == errors.made, what
            assert ('FATAL', '57P01') not in counts(page) and ('ERROR', '') not in counts(page), what
            assert set(page['pg_log_unparsed_lines_total'].values()) == {0}, what

        for _ in range(2):
            errors.make(5)
            rotate(server, form)
            errors.make(5)
            rotate(server, form)
            errors.make(5)
            counted('rotations by the server')

            path = current(server, form)
            errors.make(3)
            os.rename(path, f'{path}.1')
            errors.make(3)
            reopened(server, form, path)
            errors.make(3)
            counted('a renamed file')

            path = current(server, form)
            for number in range(3):
                errors.make(4)
                errors.written(path)  # what comes between copy and cut is lost, to everybody
                shutil.copyfile(path, f'{path}.{number + 2}')
                os.truncate(path, 0)
                errors.make(2)
            counted('copies and cuts')

            os.truncate(path, 0)
            errors.make(2)
            counted('a cut after all was read')

            path = current(server, form)
            os.unlink(path)
            errors.make(2)
            rotate(server, form)
            errors.make(2)
            counted('a removed file')

            daemon.process.send_signal(signal.SIGHUP)
            errors.make(2)
            counted('a reload of pgvigil')
        daemon.wait_for_polls(3)
        counted('all')


def test_counting_begins_at_the_end_and_outlives_the_server():
    settings = COLLECTED | {'log_destination': 'csvlog'}
    with monitored(18, settings=settings) as server:
        with closing(Errors(server)) as errors:
            errors.make(7)
        with Daemon('--dsn', server.dsn(user='pgvigil'), config=OFTEN) as daemon:
            assert counts(daemon.metrics()) == {}
            server.stop('immediate')
            server.start()
            daemon.wait_until_up(timeout=30)
            with closing(Errors(server)) as errors:
                errors.make(3)
                page = daemon.wait_until(lambda page: counts(page).get(('ERROR', '22012')) == 3, 30)
            assert ('WARNING', '57P02') in counts(page) or ('LOG', '00000') in counts(page)


def test_severities_and_sqlstates_are_the_servers():
    settings = COLLECTED | {'log_destination': 'jsonlog', 'log_min_messages': 'debug1'}
    with monitored(18, settings=settings) as server, Daemon('--dsn', server.dsn(user='pgvigil'), config=OFTEN) as daemon:
        for severity, sqlstate in (('WARNING', '01S77'), ('NOTICE', 'U0001'), ('LOG', 'U0002'), ('EXCEPTION', 'P0001')):
            try:
                server.sql(f"DO $$ BEGIN RAISE {severity} USING ERRCODE = '{sqlstate}', MESSAGE = 'x'; END $$")
            except psycopg2.Error as error:
                assert severity == 'EXCEPTION', error
        with pytest.raises(psycopg2.OperationalError):
            psycopg2.connect(server.dsn(dbname='none'))
        expected = {('WARNING', '01S77'), ('NOTICE', 'U0001'), ('LOG', 'U0002'), ('ERROR', 'P0001'), ('FATAL', '3D000')}
        daemon.wait_until(lambda page: expected <= set(counts(page)), 30)


def test_a_server_without_a_collector_is_read_where_its_standard_error_goes():
    settings = {'log_line_prefix': '%m [%p] %e '}
    with monitored(14, settings=settings) as server, closing(Errors(server)) as errors, \
            Daemon('--dsn', server.dsn(user='pgvigil'), config=OFTEN) as daemon:
        errors.make(4)
        daemon.wait_until(lambda page: counts(page).get(('ERROR', '22012')) == 4, 30)


@pytest.mark.parametrize('settings, reason', [
    ({'logging_collector': True, 'log_destination': 'syslog'}, 'log_destination is syslog: there are no log files'),
    ({'log_destination': 'syslog'}, 'logging_collector is off, and log_destination is syslog')])
def test_what_is_not_in_files_is_skipped_with_the_reason(settings, reason):
    with monitored(14, settings=settings) as server, \
            Daemon('--dsn', server.dsn(user='pgvigil'), config=EVERY_SECOND) as daemon:
        assert daemon.value('pgvigil_collector_skipped', collector='log_messages', reason='not_visible') == 1
        assert reason in daemon.get('/').text


def test_the_first_panic_adds_to_a_sum_that_was_0_before():
    def panics(page):
        return {state: value for (severity, state), value in all_counts(page).items() if severity == 'PANIC'}
    with monitored(14, settings=COLLECTED | {'log_destination': 'csvlog'}) as server, \
            Daemon('--dsn', server.dsn(user='pgvigil'), config=OFTEN) as daemon:
        assert panics(daemon.metrics()) == {'other': 0}
        segment = server.sql('SELECT pg_walfile_name(pg_current_wal_lsn())')[0][0]
        os.mkdir(server.data / 'pg_wal' / f'{segment[:-1]}{int(segment[-1]) + 1}')  # in the way of the next file
        with suppress(psycopg2.Error):
            server.sql('SELECT pg_switch_wal()')
        page = daemon.wait_until(lambda page: sum(panics(page).values()) >= 1, 60, 'a panic')
        assert panics(page)['other'] == 0
