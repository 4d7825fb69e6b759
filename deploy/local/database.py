"""The Bill-Inquiry database on a throw-away server, made by the scripts that ship (deploy/database)."""

import os
import subprocess
from pathlib import Path

NAME = 'bill_inquiry_db'
SCRIPTS = Path(__file__).resolve().parents[1] / 'database'


def create(server, database=NAME):
    """Makes the database on a server (postgres.Postgres), with tables, roles and views; nobody has a password."""
    server.sql(f"CREATE DATABASE {database} ENCODING 'UTF8' TEMPLATE template0")
    run(server, 'migrate', database=database)


def run(server, script, *args, database=NAME):
    """Runs a script as superuser over the server's socket; returns what it prints. OSError: what it says is wrong."""
    return command(script, *args, PGHOST=server.socket_dir, PGPORT=str(server.port), PGUSER='postgres',
                   PGDATABASE=database)


def certificate(directory, *names):
    """Makes tls.crt, tls.key and ca.crt there, for these names, localhost and 127.0.0.1; returns the directory."""
    command('certificate', directory, *names)
    return directory


def command(script, *args, **environment):
    kept = {name: value for name, value in os.environ.items() if not name.startswith('PG')}
    done = subprocess.run([SCRIPTS / script, *map(str, args)], env={**kept, **environment}, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(f'{script}: {done.stderr.strip()}')
    return done.stdout
