"""pgvigil doctor: for each fault that it can name, the SQL that it prints, pasted into psql as it stands, mends it."""

import json
import os
import re
import subprocess
import tempfile
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import database
import pytest
from machine import free_port
from pgbouncer import Pgbouncer
from pgvigil import ROOT, run
from postgres import TRUST, Postgres

HEALTHY = {'track_io_timing': True, 'reserved_connections': 2}
ROLE = """
    CREATE ROLE pgvigil LOGIN CONNECTION LIMIT 5;
    GRANT pg_monitor TO pgvigil;
    ALTER ROLE pgvigil SET pg_stat_statements.track = 'none';
    CREATE EXTENSION pg_stat_statements;
"""
PASSWORD = 'planted-비밀'
SQL = '    by psql, as a superuser:'

# What is done to a healthy server, one statement a line (`restart`: the server is), the check that finds it, and a part
# of what it says. Names are ones that SQL must quote.
RELOAD = 'SELECT pg_reload_conf()'
NO_RIGHTS = 'REVOKE pg_monitor, pg_read_all_stats, pg_read_all_settings FROM pgvigil'
FAULTS = {
    'no rights': (NO_RIGHTS, 'privileges', 'without what they do'),
    'a right that pg_monitor gives': ('', 'collectors', 'xmin_horizon: role pgvigil sees its own sessions'),
    'the paths of mounts': ('', 'mounts', 'may not see data_directory'),
    'statistics only': (f'{NO_RIGHTS}\nGRANT pg_read_all_stats TO pgvigil', 'privileges', 'data_directory'),
    'settings only': (f'{NO_RIGHTS}\nGRANT pg_read_all_settings TO pgvigil', 'privileges', 'without what they do'),
    'nothing inherited': ('ALTER ROLE pgvigil NOINHERIT', 'privileges', 'without what they do'),
    'nothing inherited since 16': ('GRANT pg_monitor TO pgvigil WITH INHERIT FALSE', 'privileges', 'without what'),
    'a function': ('REVOKE EXECUTE ON FUNCTION pg_ls_waldir() FROM pg_monitor', 'collectors', 'wal: permission denied'),
    'a superuser': ('ALTER ROLE pgvigil SUPERUSER', 'attributes', 'more than monitoring needs'),
    'attributes': ('ALTER ROLE pgvigil CREATEDB CREATEROLE REPLICATION BYPASSRLS', 'attributes', 'may do more'),
    'two sessions': ('ALTER ROLE pgvigil CONNECTION LIMIT 2', 'role limit', 'may have 2 sessions'),
    'any number of sessions': ('ALTER ROLE pgvigil CONNECTION LIMIT -1', 'role limit', 'any number'),
    'fifty sessions': ('ALTER ROLE pgvigil CONNECTION LIMIT 50', 'role limit', '50 sessions'),
    'a closed database': ('CREATE DATABASE "요금 ""조회"\nREVOKE CONNECT ON DATABASE "요금 ""조회" FROM PUBLIC',
                          'databases', '요금 "조회'),
    'sequences': ('CREATE SCHEMA "Größe"\nCREATE TABLE "Größe".t (id serial)\nCREATE TABLE bill (id serial)',
                  'sequences', '2 sequences'),
    'no library': ("ALTER SYSTEM SET shared_preload_libraries = 'auto_explain'\nrestart", 'preload', 'not loaded'),
    'no extension': ('DROP EXTENSION pg_stat_statements', 'extension', 'not created in database postgres'),
    'an old extension': ("DROP EXTENSION pg_stat_statements\nCREATE EXTENSION pg_stat_statements VERSION '1.7'",
                         'extension', 'is 1.7'),
    'no query ids': (f'ALTER SYSTEM SET compute_query_id = off\n{RELOAD}', 'query ids', 'is off'),
    'own statements': ('ALTER ROLE pgvigil RESET pg_stat_statements.track', 'own statements', 'count in the mean'),
    'own statements here': ("ALTER ROLE pgvigil IN DATABASE postgres SET pg_stat_statements.track = 'top'",
                            'own statements', 'count in the mean'),
    'no I/O times': (f'ALTER SYSTEM SET track_io_timing = off\n{RELOAD}', 'tracking', 'times of reading'),
    'no counts': (f'ALTER SYSTEM SET track_counts = off\n{RELOAD}', 'tracking', 'stand still'),
    'no activities': (f'ALTER SYSTEM SET track_activities = off\n{RELOAD}', 'tracking', 'states of'),
    'nothing reserved': ('GRANT pg_use_reserved_connections TO pgvigil\nALTER SYSTEM SET reserved_connections = 0\n'
                         'restart', 'connections', 'none is kept'),
    'reserved for others': ('REVOKE pg_use_reserved_connections FROM pgvigil', 'connections', 'none is kept'),
}
EVERYWHERE = ['no rights', 'a right that pg_monitor gives', 'the paths of mounts', 'attributes', 'two sessions',
              'a closed database', 'sequences', 'an old extension', 'own statements']
