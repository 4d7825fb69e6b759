"""The log of a real server with the shipped configuration: what deploy/logs tells people to type finds what it says."""

import os
import re
import subprocess
import tempfile
from pathlib import Path

import database
import pytest
import yaml
from pgvigil import ROOT, wait_until
from postgres import Postgres

README = (ROOT / 'deploy/logs/README.md').read_text(encoding='utf-8')
FLUENT_BIT = yaml.safe_load((ROOT / 'deploy/logs/fluent-bit.yaml').read_text(encoding='utf-8'))
COMMANDS = [line for block in re.findall(r'^```sh\n(.*?)^```$', README, re.M | re.S) for line in block.splitlines()
            if line.startswith('log |')]

SESSION = """
SELECT 1/0;
SELECT
  1 FROM nowhere;
SELECT pg_sleep(1.1);
DELETE FROM system_config;
INSERT INTO customer_info (customer_id, line_number, operator_code, expires_at)
  VALUES ('요금', '1', 'a', now()), ('요금', '2', 'b', now());
"""


@pytest.fixture(scope='module')
def log():
    with tempfile.TemporaryDirectory(prefix='pgvigil-logs-', dir='/tmp') as directory:
        Path(directory).chmod(0o711)
        with Postgres(14, conf=database.SCRIPTS / 'postgresql.conf', settings={'log_temp_files': 0},
                      hba=(database.SCRIPTS / 'pg_hba.conf').read_text(encoding='utf-8'),
                      tls=database.certificate(Path(directory) / 'tls', 'postgresql-bill-inquiry')) as server:
            database.create(server)
            server.sql("ALTER ROLE billing_app PASSWORD 'secret'")
            connect(server, SESSION)
            connect(server, '', PGPASSWORD='wrong')
            connect(server, '', PGSSLMODE='disable')
            server.sql("SET work_mem = '64kB'; SELECT count(*) FROM generate_series(1, 100000)")
            wait_until(lambda: all_have_left(server.log), what='the end of every session')
            yield server.log.read_text(encoding='utf-8')


def all_have_left(log):
    text = log.read_text(encoding='utf-8')
    return text.count(' LOG:  connection authorized: ') == text.count(' LOG:  disconnection: ')


def connect(server, script, **environment):
    """As the service does, with an application's name of two words."""
    subprocess.run(['psql', '-X', '-w', server.dsn('bill_inquiry_db', 'billing_app')], input=script, capture_output=True,
                   env={**os.environ, 'PGSSLMODE': 'require', 'PGPASSWORD': 'secret', 'PGAPPNAME': 'bill inquiry',
                        **environment}, encoding='utf-8', timeout=60, check=False)


# What a command finds in that log, by a part of the command: each a line, in this order.
FINDS = {
    "' (ERROR|FATAL|PANIC):  '": ['22012 ERROR:  division by zero', '42P01 ERROR:  relation "nowhere"', '42501 ERROR:  ',
                                  '23505 ERROR:  ', '28P01 FATAL:  ', '28000 FATAL:  no pg_hba.conf entry'],
    'STATEMENT': ['ERROR:', 'STATEMENT:  SELECT 1/0', 'ERROR:', 'STATEMENT:  SELECT', 'ERROR:',
                  'STATEMENT:  DELETE FROM system_config', 'ERROR:', 'DETAIL:  Key (customer_id)=(요금)',
                  'STATEMENT:  INSERT', 'FATAL:', 'DETAIL:  Connection matched', 'FATAL:', 'STATEMENT:  SET work_mem'],
    '{5} (ERROR|FATAL|PANIC):': ['1 42P01 ERROR', '1 42501 ERROR', '1 28P01 FATAL', '1 28000 FATAL', '1 23505 ERROR',
                                 '1 22012 ERROR'],
    'duration: ': ['ms  statement: SELECT pg_sleep(1.1)'],
    'still waiting': ['LOG:  temporary file: path'],
    '(28P01|': ['42501 ERROR', '28P01 FATAL', '28000 FATAL'],
}


@pytest.mark.parametrize('part', FINDS)
def test_a_search_finds_what_it_says(log, part):
    command, = (one for one in COMMANDS if part in one)
    found = search(command, log)
    assert len(found) == len(FINDS[part]), found
    for line, expected in zip(found, FINDS[part]):
        assert expected in line


