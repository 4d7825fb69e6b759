"""The runbooks: one for each alert, complete, linked; and what they tell people to type is run, or at least parsed."""

import os
import re
import shlex
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

import database
import pytest
import yaml
from machine import wait_until
from pgvigil import ROOT, Daemon
from postgres import TRUST, Postgres

RUNBOOKS = ROOT / 'docs/runbooks'
PAGES = {path.stem: path.read_text(encoding='utf-8') for path in sorted(RUNBOOKS.glob('*.md'))}
INDEX = PAGES.pop('README')
GROUPS = yaml.safe_load((ROOT / 'alerts/pgvigil.rules.yml').read_text(encoding='utf-8'))['groups']
SUMMARIES = {rule['alert']: rule['annotations']['summary'] for group in GROUPS for rule in group['rules'] if 'alert' in rule}
SITUATIONS = {'PodPending', 'ConnectionFailed', 'InitFailed', 'Slow', 'Outage', 'Routine'}  # the plan's, sections 9 and 11
FENCE = re.compile(r'^```(.*)\n((?:.*\n)*?)```$', re.M)
ON_PAGE = pytest.mark.parametrize('name', sorted(PAGES))


def blocks(name, language):
    return [text for kind, text in FENCE.findall(PAGES.get(name, INDEX)) if kind == language]


def summary(name):
    return PAGES[name].split('\n\n')[1]


def test_each_alert_has_its_page_and_each_page_its_alert():
    assert len(SUMMARIES) > 30
    assert PAGES.keys() == SUMMARIES.keys() | SITUATIONS


@ON_PAGE
def test_a_page_is_complete_and_short(name):
    page = PAGES[name]
    assert page.startswith(f'# {name} · ')
    assert summary(name) == SUMMARIES.get(name, summary(name))
    assert '\n\n[All runbooks; psql in the pod](README.md)\n\n' in page
    assert re.findall(r'^## (.*)$', page, re.M) == ['Meaning', 'Impact', 'Look at', 'Do', 'Over when']
    assert all(section.partition('\n')[2].strip() for section in page.split('\n## ')[1:])
    assert len([line for line in page.splitlines() if line]) <= (45 if name in SUMMARIES else 50)
    assert max(len(re.sub(r'\]\(.*?\)', '', line)) for line in page.splitlines()) <= 130
    assert {kind for kind, _ in FENCE.findall(page)} <= {'sql', 'sh'}


def test_the_index_lists_every_page_with_its_first_line():
    """PGVIGIL_ACCEPT=1 writes the lists."""
    def items(names):
        return ''.join(f'- [{name}]({name}.md): {summary(name)}\n' for name in names)
    expected = (INDEX.partition('\n## Alerts\n')[0] + '\n## Alerts\n\n' + items(SUMMARIES)
                + '\n## Situations\n\n' + items(sorted(SITUATIONS)))
    if 'PGVIGIL_ACCEPT' in os.environ:
        (RUNBOOKS / 'README.md').write_text(expected, encoding='utf-8')
    assert (RUNBOOKS / 'README.md').read_text(encoding='utf-8') == expected


@ON_PAGE
def test_its_links_lead_somewhere(name):
    assert {link for link in re.findall(r'\]\((.*?)\)', PAGES[name]) if not (RUNBOOKS / link).is_file()} == set()


# SQL.

@pytest.fixture(scope='module', params=[14, 18])
def server(request):
    with Postgres(request.param, conf=ROOT / 'deploy/database/postgresql.conf') as server:
        database.create(server)
        server.sql('CREATE DATABASE bill_inquiry_db_restored TEMPLATE bill_inquiry_db')  # for Outage
        yield server


def psql(server, script, **environment):
    """Runs a script as a person would: statement by statement, in no transaction but its own."""
    return subprocess.run(['psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', server.dsn('bill_inquiry_db')],
                          input=script, env={**os.environ, **environment}, capture_output=True, text=True, timeout=60)


@ON_PAGE
def test_its_sql_runs(server, name):
    for script in blocks(name, 'sql'):
        ran = psql(server, script.replace('12345', '0'))  # a pid that no backend has
        assert ran.returncode == 0, f'{script}\n{ran.stderr}'


