"""deploy/database/start, the command of the database's container, and certificate: as a user who is not root."""

import os
import shutil
import signal
import subprocess
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path

import database
import psycopg2
import pytest
from machine import end, free_port, spawn, wait_until
from postgres import CACHE, SERVER_USER, server_directory

PASSWORD = 'of the superuser'


class Container:
    """What the container has: a volume, /etc/bill-inquiry, /tls, /secrets, /run/postgresql, in one directory."""

    def __init__(self, place):
        self.place, self.port = place, free_port()
        self.volume, self.log = place / 'volume', place / 'log'
        for name in ('volume', 'etc', 'run'):
            server_directory(place / name)
        shutil.copy(database.SCRIPTS / 'start', place)
        shutil.copy(database.SCRIPTS / 'pg_hba.conf', place / 'etc')
        conf = (database.SCRIPTS / 'postgresql.conf').read_text(encoding='utf-8')
        for there, here in {"'*'": "'127.0.0.1'", '= 5432': f'= {self.port}', "'/tls": f"'{place}/tls",
                            "'/run/postgresql": f"'{place}/run"}.items():
            assert there in conf
            conf = conf.replace(there, here)
        (place / 'etc/postgresql.conf').write_text(conf, encoding='utf-8')
        database.certificate(place / 'tls', 'postgresql-bill-inquiry')
        (place / 'password').write_text(PASSWORD)
        if SERVER_USER:
            for path in (place / 'tls/tls.key', place / 'password'):
                shutil.chown(path, SERVER_USER)

    def spawn(self, log=None, **environment):
        with (log or self.log).open('w') as output:
            return spawn(['/bin/bash', self.place / 'start'], SERVER_USER, dies_by='KILL', stdin=subprocess.DEVNULL,
                         stdout=output, stderr=output, cwd='/', env={
                             'PATH': f'{CACHE}/postgres-14/bin:/usr/bin:/bin', 'PGDATA': str(self.volume / 'data'),
                             'POSTGRES_CONFIG': str(self.place / 'etc'),
                             'POSTGRES_PASSWORD_FILE': str(self.place / 'password'), **environment})

    @contextmanager
    def running(self):
        """The server, until it is stopped as the container's runtime does it."""
        process = self.spawn()
        try:
            wait_until(lambda: process.poll() is not None or 'ready to accept' in self.said(), 60, 'start')
            assert process.poll() is None, self.said()
            yield process
        finally:
            status = end(process, signal.SIGINT, 30)
        assert status == 0 and 'database system is shut down' in self.said()

    def refusal(self, **environment):
        """What it says when it ends without having become a server."""
        assert self.spawn(**environment).wait(30) == 1
        return self.said().strip()

    def sql(self, query, dbname='bill_inquiry_db'):
        dsn = f'host=127.0.0.1 port={self.port} user=postgres sslmode=verify-full sslrootcert={self.place}/tls/ca.crt'
        with closing(psycopg2.connect(dsn, dbname=dbname, password=PASSWORD)) as session, session.cursor() as cursor:
            session.autocommit = True
            cursor.execute(query)
            return cursor.fetchall() if cursor.description else None

    def said(self):
        return self.log.read_text(encoding='utf-8', errors='replace')


@pytest.fixture
def container():
    with tempfile.TemporaryDirectory(prefix='pgvigil-start-', dir='/tmp') as place:
        Path(place).chmod(0o711)  # the server's user goes through it
        yield Container(Path(place))


@pytest.fixture
def used(container):
    """A container whose database is there."""
    with container.running():
        pass
    return container


def test_the_first_boot_makes_the_database_and_the_second_finds_it(container):
    with container.running():
        assert 'makes the database' in container.said()
        assert container.sql('SELECT pg_encoding_to_char(encoding), datcollate, datctype FROM pg_database'
                             ' WHERE datname = current_database()') == [('UTF8', 'C.UTF-8', 'C.UTF-8')]
        assert container.sql('SHOW data_checksums') == [('on',)]
        container.sql('CREATE TABLE kept ()')
    assert [path.name for path in container.volume.iterdir()] == ['data']
    with container.running() as process:
        assert 'makes the database' not in container.said()
        assert container.sql("SELECT to_regclass('kept') IS NOT NULL") == [(True,)]
        assert Path(f'/proc/{process.pid}/comm').read_text() == 'postgres\n'  # which gets the stop signal


def test_every_setting_of_the_shipped_file_is_in_force(container):
    """None is misspelt or set twice, and none of them waits for a restart after a reload."""
    with container.running():
        assert container.sql('SELECT name, error FROM pg_file_settings WHERE NOT applied') == []
        assert container.sql("SELECT count(DISTINCT name) = count(*) AND count(*) > 30 FROM pg_file_settings"
                             f" WHERE sourcefile = '{container.place}/etc/postgresql.conf'") == [(True,)]
        loaded = container.sql('SELECT pg_conf_load_time()')
        container.sql('SELECT pg_reload_conf()')
        wait_until(lambda: container.sql('SELECT pg_conf_load_time()') != loaded, what='reload')
        assert container.sql('SELECT name FROM pg_settings WHERE pending_restart') == []


