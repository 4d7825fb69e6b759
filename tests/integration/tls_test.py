"""The server's certificate as the daemon sees it in its own sessions, against what openssl says of the file."""

import os
import subprocess

import pytest
from database_tls import Authority
from pgvigil import EVERY_SECOND, Daemon, monitored

EXPIRY = 'pg_tls_server_certificate_not_after_timestamp_seconds'


def end_of(certificate):
    """notAfter as seconds of the epoch, by openssl."""
    done = subprocess.run(['openssl', 'x509', '-in', certificate, '-noout', '-enddate'],
                          capture_output=True, text=True, check=True)
    text = done.stdout.strip().partition('=')[2]
    return subprocess.run(['date', '-u', '-d', text, '+%s'], capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture(scope='module')
def directory(tmp_path_factory):
    made = tmp_path_factory.mktemp('tls')
    for path in (made, *made.parents[:2]):
        path.chmod(0o755)
    return made


@pytest.mark.parametrize('version', [13, 18])
def test_the_expiry_is_the_files_also_after_another_is_loaded(directory, version):
    authority = Authority(directory)
    authority.issue(directory / 'tls.crt', directory / 'tls.key', 'db', days=2)
    with monitored(version, tls=directory) as server:
        dsn = server.dsn(user='pgvigil') + ' sslmode=require'
        with Daemon('--dsn', dsn, config=EVERY_SECOND) as daemon:
            page = daemon.metrics()
            assert page[EXPIRY] == {(): float(end_of(directory / 'tls.crt'))}
            (labels, value), = page['pg_tls_info'].items()
            assert (dict(labels)['version'], value) == ('TLSv1.3', 1)
            assert dict(labels)['cipher'].startswith('TLS_AES_')

            owner = (directory / 'tls.key').stat()
            authority.issue(directory / 'tls.crt', directory / 'tls.key', 'db', days=90)
            os.chown(directory / 'tls.key', owner.st_uid, owner.st_gid)
            server.reload()
            renewed = float(end_of(directory / 'tls.crt'))
            assert renewed != page[EXPIRY][()]
            daemon.wait_until(lambda page: page[EXPIRY] == {(): renewed}, 30, 'the new certificate')
            assert daemon.metrics()['pg_up'] == {(): 1}


def test_a_session_in_plain_text_has_no_sample():
    with monitored(14) as server, Daemon('--dsn', server.dsn(user='pgvigil'), config=EVERY_SECOND) as daemon:
        page = daemon.metrics()
        assert EXPIRY not in page and 'pg_tls_info' not in page
        assert page['pg_scrape_collector_success'][(('collector', 'tls'),)] == 1