def test_the_root_blocker_is_found_with_all_who_stand_behind_it(server):
    sessions = [server.connect('bill_inquiry_db', application_name=name) for name in ('root', 'second', 'third')]
    pids = [session.info.backend_pid for session in sessions]
    try:
        for session in sessions:
            session.autocommit = False
        root, second, third = (session.cursor() for session in sessions)
        root.execute('LOCK TABLE system_config IN ACCESS EXCLUSIVE MODE')
        second.execute("SET LOCAL lock_timeout = '60s'; LOCK TABLE customer_info")
        with ThreadPoolExecutor(2) as pool:
            waits = [pool.submit(second.execute, 'SELECT FROM system_config'),
                     pool.submit(third.execute, 'SELECT FROM customer_info')]
            waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            wait_until(lambda: server.sql(waiting) == [(2,)], what='two waits')
            (found,) = server.sql(blocks('PostgresRootBlocker', 'sql')[0], dbname='bill_inquiry_db')
            (chain, locks) = (server.sql(query, dbname='bill_inquiry_db') for query in blocks('PostgresLockWait', 'sql')[:2])
            sessions[0].rollback()
            waits[0].result()
            sessions[1].rollback()
            waits[1].result()
    finally:
        for session in sessions:
            session.close()
    assert found[:2] == (pids[0], 2)
    assert [(row[0], row[1]) for row in chain] == [(pids[0], []), (pids[1], [pids[0]]), (pids[2], [pids[1]])]
    assert sorted(row[2] for row in locks) == ['customer_info', 'system_config']


# Shell.

# What a runbook may tell people to run: sub-commands of kubectl, with the flags and kinds that are meant.
KUBECTL = {'get', 'describe', 'logs', 'exec', 'top', 'patch', 'scale', 'rollout', 'set', 'delete', 'wait', 'port-forward',
           'cordon', 'create', 'apply'}
FLAGS = {'-n', '-c', '-o', '-p', '-i', '-it', '-k', '--tail', '--since', '--previous', '--follow', '--containers',
         '--sort-by', '--field-selector', '--limits', '--timeout', '--for', '--replicas', '--from'}
KINDS = {'pod', 'pods', 'pvc', 'pv', 'service', 'endpoints', 'networkpolicies', 'events', 'volumeattachments',
         'volumesnapshots', 'cronjobs', 'jobs', 'job', 'hpa', 'resourcequota', 'limitrange', 'storageclass', 'secrets',
         'configmaps', 'nodes', 'deployment', 'statefulset', 'cronjob'}
NAMES = {'pod': {'postgresql-bill-inquiry-0'}, 'pvc': {'data-postgresql-bill-inquiry-0', 'bill-inquiry-backup'},
         'statefulset': {'postgresql-bill-inquiry'}, 'service': {'postgresql-bill-inquiry'},
         'endpoints': {'postgresql-bill-inquiry'},
         'job': {'bill-inquiry-db-init', 'backup-by-hand', 'restore-test-by-hand', 'restore-by-hand'},
         'cronjob': {'bill-inquiry-backup', 'bill-inquiry-restore-test', 'bill-inquiry-restore'}}
OTHERS = {'curl', 'grep', 'pg_restore', 'pg_basebackup', 'pgvigil', 'deploy/verify'}


def commands(name):
    """Each command of its shell blocks as a list of words."""
    for script in blocks(name, 'sh'):
        lexer = shlex.shlex(script.replace('\\\n', ' '), posix=True, punctuation_chars='|&<>\n')
        lexer.whitespace, lexer.whitespace_split, lexer.commenters = ' ', True, ''
        words = []
        for word in [*lexer, '\n']:
            if not re.fullmatch(r'[|&\n]+', word):
                words.append(word)
            elif words:
                yield words
                words = []


@pytest.mark.parametrize('name', ['README', *sorted(PAGES)])
def test_its_shell_is_sound(name):
    for script in blocks(name, 'sh'):
        checked = subprocess.run(['bash', '-n'], input=script, capture_output=True, text=True)
        assert checked.returncode == 0, checked.stderr
    for command, *words in commands(name):
        if command != 'kubectl':
            assert command in OTHERS
            continue
        own = words[:words.index('--')] if '--' in words else words
        in_namespace = own[:2] == ['-n', 'phonebill-dev']
        verb, *rest = own[2:] if in_namespace else own
        flags = {word.partition('=')[0] for word in rest if word.startswith('-')}
        assert verb in KUBECTL
        assert flags <= FLAGS
        kinds = [(kind, object_name) for word in rest
                 for kind, slash, object_name in [word.removeprefix('--from=').partition('/')] if slash]
        if verb in ('get', 'describe', 'patch', 'delete'):
            kinds += [(kind, rest[1] if len(rest) > 1 and not rest[1].startswith('-') else '') for kind in rest[0].split(',')]
        for kind, object_name in kinds:
            if kind in KINDS or verb != 'apply':
                assert kind in KINDS
                assert not object_name or object_name.isupper() or object_name in NAMES[kind]
        if verb in ('exec', 'logs') and '-c' in rest:
            assert rest[rest.index('-c') + 1] in ('postgresql', 'pgvigil')
        cluster_wide = {'nodes', 'storageclass', 'volumeattachments', 'pv'} & {kind for kind, _ in kinds}
        assert in_namespace or cluster_wide or verb in ('cordon', 'apply', 'top')


