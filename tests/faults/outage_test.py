"""Outages of the server that take long. Each test is a row of docs/reliability.md."""

import subprocess
import time
from pathlib import Path

import pytest
from harness import watching
from machine import spawn
from pgvigil import monitored
from postgres import SERVER_USER, Postgres, server_directory

DEBIAN = Path('/usr/lib/postgresql/15/bin')  # the one version whose pg_upgrade is at hand
RESETWAL = f'''#!/bin/sh
# pg_upgrade has the old version's pg_resetwal say what pg_control holds. 14 and 15 write it alike, so 15's says it.
set -e
case $1 in -n) ;; *) exec {DEBIAN}/pg_resetwal "$@" ;; esac
copy=$(mktemp -d)
trap 'rm -r "$copy"' EXIT
cp -r "$2/global" "$2/pg_wal" "$copy"
echo 15 >"$copy/PG_VERSION"
{DEBIAN}/pg_resetwal -n "$copy"
'''


def test_a_server_frozen_for_a_minute():
    with monitored(14) as server, watching(server) as watch:
        with watch.fault():
            server.sigstop()
            watch.until_up(0)
            frozen = time.monotonic()
            watch.until(lambda page: page.at > frozen + 60, timeout=120)
            server.sigcont()
        row = watch.row('PostgreSQL stopped by SIGSTOP for a minute')
    assert row['oldest, s'] > 60


def upgrade(old, new):
    """Fills the data directory of a fresh 15 from that of a 14, by pg_upgrade; both servers are stopped."""
    binaries = server_directory(Path(old.socket_dir) / 'bin')
    for name, directory in {'postgres': old.bin, 'pg_ctl': old.bin, 'pg_controldata': DEBIAN}.items():
        (binaries / name).symlink_to(directory / name)
    (binaries / 'pg_resetwal').write_text(RESETWAL, encoding='utf-8')
    (binaries / 'pg_resetwal').chmod(0o755)
    process = spawn([DEBIAN / 'pg_upgrade', '--old-bindir', binaries, '--new-bindir', DEBIAN, '--old-datadir', old.data,
                     '--new-datadir', new.data, '--username', 'postgres', '--socketdir', new.socket_dir], SERVER_USER,
                    cwd=new.socket_dir, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                    text=True)
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0, output


@pytest.mark.skipif(not DEBIAN.exists() or not SERVER_USER, reason="needs Debian's PostgreSQL 15, and root")
def test_an_upgrade_to_the_next_major_version():
    with monitored(14) as old, Postgres(15) as new:
        new.stop()
        old.sql('CREATE TABLE bill AS SELECT 1 AS id')
        bill = {'datname': 'postgres', 'schemaname': 'public', 'relname': 'bill'}
        with watching(old) as watch:
            with watch.fault():
                old.stop()
                watch.until_up(0)
                upgrade(old, new)
                watch.servers, new.port = [new], old.port
                new.start()
            row = watch.row('Upgraded from 14 to 15 by pg_upgrade, on the same port')
            assert watch.daemon.status()['server']['version'].startswith('15')
            assert watch.daemon.value('pg_stat_user_tables_n_tup_ins', **bill) is not None
    assert row['connection errors'] == ['unreachable']