CASES = [
    (14, EVERYWHERE),
    (14, ['statistics only', 'any number of sessions', 'no extension', 'no I/O times', 'no counts', 'no query ids']),
    (14, ['settings only', 'fifty sessions', 'own statements here', 'no activities']),
    (14, ['nothing inherited']),
    (14, ['a superuser']),
    (14, ['a function', 'no library']),
    (13, EVERYWHERE),
    (13, ['no library']),
    (16, ['nothing reserved', 'nothing inherited since 16']),
    (18, EVERYWHERE),
    (18, ['reserved for others', 'nothing inherited since 16', 'no I/O times']),
    (18, ['nothing reserved', 'no library']),
]


@contextmanager
def healthy(version, **options):
    settings = {name: value for name, value in HEALTHY.items() if version >= 16 or name != 'reserved_connections'}
    with Postgres(version, **{'settings': settings, **options}) as server:
        server.sql(ROLE)
        if version >= 16:
            server.sql('GRANT pg_use_reserved_connections TO pgvigil')
        yield server


@pytest.fixture(scope='module')
def servers():
    """version → a healthy server, which every test leaves healthy."""
    with ExitStack() as ends:
        made = {}
        yield lambda version: made.get(version) or made.setdefault(version, ends.enter_context(healthy(version)))


@pytest.fixture(scope='module')
def server(servers):
    return servers(14)


def doctor(server, *args, dsn=None, **options):
    done = run('doctor', *args, '--dsn', dsn or server.dsn(user='pgvigil'), **options)
    assert PASSWORD not in done.stdout + done.stderr
    return done


def verdicts(done):
    """[(check, status, message, the lines of SQL)] of what it printed."""
    found = []
    part = None
    for line in done.stdout.partition('\n\n')[0].splitlines():
        if not line.startswith(' '):
            status, rest = line.split(maxsplit=1)
            found.append((rest[:15].strip(), status, rest[16:], []))
        elif not line.startswith('      '):
            part = line
        elif part == SQL:
            found[-1][3].append(line[6:])
    return found


def lost(done):
    return [verdict for verdict in verdicts(done) if verdict[1] != 'ok']


def psql(server, text):
    dsn = server.dsn(host=server.socket_dir)
    done = subprocess.run(['psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-d', dsn], input=text, capture_output=True,
                          text=True, timeout=60, check=False, start_new_session=True,
                          env={**os.environ, 'PGCLIENTENCODING': 'UTF8'})
    assert done.returncode == 0, (text, done.stderr)


def paste(server, lines):
    """As a person would: all lines, then what the comment asks for."""
    psql(server, '\n'.join(lines) + '\n')
    if any('restart PostgreSQL' in line for line in lines):
        server.restart()
    elif any('pg_reload_conf' in line for line in lines):
        server.reload()


def paste_all(server, done):
    for _, _, message, lines in lost(done):
        assert lines, message
        paste(server, lines)


def spoil(server, statements):
    for statement in filter(None, statements.splitlines()):
        if statement == 'restart':
            server.restart()
        else:
            server.sql(statement)
        if 'pg_reload_conf' in statement:
            server.reload()


def sound(done):
    assert (done.returncode, done.stderr, lost(done)) == (0, '', [])
    assert re.search(r'^all \d+ checks are ok$', done.stdout, re.M)


def named(done, check, says):
    """The one verdict of that check which says that; its SQL."""
    found = [verdict for verdict in verdicts(done) if verdict[0] == check and says in verdict[2]]
    assert len(found) == 1 and found[0][1] != 'ok', done.stdout
    return found[0][3]


