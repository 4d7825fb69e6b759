"""How pgvigil proves who it is to real servers, and makes them prove who they are; and what heals by itself."""

import json
import socket
import subprocess
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from database_tls import Authority
from machine import wait_until
from pgvigil import EVERY_SECOND, Daemon, monitored, run
from postgres import SERVER_USER, server_directory

HBA = """
hostssl all certified,other 127.0.0.1/32 cert
host    all all             127.0.0.1/32 scram-sha-256
"""
FIRST, SECOND = 'the first password', "the second: pa'ss\\w@rd"

PLANTED = """
    CREATE SCHEMA audit; GRANT USAGE ON SCHEMA audit TO public;
    CREATE FUNCTION audit.server_stopping() RETURNS boolean LANGUAGE plpgsql
        AS $$ BEGIN RAISE LOG 'the planted one ran as %', current_user; RETURN true; END $$
"""


@pytest.fixture(scope='module')
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp('authority'))


@pytest.fixture(scope='module')
def tls(authority):
    """The directory of the server's certificate and key, which its user can read: pytest's own is closed to it."""
    with tempfile.TemporaryDirectory(prefix='pgvigil-tls-') as directory:
        Path(directory).chmod(0o711)
        root = server_directory(Path(directory, 'server'))
        authority.issue(root / 'tls.crt', root / 'tls.key', 'localhost')
        yield root


@pytest.fixture(scope='module')
def server(authority, tls):
    tls.joinpath('ca.crt').write_bytes(authority.certificate.read_bytes())
    with monitored(14, tls=tls, hba=HBA, settings={'ssl_ca_file': tls / 'ca.crt'}) as server:
        server.sql('CREATE ROLE certified LOGIN IN ROLE pg_monitor; CREATE ROLE other LOGIN IN ROLE pg_monitor')
        server.sql(f'ALTER ROLE pgvigil PASSWORD {quoted(FIRST)}')
        yield server


@pytest.fixture
def passfile(tmp_path):
    file = tmp_path / 'passfile'
    file.touch(0o600)
    file.write_text(f'*:*:*:pgvigil:{FIRST}\n')
    return file


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def dsn(server, passfile=None, user='pgvigil', **more):
    """Of the server, by name over TLS; what it resolves to is given, so that no other machine is asked."""
    parts = {'host': 'localhost', 'hostaddr': '127.0.0.1', 'port': server.port, 'dbname': 'postgres', 'user': user,
             **({'passfile': passfile} if passfile else {}), **more}
    return ' '.join(f'{key}={value}' for key, value in parts.items())


def login(dsn, **env):
    """'' if pgvigil can log in, else what it says."""
    done = run('explain', 'postmaster', '--json', '--dsn', dsn, env=env)
    if done.returncode == 0:
        assert [collector['outcome'] for collector in json.loads(done.stdout)] == ['ok']
    return done.stderr


def is_down(daemon, *reasons):
    """Waits until pgvigil says that the server is down for one of these reasons: a session is lost before one is refused."""
    def said():
        server = daemon.status()['server']
        return not server['up'] and any(reason in server['reason'] for reason in reasons)
    try:
        wait_until(said)
    except TimeoutError:
        raise AssertionError(daemon.status()['server']) from None


def polls(daemon):
    return daemon.value('pg_exporter_scrapes_total')


def heals(daemon, mend):
    """Mends what is wrong; pgvigil is up again within two polls of its own, and says that it is."""
    before = polls(daemon)
    mend()
    daemon.wait_until_up(1, timeout=30)
    assert polls(daemon) - before <= 3, 'the one under way, and two'


def test_a_server_is_believed_with_the_right_authority_and_name_only(server, authority, passfile, tmp_path):
    full = {'sslmode': 'verify-full', 'sslrootcert': authority.certificate}
    assert login(dsn(server, passfile, **full)) == ''
    assert 'does not match host name "elsewhere"' in login(dsn(server, passfile, **full, host='elsewhere'))
    stranger = Authority(tmp_path, 'stranger')
    assert 'certificate verify failed' in login(dsn(server, passfile, **{**full, 'sslrootcert': stranger.certificate}))
    missing = login(dsn(server, passfile, **{**full, 'sslrootcert': '/nowhere/ca.crt'}))
    assert 'root certificate file "/nowhere/ca.crt" does not exist (Either provide the file' in missing


def test_a_certificate_is_as_good_as_a_password(server, authority, tmp_path):
    certificate, key = tmp_path / 'client.crt', tmp_path / 'client.key'
    authority.issue(certificate, key, 'certified')
    files = {'user': 'certified', 'sslcert': certificate, 'sslkey': key}
    assert login(dsn(server, sslmode='require', **files)) == ''
    assert 'certificate authentication failed for user "other"' in login(dsn(server, sslmode='require',
                                                                             **{**files, 'user': 'other'}))
    assert 'requires a valid client certificate' in login(dsn(server, user='certified', sslmode='require'))
    Authority(tmp_path, 'stranger').issue(certificate, key, 'certified')
    assert 'unknown ca' in login(dsn(server, sslmode='require', **files))


def test_channel_binding_is_had_or_refused(server, passfile):
    assert login(dsn(server, passfile, channel_binding='require', sslmode='require')) == ''
    assert 'channel binding required, but SSL not in use' in login(
        dsn(server, passfile, channel_binding='require', sslmode='disable'))


