"""A password is planted wherever one can be given, and looked for wherever pgvigil says anything."""

import json
import subprocess
from pathlib import Path
from urllib.parse import quote

import pytest
from pgvigil import BINARY, EVERY_SECOND, Daemon, monitored, run

# Nothing else has these two pieces; between them is what each way of writing a password escapes.
PIECES = ['Kx7qPlanted', 'Wz9vPlanted']
PASSWORD = f'{PIECES[0]}@/:% \'"\\&=?#{PIECES[1]}'
ENCODED = quote(PASSWORD, safe='')
QUOTED = "'" + PASSWORD.replace('\\', '\\\\').replace("'", "\\'") + "'"  # as keyword=value has it
HBA = 'host all all 127.0.0.1/32 scram-sha-256\n'
DEBUG = EVERY_SECOND + '\nlog: {level: debug}\n'


@pytest.fixture(scope='module')
def server():
    with monitored(14, hba=HBA) as server:
        server.sql('ALTER ROLE pgvigil PASSWORD %s', [PASSWORD])
        yield server


def clean(text):
    """That no piece of the password is in the text, however long it is."""
    found = [piece for piece in PIECES if piece in text]
    assert not found, text[max(text.index(found[0]) - 300, 0):text.index(found[0]) + 100]
    return True


def keywords(port, password=QUOTED):
    return f'host=127.0.0.1 port={port} dbname=postgres user=pgvigil password={password}'


def uri(port, password=ENCODED):
    return f'postgresql://pgvigil:{password}@127.0.0.1:{port}/postgres'


def ways(port, tmp_path):
    """Every way to give the password: (arguments, environment, text of the configuration)."""
    passfile, file = tmp_path / 'passfile', tmp_path / 'password'
    passfile.touch(0o600)
    escaped = PASSWORD.replace('\\', '\\\\').replace(':', '\\:')
    passfile.write_text(f'*:*:*:*:{escaped}\n')
    file.write_text(PASSWORD)
    without = f'host=127.0.0.1 port={port} dbname=postgres user=pgvigil'
    source = {'DATA_SOURCE_URI': f'127.0.0.1:{port}/postgres', 'DATA_SOURCE_USER': 'pgvigil'}
    return {
        '--dsn, keywords': (['--dsn', keywords(port)], {}, ''),
        '--dsn, URI': ([f'--dsn={uri(port)}'], {}, ''),
        'dsn, keywords': ([], {}, f'dsn: {json.dumps(keywords(port))}\n'),
        'dsn, URI': ([], {}, f'dsn: {json.dumps(uri(port))}\n'),
        'password_file': ([], {}, f'dsn: {json.dumps(without)}\npassword_file: {file}\n'),
        'PGPASSWORD': (['--dsn', without], {'PGPASSWORD': PASSWORD}, ''),
        'PGPASSFILE': (['--dsn', without], {'PGPASSFILE': str(passfile)}, ''),
        'DATA_SOURCE_NAME': ([], {'DATA_SOURCE_NAME': uri(port)}, ''),
        'DATA_SOURCE_PASS': ([], {**source, 'DATA_SOURCE_PASS': PASSWORD}, ''),
        'DATA_SOURCE_PASS_FILE': ([], {**source, 'DATA_SOURCE_PASS_FILE': str(file)}, ''),
    }


def everything_said(daemon):
    return [daemon.log, Path(f'/proc/{daemon.process.pid}/cmdline').read_text(),
            *(daemon.get(page).text for page in ['/', '/metrics', '/api/v1/status', '/-/ready'])]


def test_whoever_is_given_the_password_uses_it_and_says_nothing(server, tmp_path):
    for way, (arguments, environment, config) in ways(server.port, tmp_path).items():
        with Daemon(*arguments, env=environment, config=DEBUG + config) as daemon:
            assert daemon.value('pg_up') == 1, way
            assert all(map(clean, everything_said(daemon)))


def test_a_failed_login_does_not_say_it_either(server, tmp_path):
    server.sql("ALTER ROLE pgvigil PASSWORD 'another'")
    for arguments, environment, config in ways(server.port, tmp_path).values():
        done = run('explain', 'postmaster', *arguments, env=environment, config=config)
        assert (done.returncode, done.stdout) == (1, '')
        assert 'password authentication failed for user "pgvigil"' in done.stderr and clean(done.stderr)
    with Daemon('--dsn', uri(server.port), config=DEBUG) as daemon:
        daemon.wait_for_polls(1)
        assert 'password authentication failed' in daemon.status()['server']['reason']
        assert all(map(clean, everything_said(daemon)))
    done = run('check', '--window=1s', '--dsn', keywords(server.port))
    assert done.returncode == 3 and clean(done.stdout + done.stderr)
    server.sql('ALTER ROLE pgvigil PASSWORD %s', [PASSWORD])