@pytest.mark.parametrize('version, names', CASES, ids=[f'{version}: {", ".join(names)}' for version, names in CASES])
def test_the_sql_that_it_prints_mends_each_fault(servers, version, names):
    server = servers(version)
    for name in names:
        spoil(server, FAULTS[name][0])
    done = doctor(server)
    assert (done.returncode, done.stderr) == (1, '')
    for name in names:
        assert named(done, *FAULTS[name][1:])
    for _ in range(3):  # some cannot be seen before others are mended
        if lost(done):
            paste_all(server, done)
            done = doctor(server)
    sound(done)


def test_sequences_that_are_made_later_can_be_read_too(server):
    server.sql('CREATE SCHEMA later; CREATE SEQUENCE later.first')
    paste(server, named(doctor(server), 'sequences', '1 sequence '))
    server.sql('CREATE SEQUENCE later.second')
    sound(doctor(server))


def test_statements_that_are_thrown_away_get_room(server):
    server.sql('ALTER SYSTEM SET pg_stat_statements.max = 100')
    server.restart()
    for columns in range(1, 130):
        server.sql('SELECT ' + ', '.join(['1'] * columns))
    paste(server, named(doctor(server), 'evictions', 'of 100 entries'))
    assert server.sql('SHOW pg_stat_statements.max') == [('200',)]
    sound(doctor(server))
    server.sql('ALTER SYSTEM RESET pg_stat_statements.max')
    server.restart()


def test_the_servers_own_superuser_is_told_to_make_a_role(server):
    server.sql('DROP OWNED BY pgvigil; DROP ROLE pgvigil')
    lines = named(doctor(server, dsn=server.dsn(user='postgres')), 'attributes', 'superuser')
    paste(server, lines)
    paste_all(server, doctor(server))  # what a superuser might read
    sound(doctor(server))


def test_a_collector_of_the_users_gets_the_rights_that_it_lacks_and_no_other(server):
    server.sql('CREATE SCHEMA "요금"; CREATE TABLE "요금"."큰 표" (n int); CREATE TABLE "요금".other (n int)')
    collector = ('collectors:\n  big:\n    query: SELECT count(*) AS n FROM "요금"."큰 표"\n'
                 '    metrics: {n: {gauge: big_rows, help: Rows.}}\n')
    with tempfile.NamedTemporaryFile('w', suffix='.yml', encoding='utf-8') as file:
        file.write(collector)
        file.flush()
        done = doctor(server, f'--collectors.file={file.name}')
        lines = named(done, 'collectors', 'big')
        assert lines == ['\\connect "postgres"', 'GRANT USAGE ON SCHEMA "요금" TO pgvigil;',
                         'GRANT SELECT ON "요금"."큰 표" TO pgvigil;']
        paste(server, lines)
        assert lost(doctor(server, f'--collectors.file={file.name}')) == []


def test_the_roles_own_limits_do_not_cut_a_slow_statement(servers, tmp_path):
    server = servers(18)
    server.sql("ALTER ROLE pgvigil SET transaction_timeout = '1s'; ALTER ROLE pgvigil SET statement_timeout = '1s'")
    file = tmp_path / 'collectors.yml'
    file.write_text('collectors:\n  slow:\n    query: SELECT 1 AS n FROM pg_sleep(1.5)\n'
                    '    metrics: {n: {gauge: slow_rows, help: Rows.}}\n')
    assert lost(doctor(server, f'--collectors.file={file}')) == []


# Where there is no session


@pytest.fixture(scope='module')
def guarded(tmp_path_factory):
    """A server that lets role pgvigil in over TLS with a password, and nobody else."""
    with tempfile.TemporaryDirectory(prefix='pgvigil-tls-', dir='/tmp') as directory:
        Path(directory).chmod(0o711)  # the server's user goes through it
        tls = database.certificate(Path(directory), 'localhost')
        hba = 'hostssl all pgvigil 127.0.0.1/32 scram-sha-256\nhostssl all stranger 0.0.0.0/32 trust\n'
        with healthy(14, hba=hba, tls=tls) as server:
            server.sql("SET password_encryption = 'scram-sha-256'; ALTER ROLE pgvigil PASSWORD %s", [PASSWORD])
            server.sql('CREATE ROLE stranger LOGIN')
            server.ca = tls / 'ca.crt'
            yield server


