"""The database as the init Job makes it, and a place where the scripts of deploy/backup run as in their Jobs.

    with bills() as server, pod(server) as job:
        archive = job.take()
"""

import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

import database
import volume
import yaml
from machine import end, spawn
from pgvigil import ROOT
from postgres import SERVER_USER, Postgres, server_directory

SCRIPTS = ROOT / 'deploy/backup'
BILLS = database.NAME
HBA = 'host all pgvigil 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n'
PLANTED = 'planted-4b1d 요금조회'
ROWS = f"""
    INSERT INTO customer_info (customer_id, line_number, customer_name, operator_code, expires_at)
    SELECT 'c' || g, '010' || g, '홍길동', 'KT', now() FROM generate_series(1, 500) g;
    INSERT INTO bill_inquiry_history (request_id, user_id, line_number, result_summary, bill_info_json)
    SELECT 'r' || g, 'u' || g % 7, '010' || g, '{PLANTED}', jsonb_build_object('요금제', '5G 프리미어', '금액', g)
      FROM generate_series(1, 3000) g;
    INSERT INTO kos_inquiry_history (bill_request_id, line_number, kos_data_json)
    SELECT 'r' || g, '010' || g, '{{"결과": ["정상", null, 1.5]}}' FROM generate_series(1, 2000) g;
    CREATE TABLE cache."이상한 이름" (a int); INSERT INTO cache."이상한 이름" VALUES (1);
    CREATE VIEW public.seven AS SELECT 7 AS n;
    CREATE ROLE "Kim's" LOGIN CONNECTION LIMIT 2; GRANT billing_app TO "Kim's"; COMMENT ON ROLE "Kim's" IS '관리자';
"""


@contextmanager
def empty_server():
    """A server as it comes up on a new claim: with an empty database and no roles but its superuser."""
    with Postgres(14, hba=HBA) as server:
        server.sql("ALTER ROLE postgres PASSWORD 'admin secret'")
        server.sql(f'CREATE DATABASE {BILLS} TEMPLATE template0')
        yield server


@contextmanager
def bills():
    """A server whose database has its tables, roles and rows."""
    with empty_server() as server:
        database.run(server, 'migrate')
        server.sql(ROWS, dbname=BILLS)
        server.sql("ALTER ROLE billing_backup PASSWORD 'backup secret'")
        yield server


class Pod:
    """Where a Job runs its script: the scripts as the ConfigMap has them, /backup, /tmp, the Secret's keys; no root.

    run, start  a script with arguments, to its end or not; `more` is added to its environment
    """

    def __init__(self, server, directory):
        self.server, self.directory = server, directory
        self.backup, self.tmp = (server_directory(directory / name) for name in ('backup', 'tmp'))
        (directory / 'scripts').mkdir()
        for name in yaml.safe_load((SCRIPTS / 'kustomization.yaml').read_text())['configMapGenerator'][0]['files']:
            shutil.copyfile(SCRIPTS / name, directory / 'scripts' / name)
        self.write('password', 'backup secret\n')
        for key in ('identity', 'other-identity'):
            subprocess.run(['age-keygen', '-o', directory / key], check=True, capture_output=True)
            (directory / key).chmod(0o644)
        self.write('recipient', subprocess.check_output(['age-keygen', '-y', directory / 'identity'], text=True))
        self.env = {'PATH': f'{server.bin}:/usr/bin:/bin', 'PGHOST': '127.0.0.1', 'PGPORT': str(server.port),
                    'PGUSER': 'billing_backup', 'PGDATABASE': BILLS, 'PGPASSWORD_FILE': directory / 'password',
                    'BACKUP_DIR': self.backup, 'TMPDIR': self.tmp, 'AGE_RECIPIENT_FILE': directory / 'recipient',
                    'AGE_IDENTITY_FILE': directory / 'identity'}

    def write(self, name, text):
        (self.directory / name).write_text(text, encoding='utf-8')
        return self.directory / name

    def start(self, script, *args, **more):
        return spawn(['/bin/bash', self.directory / 'scripts' / script, *args], SERVER_USER, env={**self.env, **more},
                     cwd='/', text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(self, script, *args, **more):
        process = self.start(script, *args, **more)
        try:
            output, errors = process.communicate(timeout=60)
        finally:
            end(process)
        assert not any(self.tmp.iterdir())  # nothing stays in plain text
        return subprocess.CompletedProcess(args, process.returncode, output, errors)

    def succeeds(self, script, *args, **more):
        done = self.run(script, *args, **more)
        assert (done.returncode, done.stderr) == (0, '')
        return done.stdout

    def fails(self, script, *args, **more):
        """The one line that it says."""
        done = self.run(script, *args, **more)
        assert (done.returncode, done.stdout, done.stderr.count('\n')) == (1, '', 1), done.stdout + done.stderr
        return done.stderr.removeprefix(f'{script}: ').rstrip()

    @property
    def archives(self):
        return sorted(self.backup.iterdir())

    def take(self):
        """A backup; returns its archive."""
        before = self.archives
        self.succeeds('backup')
        (archive,) = set(self.archives) - set(before)
        return archive

    def unpack(self, archive):
        """The names and bytes of what is in it."""
        with tempfile.TemporaryDirectory() as directory:
            tar = subprocess.check_output(['age', '-d', '-i', self.directory / 'identity', archive])
            subprocess.run(['tar', '-x', '-C', directory], input=tar, check=True)
            return {path.name: path.read_bytes() for path in Path(directory).iterdir()}

    def pack(self, archive, contents):
        with tempfile.TemporaryDirectory() as directory:
            for name, content in contents.items():
                Path(directory, name).write_bytes(content)
            tar = subprocess.check_output(['tar', '-c', '-C', directory, *contents])
            subprocess.run(['age', '-R', self.directory / 'recipient', '-o', archive], input=tar, check=True)

    def last_run(self, kind):
        return self.server.sql('SELECT succeeded, size_bytes, message FROM audit.backup_history WHERE kind = %s '
                               'ORDER BY id DESC LIMIT 1', [kind], BILLS)[0]


@contextmanager
def pod(server):
    """A Pod, gone at the end; unlike pytest's, its directory is one that the server's user may enter."""
    with tempfile.TemporaryDirectory(prefix='pgvigil-backup-') as directory:
        os.chmod(directory, 0o755)
        try:
            yield Pod(server, Path(directory))
        finally:
            volume.unmount_below(Path(directory))