# What fingers and templates make of a connection string. Each has the password, or a piece of it, somewhere.
SLIPS = [
    f'postgresql://pgvigil:{PIECES[0]}@{PIECES[1]}@127.0.0.1/postgres',  # not encoded
    f'postgresql://pgvigil:{PIECES[0]}/{PIECES[1]}@127.0.0.1/postgres',
    f'postgresql://pgvigil:12/{PIECES[1]}@127.0.0.1/postgres',
    f'postgresql://pgvigil:{PIECES[0]}%zz{PIECES[1]}@127.0.0.1/postgres',
    f'postgresql://pgvigil:{PIECES[0]}:{PIECES[1]}@127.0.0.1:port/postgres',
    f'postgresql://pgvigil:{PIECES[0]}@[127.0.0.1/postgres?{PIECES[1]}',
    f'postgresql://pgvigil:{PIECES[0]}@127.0.0.1/postgres?passwort={PIECES[1]}',
    f'posgresql://pgvigil:{PIECES[0]}@127.0.0.1/postgres?sslmode=prefer',
    f'pgvigil:{PIECES[0]}@127.0.0.1/postgres',
    f'host=127.0.0.1 password={PIECES[0]} {PIECES[1]}',
    f"host=127.0.0.1 password='{PIECES[0]}",
    f'host=127.0.0.1 passwd={PIECES[0]}',
    f'host=127.0.0.1,password={PIECES[0]}',
    f'host=127.0.0.1;password={PIECES[0]}',
    f'dbname=postgres;password={PIECES[0]}',
    f'dbname=postgresql://pgvigil:{PIECES[0]}@127.0.0.1/postgres',
    f'user=pgvigil,password={PIECES[0]}',
]


@pytest.mark.parametrize('slip', SLIPS)
def test_a_mistyped_connection_string_is_refused_and_not_shown(slip):
    done = subprocess.run([BINARY, '--web.listen-address=127.0.0.1:0', '--dsn', slip], capture_output=True, text=True,
                          timeout=30)
    assert (done.returncode, done.stdout, done.stderr.count('\n')) == (2, '', 1)
    assert done.stderr.startswith('pgvigil: the dsn') and clean(done.stderr)


# Where a connection string may end up in a configuration, and what must be known of it all the same.
MISPLACED = [
    'dns: {0}', 'dsn: [{0}]', 'dsn: {{password: {0}}}', '- {0}', 'web: {0}', 'web: {{listen_address: {0}}}',
    'log: {{level: {0}}}', 'labels: {{dsn: [{0}]}}', 'collectors: {{wal: {0}}}', 'databases: {{include: {0}}}',
    'mounts: [{{path: {0}}}]', 'dsn: &a {0}\nlog: {{level: *a}}', '{0}: x', 'dsn: {0}\ndsn: {0}', 'dsn: {0}\n bad: [',
]


@pytest.mark.parametrize('place', MISPLACED)
def test_a_misplaced_one_is_not_shown_by_the_message_about_it(place):
    for secret in (uri(5432), keywords(5432)):
        done = run('explain', config=place.format(json.dumps(secret)))
        assert done.returncode == 2 and clean(done.stdout + done.stderr)
        assert '.yml:' in done.stderr, 'the file and line'


@pytest.mark.parametrize('arguments', [
    [f'--dns={uri(1)}'], [uri(1)], ['check', keywords(1)], [f'--dsn={uri(1)}', f'--dsn={uri(2)}'], [f'--label={uri(1)}'],
    [f'--web.listen-address={uri(1)}'], ['report', f'--prometheus.url=http://me:{ENCODED}@127.0.0.1:1'],
    ['report', f'--prometheus.url={PASSWORD}'], ['report', f'--prometheus.url=http://me:{PIECES[0]}/{PIECES[1]}@127.0.0.1:1'],
    ['explain', keywords(1)], ['generate', f'password={PIECES[0]}'],
])
def test_nor_is_one_on_the_command_line(arguments):
    done = run(*arguments)
    assert done.returncode in (1, 2) and clean(done.stdout + done.stderr)


def test_nor_one_in_a_variable():
    for name in ['DATA_SOURCE_URI', 'DATA_SOURCE_USER', 'DATA_SOURCE_PASS']:
        done = run('explain', env={name: uri(1)})
        assert done.returncode in (1, 2) and clean(done.stdout + done.stderr), name
    twice = {'DATA_SOURCE_NAME': f'{uri(1)},{uri(2)}'}
    assert clean(run('explain', env=twice).stderr)