def refused(server, says, more='', **dsn):
    """The verdict of a doctor who got no session."""
    done = doctor(server, dsn=f'{server.dsn(**{"user": "pgvigil", **dsn})} {more}')
    assert (done.returncode, done.stderr) == (3, '')
    found = [verdict for verdict in verdicts(done) if verdict[:2] == ('connection', 'failed')]
    assert len(found) == 1 and says in found[0][2], done.stdout
    return done


@pytest.mark.parametrize('says, more', [
    ('wrong password for role pgvigil', 'password=guessed'),
    ('wants a password for role pgvigil, and there is none', 'sslmode=require'),
    ('lets no plain text in, and the dsn says sslmode=disable', f'password={PASSWORD} sslmode=disable'),
    ('there is no database absent', f'password={PASSWORD} dbname=absent'),
    ('no entry that lets role stranger into database postgres', 'user=stranger'),
    ("certificate is not trusted", f'password={PASSWORD} sslmode=verify-full sslrootcert={ROOT / "README.md"}'),
    ('the server cannot be reached', f'port={free_port()}'),
    ('no server listens at this socket', 'host=/nowhere'),
])
def test_it_says_why_there_is_no_session(guarded, says, more):
    refused(guarded, says, more)


def test_it_says_so_when_the_server_is_silent(guarded):
    guarded.sigstop()
    try:
        refused(guarded, 'no answer in time', 'connect_timeout=2')
    finally:
        guarded.sigcont()


def test_a_line_for_pg_hba_is_right_as_it_stands(guarded):
    done = refused(guarded, 'no entry', user='stranger')
    line = next(line for line in done.stdout.splitlines() if 'hostssl' in line)
    with open(guarded.data / 'pg_hba.conf', 'a', encoding='utf-8') as hba:
        hba.write(line.replace('scram-sha-256', 'trust') + '\n')  # he has no password
    guarded.reload()
    assert doctor(guarded, dsn=guarded.dsn(user='stranger')).returncode == 1


def test_a_password_is_set_again_by_the_line_that_it_prints(guarded):
    lines = verdicts(refused(guarded, 'wrong password', 'password=guessed'))[0][3]
    psql(guarded, f'{lines[0]}\n{PASSWORD}\n{PASSWORD}\n')
    assert lost(doctor(guarded, dsn=f'{guarded.dsn(user="pgvigil")} passfile={passfile(guarded)}')) == []


def test_a_password_on_the_command_line_is_everybodys(guarded):
    found = named(doctor(guarded, dsn=f'{guarded.dsn(user="pgvigil")} password={PASSWORD}'), 'password', 'lists processes')
    assert found == []


def test_the_session_tells_of_its_tls(guarded):
    dsn = f'{guarded.dsn(user="pgvigil")} passfile={passfile(guarded)} sslmode=verify-full sslrootcert={guarded.ca}'
    tls = [verdict for verdict in verdicts(doctor(guarded, dsn=dsn)) if verdict[0] == 'tls']
    assert tls[0][1] == 'ok' and re.match(r'TLSv1\.[23], \S+, sslmode=verify-full$', tls[0][2])


def passfile(server):
    file = server.data.parent / 'passfile'
    file.touch(0o600)
    file.write_text(f'*:*:*:*:{PASSWORD}\n', encoding='utf-8')
    return file


@pytest.mark.parametrize('fault, says', [
    ('DROP OWNED BY pgvigil; DROP ROLE pgvigil', 'does not exist, may not log in'),
    ('ALTER ROLE pgvigil NOLOGIN', 'does not exist, may not log in'),
    ('REVOKE CONNECT ON DATABASE postgres FROM PUBLIC', 'may not enter database postgres'),
    ('ALTER ROLE pgvigil CONNECTION LIMIT 0', 'has used up its own connections'),
    ('ALTER DATABASE postgres CONNECTION LIMIT 0', 'the database has used up'),
])
def test_the_sql_that_it_prints_lets_it_in(server, fault, says):
    server.sql(fault)
    paste(server, verdicts(refused(server, says))[0][3])
    paste_all(server, doctor(server))
    sound(doctor(server))


def test_a_server_without_tls_gets_it(guarded):
    guarded.sql('ALTER SYSTEM SET ssl = off')
    guarded.reload()
    paste(guarded, verdicts(refused(guarded, 'the server has none', 'sslmode=require'))[0][3])
    assert lost(doctor(guarded, dsn=f'{guarded.dsn(user="pgvigil")} passfile={passfile(guarded)}')) == []