@pytest.mark.skipif(not shutil.which('kubectl'), reason='no kubectl on this machine')
def test_kubectl_understands_it(tmp_path):
    """It parses the whole command line before it finds no cluster at that address."""
    config = tmp_path / 'config'
    config.write_text('{apiVersion: v1, kind: Config, current-context: c, contexts: [{name: c, context: {cluster: c}}],'
                      ' clusters: [{name: c, cluster: {server: "http://127.0.0.1:9"}}]}')

    def run(words):
        words = [word for word in words if not re.fullmatch(r'[<>]+|\S+\.(yml|dump)', word)]
        return subprocess.run(words, env={**os.environ, 'KUBECONFIG': str(config)}, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=60)
    told = {tuple(words) for name in ('README', *PAGES) for words in commands(name)
            if words[0] == 'kubectl' and words[1] != 'apply'}  # which reads the files first
    assert len(told) > 50
    with ThreadPoolExecutor(4) as pool:
        for ran in pool.map(run, sorted(told)):
            assert re.search(r'connection refused|was refused', ran.stderr), f'{ran.args}: {ran.stderr}'


def test_a_backup_is_taken_and_restored_as_the_pages_say(tmp_path):
    """The commands inside of kubectl exec, on a server that wants a password."""
    with Postgres(14, conf=ROOT / 'deploy/database/postgresql.conf', hba='host all all 127.0.0.1/32 scram-sha-256\n') as server:
        database.create(server)
        server.sql("ALTER ROLE postgres PASSWORD 'it''s secret'")
        server.sql("INSERT INTO bill_inquiry_history (request_id, user_id, line_number) VALUES ('r1', 'u1', '01012345678')",
                   dbname='bill_inquiry_db')
        password, dump = tmp_path / 'password', tmp_path / 'dump'
        password.write_text("it's secret\n")
        env = {'PATH': os.environ['PATH'], 'PGHOST': '127.0.0.1', 'PGPORT': str(server.port)}
        with dump.open('wb') as out:
            subprocess.run(in_pod('PostgresBackupOld', 'pg_dump'), env={**env, 'POSTGRES_PASSWORD_FILE': str(password)},
                           stdout=out, check=True, timeout=60)
        assert in_pod('PostgresMountReadOnly', 'pg_dump') == in_pod('PostgresBackupOld', 'pg_dump')
        server.sql('DELETE FROM bill_inquiry_history', dbname='bill_inquiry_db')
        with dump.open('rb') as source:
            subprocess.run(in_pod('Outage', 'pg_restore'), env={**env, 'POSTGRES_PASSWORD': "it's secret"},
                           stdin=source, check=True, timeout=60)
        for script in blocks('Outage', 'sql'):
            ran = psql(server, script, PGPASSWORD="it's secret")
            assert ran.returncode == 0, ran.stderr
        assert server.sql('SELECT request_id FROM bill_inquiry_history', dbname='bill_inquiry_db') == [('r1',)]


def in_pod(name, tool):
    """What the page's `kubectl exec … -- …` with this tool runs."""
    command = next(words for words in commands(name) if 'exec' in words and tool in ' '.join(words))
    inner = command[command.index('--') + 1:]
    return inner[:next((i for i, word in enumerate(inner) if word in '<>'), len(inner))]


# The daemon's pages.

def test_the_daemon_serves_them_all():
    with Postgres(14, hba=TRUST) as server, Daemon('--dsn', server.dsn()) as daemon:
        index = daemon.get('/runbooks/')
        assert index.status == 200
        assert index.headers['Content-Type'] == 'text/html; charset=utf-8'
        links = set(re.findall(r'href="(/runbooks/\w+)"', index.text))
        assert links == {f'/runbooks/{name}' for name in PAGES}
        for name in PAGES:
            page = daemon.get(f'/runbooks/{name}')
            assert page.status == 200
            assert f'<title>{name} ' in page.text
            assert set(re.findall(r'href="(/runbooks/\w+)"', page.text)) <= links
        assert '/runbooks/PostgresDown' in daemon.get('/runbooks/Nothing').text
        assert daemon.get('/runbooks/Nothing').status == 404