def search(command, log):
    ran = subprocess.run(['bash', '-c', f'log() {{ cat; }}; {command}'], input=log, capture_output=True, encoding='utf-8',
                         timeout=60, check=False)
    assert not ran.stderr
    return ran.stdout.splitlines()


def test_logins_are_found_with_their_ends_and_counted(log):
    logins = [line for line in search(next(one for one in COMMANDS if 'disconnection' in one), log) if 'billing_app' in line]
    assert len(logins) == 2
    assert re.search('connection authorized: .*application_name=bill inquiry SSL enabled .protocol=TLSv1.3', logins[0])
    assert re.search('disconnection: session time: 0:00:01', logins[1])
    counts = search(next(one for one in COMMANDS if 'uniq' in one and 'authorized' in one), log)
    assert '1 connection authorized: user=billing_app database=bill_inquiry_db' in [line.strip() for line in counts]


def test_a_process_and_the_server_itself_are_found(log):
    pid = re.search(r'\[(\d+)\] billing_app@bill_inquiry_db .*division', log)[1]
    of_process = search(next(one for one in COMMANDS if '24520' in one).replace('24520', pid), log)
    assert len(of_process) > 10
    assert 'connection received' in of_process[0]
    assert 'disconnection' in of_process[-1]
    of_server = search(next(one for one in COMMANDS if "'^[^[]" in one), log)
    assert any('ready to accept connections' in line for line in of_server)
    assert not any('@' in line for line in of_server)


def test_every_search_is_tried_here(log):
    others = {'disconnection', 'authorized', '24520', "'^[^[]"}
    tried = [one for one in COMMANDS if any(part in one for part in [*FINDS, *others])]
    assert [one for one in COMMANDS if one not in tried] == ["log | grep -F ' LOG:  AUDIT: '"]  # needs pgaudit


# Fluent Bit's patterns, which Python reads too but for the names of groups.

def python(pattern):
    return re.compile(pattern.strip('/').replace('(?<', '(?P<'))


def records(log):
    """The log as the multiline parser puts it together and the parser takes it apart."""
    (multiline,), (parser,) = FLUENT_BIT['multiline_parsers'], FLUENT_BIT['parsers']
    start, more = (python(rule['regex']) for rule in multiline['rules'])
    messages = []
    for line in log.splitlines():
        if more.search(line):
            messages[-1] += f'\n{line}'
        else:
            assert start.search(line), line
            messages.append(line)
    pattern = python(parser['regex'])
    return [(message, pattern.match(message)) for message in messages]


def test_fluent_bits_patterns_take_every_line_apart(log):
    taken = records(log)
    assert len(taken) > 30
    assert [message for message, fields in taken if not fields] == []
    error = next(fields for _, fields in taken if fields['message'].startswith('division'))
    assert error.groupdict() | {'logged_at': '', 'pid': '', 'client': ''} == {
        'logged_at': '', 'pid': '', 'client': '', 'user': 'billing_app', 'database': 'bill_inquiry_db',
        'application': 'bill inquiry', 'sqlstate': '22012', 'severity': 'ERROR', 'message': 'division by zero'}
    assert re.fullmatch(r'127\.0\.0\.1\(\d+\)', error['client'])
    assert any(fields['message'] == 'SELECT\n\t  1 FROM nowhere;' for _, fields in taken)
    own = next(fields for _, fields in taken if 'ready to accept' in fields['message'])
    assert (own['user'], own['sqlstate'], own['severity']) == (None, None, 'LOG')


def test_fluent_bits_parts_fit_together():
    names = {part['name'] for part in FLUENT_BIT['parsers']}, {part['name'] for part in FLUENT_BIT['multiline_parsers']}
    multiline, parser = FLUENT_BIT['pipeline']['filters']
    tail, = FLUENT_BIT['pipeline']['inputs']
    assert parser['parser'] in names[0]
    assert multiline['multiline.parser'] in names[1]
    assert multiline['multiline.key_content'] == parser['key_name'] == 'log'
    assert {one['match'] for kind in ('filters', 'outputs') for one in FLUENT_BIT['pipeline'][kind]} == {tail['tag']}