def test_it_gets_in_beside_applications_that_have_used_up_all_connections():
    settings = {**HEALTHY, 'max_connections': 8, 'reserved_connections': 0, 'superuser_reserved_connections': 3}
    with healthy(18, settings=settings) as server:
        server.sql('CREATE ROLE application LOGIN; REVOKE pg_use_reserved_connections FROM pgvigil')
        with used_up(server, 5):
            lines = verdicts(refused(server, 'all connections are used up'))[0][3]
        paste(server, lines)
        with used_up(server, 2):
            done = doctor(server)
            assert named(done, 'connections', '0 of 2 connections are free') == []
            assert [verdict[0] for verdict in lost(done)] == ['connections']


@contextmanager
def used_up(server, count):
    with ExitStack() as ends:
        for _ in range(count):
            ends.enter_context(closing(server.connect(user='application')))
        yield


# Set-ups


def test_the_shipped_database_wants_nothing(tmp_path):
    secret = tmp_path / 'password'
    secret.write_text(PASSWORD + '\n', encoding='utf-8')
    with tempfile.TemporaryDirectory(prefix='pgvigil-tls-', dir='/tmp') as directory:
        Path(directory).chmod(0o711)
        tls = database.certificate(Path(directory), 'localhost')
        hba = (database.SCRIPTS / 'pg_hba.conf').read_text(encoding='utf-8')
        with Postgres(14, conf=database.SCRIPTS / 'postgresql.conf', tls=tls, hba=hba) as server:
            database.create(server)
            database.run(server, 'passwords', f'pgvigil={secret}')
            uri = f'127.0.0.1:{server.port}/{database.NAME}?sslmode=verify-full&sslrootcert={tls / "ca.crt"}'
            done = run('doctor', f'--collectors.file={database.SCRIPTS / "collectors.yml"}',
                       env={'DATA_SOURCE_URI': uri, 'DATA_SOURCE_USER': 'pgvigil', 'DATA_SOURCE_PASS_FILE': str(secret)})
            assert (done.returncode, done.stderr, lost(done)) == (0, '', [])
            assert PASSWORD not in done.stdout


def test_what_a_pooler_hides_is_found_by_sql():
    with healthy(18) as server:
        server.sql("ALTER ROLE pgvigil RENAME TO shared; ALTER ROLE shared SET transaction_timeout = '2s'")
        server.sql('CREATE DATABASE bills')
        server.sql('CREATE EXTENSION pg_stat_statements', dbname='bills')
        with Pgbouncer(server) as pooler:
            done = doctor(server, dsn=pooler.dsn)
            assert [verdict[0] for verdict in lost(done)] == ['pooler', 'timeouts', 'container', 'mounts', 'shutdown']
            for check in ('timeouts', 'container', 'shutdown'):
                paste(server, named(done, check, ''))
        with Pgbouncer(server) as pooler:  # whose sessions know of the role's settings
            assert [verdict[0] for verdict in lost(doctor(server, dsn=pooler.dsn))] == ['pooler', 'mounts']


def test_json_says_the_same(server):
    server.sql('ALTER ROLE pgvigil CONNECTION LIMIT 2')
    text, found = doctor(server), json.loads(doctor(server, '--json').stdout)
    assert [(one['check'], one['status']) for one in found] == [verdict[:2] for verdict in verdicts(text)]
    limit = next(one for one in found if one['check'] == 'role limit')
    assert (limit['status'], limit['remedy']) == ('missing', {'sql': 'ALTER ROLE "pgvigil" CONNECTION LIMIT 5;'})
    assert next(one for one in found if one['check'] == 'clock')['remedy'] is None
    server.sql('ALTER ROLE pgvigil CONNECTION LIMIT 5')


def test_a_configuration_that_cannot_be_read_is_not_its_business(server):
    done = doctor(server, config='nonsense: 1\n')
    assert (done.returncode, done.stdout) == (2, '')


def test_a_database_that_does_not_exist_is_named(server):
    found = named(doctor(server, config='databases: {include: [postgres, 없는것]}\n'), 'databases', '없는것')
    assert found == []


def test_one_of_several_targets_is_chosen_by_name(server):
    config = f'targets: {{14: {{dsn: "{server.dsn(user="pgvigil")}"}}, absent: {{dsn: "host=/nowhere"}}}}\n'
    sound(run('doctor', '--target=14', config=config))
    assert run('doctor', '--target=absent', config=config).returncode == 3