def test_only_scram_passwords_get_in_also_by_the_socket(container):
    with container.running():
        assert container.sql('SELECT type, auth_method, error FROM pg_hba_file_rules') == \
            [('local', 'scram-sha-256', None), ('hostssl', 'scram-sha-256', None)]
        assert container.sql("SELECT rolpassword LIKE 'SCRAM-SHA-256$%' FROM pg_authid WHERE rolname = 'postgres'") \
            == [(True,)]
        with pytest.raises(psycopg2.OperationalError, match='no password supplied'):
            psycopg2.connect(host=str(container.place / 'run'), port=container.port, user='postgres', dbname='postgres',
                             passfile='/dev/null')


def test_a_first_boot_that_was_killed_begins_again(container):
    process = container.spawn()
    wait_until(lambda: (container.volume / 'data.new/PG_VERSION').exists(), 30, 'initdb has begun')
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not (container.volume / 'data').exists()
    with container.running():
        assert container.sql('SELECT current_database()') == [('bill_inquiry_db',)]
    assert [path.name for path in container.volume.iterdir()] == ['data']


def test_a_killed_servers_number_that_another_process_of_the_pod_has_now_keeps_nothing_from_starting(used):
    used.volume.joinpath('data').chmod(0o2770)
    other = spawn(['sleep', '60'], SERVER_USER)
    try:
        lock = used.volume / 'data/postmaster.pid'
        lock.write_text(f'{other.pid}\n{used.volume}/data\n1\n{used.port}\n{used.place}/run\n127.0.0.1\n')
        if SERVER_USER:
            shutil.chown(lock, SERVER_USER)
        with used.running():
            assert used.sql('SELECT 1') == [(1,)]
    finally:
        end(other)


def test_a_server_that_runs_keeps_a_second_one_from_its_data(used):
    with used.running():
        second = used.place / 'second'
        assert used.spawn(second).wait(30) == 1
        assert 'lock file "postmaster.pid" already exists' in second.read_text()


def test_without_a_password_there_is_no_first_boot(container):
    complaint = ('start: POSTGRES_PASSWORD_FILE names no file with the password of the superuser: needed at the first'
                 ' boot')
    assert container.refusal(POSTGRES_PASSWORD_FILE='') == complaint
    assert container.refusal(POSTGRES_PASSWORD_FILE='/nowhere') == complaint
    assert container.refusal(POSTGRES_PASSWORD_FILE='/dev/null') == complaint
    assert list(container.volume.iterdir()) == []


def test_the_data_of_another_major_version_are_refused(used):
    (used.volume / 'data/PG_VERSION').write_text('13\n')
    assert used.refusal() == (f'start: {used.volume}/data is of PostgreSQL 13, this is 14: dump and restore it, or'
                              ' pg_upgrade')


def test_a_directory_that_is_no_database_is_refused_and_left_alone(container):
    (container.volume / 'data').mkdir()
    (container.volume / 'data/letter').touch()
    (container.volume / 'data').chmod(0o755)
    assert container.refusal() == f'start: {container.volume}/data is neither empty nor a database'
    assert [path.name for path in (container.volume / 'data').iterdir()] == ['letter']


# The certificate


def contents(directory):
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def test_a_certificate_is_kept_as_long_as_it_is_good(tmp_path):
    names = ['postgresql-bill-inquiry', 'postgresql-bill-inquiry.phonebill-dev.svc']
    made = contents(database.certificate(tmp_path / 'tls', *names))
    assert sorted(made) == ['ca.crt', 'tls.crt', 'tls.key'] and b'PRIVATE KEY' in made['tls.key']
    assert (tmp_path / 'tls/tls.key').stat().st_mode & 0o777 == 0o600
    assert contents(database.certificate(tmp_path / 'tls', names[0])) == made
    assert contents(database.certificate(tmp_path / 'tls', *names)) == made


@pytest.mark.parametrize('harm', [
    lambda tls: (tls / 'tls.key').unlink(),
    lambda tls: (tls / 'ca.crt').write_bytes((tls / 'tls.crt').read_bytes()),
    lambda tls: (tls / 'tls.crt').write_text('damaged')], ids=['key gone', 'another authority', 'damaged'])
def test_a_certificate_that_is_not_whole_is_made_anew(tmp_path, harm):
    made = contents(database.certificate(tmp_path, 'a.example'))
    harm(tmp_path)
    anew = contents(database.certificate(tmp_path, 'a.example'))
    assert all(anew[name] != made[name] for name in made)


def test_a_certificate_without_a_name_that_is_wanted_is_made_anew(tmp_path):
    made = contents(database.certificate(tmp_path, 'a.example'))
    anew = contents(database.certificate(tmp_path, 'a.example', 'b.example'))
    assert all(anew[name] != made[name] for name in made)
    assert contents(database.certificate(tmp_path, 'b.example')) == anew


def test_what_is_no_name_is_refused(tmp_path):
    with pytest.raises(OSError, match='a,IP:0.0.0.0 is not a DNS name'):
        database.certificate(tmp_path, 'a,IP:0.0.0.0')