def test_a_service_and_a_passfile_are_read(server, passfile, tmp_path):
    services = tmp_path / 'services'
    services.write_text(f'[bills]\nhost=127.0.0.1\nport={server.port}\ndbname=postgres\nuser=pgvigil\n')
    env = {'PGSERVICEFILE': str(services), 'PGPASSFILE': str(passfile)}
    assert login('service=bills', **env) == ''
    assert 'definition of service "water" not found' in login('service=water', **env)
    assert 'no password supplied' in login('service=bills', **{**env, 'PGPASSFILE': '/nowhere'})


def rotate(server, password):
    """A new password; the sessions that the old one has opened end, as they do when a server is restarted."""
    server.sql(f"ALTER ROLE pgvigil PASSWORD {quoted(password)}; "
               "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'pgvigil'")




@pytest.mark.parametrize('way', ['PGPASSFILE', 'DATA_SOURCE_PASS_FILE', 'password_file'])
def test_a_password_that_changes_under_way_is_read_anew(server, passfile, way):
    def write(password):
        escaped = password.replace('\\', '\\\\').replace(':', '\\:')
        passfile.write_text(f'*:*:*:pgvigil:{escaped}\n' if way == 'PGPASSFILE' else f'{password}\n')
    write(FIRST)
    rotate(server, FIRST)
    arguments = {'env': {way: str(passfile)}}
    if way == 'password_file':
        arguments = {'config': f'{EVERY_SECOND}\npassword_file: {passfile}\n'}
    if way == 'DATA_SOURCE_PASS_FILE':
        arguments['env'] |= {'DATA_SOURCE_URI': f'127.0.0.1:{server.port}/postgres', 'DATA_SOURCE_USER': 'pgvigil'}
    else:
        arguments['args'] = ['--dsn', dsn(server)]
    with Daemon(*arguments.pop('args', []), **arguments) as daemon:
        daemon.wait_until_up(1)
        rotate(server, SECOND)
        is_down(daemon, 'password authentication failed for user "pgvigil"')
        heals(daemon, lambda: write(SECOND))


def test_a_password_file_that_is_gone_is_named(server):
    done = run('explain', 'postmaster', '--dsn', dsn(server), config='password_file: /nowhere/password\n')
    assert (done.returncode, done.stderr) == (1, 'pgvigil: cannot read the password file /nowhere/password\n')


def test_a_certificate_that_has_expired_and_is_replaced(server, authority, tls, passfile):
    rotate(server, FIRST)
    full = dsn(server, passfile, sslmode='verify-full', sslrootcert=authority.certificate)
    with Daemon('--dsn', full) as daemon:
        daemon.wait_until_up()
        renew(server, authority, tls, days=-1)
        is_down(daemon, 'certificate verify failed')
        heals(daemon, lambda: renew(server, authority, tls, days=2))


def renew(server, authority, tls, days):
    """Another certificate, which the server uses from the next session on; ours are ended."""
    authority.issue(tls / 'tls.crt', tls / 'tls.key', 'localhost', days)
    if SERVER_USER:
        subprocess.run(['chown', SERVER_USER, tls / 'tls.key'], check=True)
    server.reload()
    server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'pgvigil'")


def test_a_role_that_is_dropped_and_made_again(server, passfile):
    rotate(server, FIRST)
    with Daemon('--dsn', dsn(server, passfile)) as daemon:
        daemon.wait_until_up()
        server.sql('DROP ROLE pgvigil; '
                   "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' "
                   "AND application_name = 'pgvigil'")
        is_down(daemon, 'password authentication failed')
        heals(daemon, lambda: server.sql(f'CREATE ROLE pgvigil LOGIN PASSWORD {quoted(FIRST)} IN ROLE pg_monitor'))


def read_only(server, on):
    server.sql(f'ALTER SYSTEM SET default_transaction_read_only = {on}')
    server.reload()


def test_of_several_hosts_the_one_that_takes_writes_is_watched_and_a_failover_followed():
    with monitored(14) as first, monitored(14) as second:
        read_only(second, 'on')
        hosts = (f'host=127.0.0.1,127.0.0.1 port={second.port},{first.port} dbname=postgres user=pgvigil '
                 'target_session_attrs=read-write')
        with Daemon('--dsn', hosts) as daemon:
            assert daemon.value('pg_settings_port') == first.port
            first.stop()
            is_down(daemon, 'session is read-only', 'refused')
            heals(daemon, lambda: read_only(second, 'off'))
            daemon.wait_until(lambda page: page.get('pg_settings_port') == {(): second.port})


def test_a_host_that_never_answers_leaves_time_for_the_next(server, passfile):
    with closing(socket.create_server(('127.0.0.1', 0))) as silent:
        hosts = dsn(server, passfile, host='silent,localhost', hostaddr='127.0.0.1,127.0.0.1',
                    port=f'{silent.getsockname()[1]},{server.port}', connect_timeout=1)
        assert login(hosts) == ''
        alone = login(dsn(server, passfile, host='silent', port=silent.getsockname()[1], connect_timeout=1))
        assert 'did not complete the connection in time' in alone


def test_a_function_that_a_user_planted_is_not_called():
    with monitored(14) as server:
        server.sql('CREATE ROLE planter LOGIN; GRANT CREATE ON DATABASE postgres TO planter')
        with closing(server.connect(user='planter')) as planter:
            planter.cursor().execute(PLANTED)
        with Daemon('--dsn', server.dsn(user='pgvigil'), bare=True) as daemon:
            daemon.wait_for_polls(2)
            assert daemon.value('pg_up') == 1
        assert 'the planted one ran' not in server.log.read_text()
        server.sql('ALTER FUNCTION audit.server_stopping() OWNER TO postgres')
        with Daemon('--dsn', server.dsn(user='pgvigil'), bare=True) as daemon:
            daemon.wait_until_up(0)
        assert 'the planted one ran as pgvigil' in server.log.read_text()
