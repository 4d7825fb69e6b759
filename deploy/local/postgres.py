"""A real throw-away PostgreSQL server of any supported version: for `up` and for all tests.

    with Postgres(14, settings={'max_connections': 20}) as server:
        server.sql('SELECT 1')
"""

import atexit
import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from contextlib import closing
from pathlib import Path

import psycopg2

from machine import end, exit_on_signals, free_port, spawn, start_time, tail, wait_until

CACHE = Path(os.environ.get('PGVIGIL_CACHE')
             or ('/var/cache/pgvigil' if os.getuid() == 0 else Path.home() / '.cache/pgvigil'))

# Servers refuse to run as root: root's run as user postgres, others' as their caller.
SERVER_USER = 'postgres' if os.getuid() == 0 else None

# Anyone on this machine may log in: fit for test data only.
TRUST = 'host all all 127.0.0.1/32 trust\nhost replication all 127.0.0.1/32 trust\n'

# What makes a throw-away server quick. None of it changes what a query or a statistics view answers.
FAST = {
    'fsync': False,               # the data need not survive a crash of the machine: never wait for the disk
    'synchronous_commit': False,  # nor a crash of the server: a commit does not wait for its WAL
    'full_page_writes': False,    # protects from torn pages after such a crash only; writes much less WAL
}

STOP_SIGNALS = {'smart': signal.SIGTERM, 'fast': signal.SIGINT, 'immediate': signal.SIGQUIT}


class Postgres:
    """One server: on a free port of 127.0.0.1 and in a socket directory of its own.

    settings  override pg_stat_statements as preloaded library and, unless `fast` is False, FAST
    hba       text of pg_hba.conf (default: TRUST); `local all postgres trust` for ourselves always precedes it
    timezone  of sessions and log (default: UTC)
    conf      a file of settings, which override the same defaults and yield to `settings`
    data      a data directory to use or to fill; socket and log go beside it, and all stays at the end
              (default: one of our own in /tmp, removed at the end)
    port      default: a free one, kept over restarts
    address   where it listens, and where its dsn points (default: 127.0.0.1)
    initdb    further options of initdb, e.g. ('--data-checksums',)
    tls       a directory with tls.crt and tls.key (default: no TLS, whatever `conf` says)
    """

    def __init__(self, version=14, settings=None, hba=None, locale='C.UTF-8', encoding='UTF8', timezone=None,
                 data=None, port=None, initdb=(), conf=None, fast=True, tls=None, address='127.0.0.1'):
        self.version, self.port, self.address = version, port, address
        self._given_data = data
        self._hba = 'local all postgres trust\n' + (TRUST if hba is None else hba)
        self._initdb = [f'--locale={locale}', f'--encoding={encoding}', *initdb]
        self._conf = Path(conf) if conf else None
        self._defaults = {'shared_preload_libraries': 'pg_stat_statements', **(FAST if fast else {})}
        self._settings = {'timezone': timezone, 'log_timezone': timezone} if timezone else {}
        self._settings |= _tls(tls) | (settings or {})
        self._tls_key = Path(tls) / 'tls.key' if tls else None
        self._base = self._process = None
        self._owner = os.getpid()

    def __enter__(self):
        try:
            return self if self._process else self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(self, *_):
        self.close()

    def start(self):
        """Starts the server, creating it first if need be, and returns when it accepts connections."""
        if not self._base:
            self._create()
        for attempts_left in range(4, -1, -1):
            port = self.port or free_port()
            if self._launch(port):
                self.port = port
                return self
            taken = 'could not bind' in self.log.read_text(errors='replace')
            if self.port or not taken or not attempts_left:  # else somebody took the free port before us
                raise RuntimeError(f'PostgreSQL {self.version} did not start:\n{tail(self.log, 20)}')

    def stop(self, mode='fast', timeout=30.0):
        """Stops the server: smart waits for sessions to end, fast ends them, immediate crashes."""
        if self._process:
            self._signal_stopped_backends()
            end(self._process, STOP_SIGNALS[mode], timeout)
            self._process = None

    def restart(self, mode='fast'):
        self.stop(mode)
        self.start()

    def close(self):
        """Stops the server and removes what it left; more than one call does no harm."""
        if not self._base or os.getpid() != self._owner:  # a forked child is not the one to clean up
            return
        self.stop('fast' if self._given_data else 'immediate')
        if not self._given_data:
            shutil.rmtree(self._base, ignore_errors=True)
        self._base = None
        atexit.unregister(self.close)

    def configure(self, settings):
        """Appends settings to postgresql.conf, where the last one wins; reload() or restart() applies them."""
        with open(self.data / 'postgresql.conf', 'a', encoding='utf-8') as conf:
            conf.writelines(f"{name} = '{_text(value)}'\n" for name, value in settings.items())

    def reload(self):
        """Makes the server read its configuration again, and returns when it has."""
        before = self.sql('SELECT pg_conf_load_time()')
        self._process.send_signal(signal.SIGHUP)
        wait_until(lambda: self.sql('SELECT pg_conf_load_time()') != before, what='reload')

    def sigstop(self):
        """Freezes the server and its backends: connections neither fail nor answer."""
        os.kill(self.postmaster_pid, signal.SIGSTOP)  # first, so that it starts no further backends
        wait_until(lambda: _state(self.postmaster_pid) == 'T', what='stop of the postmaster')
        for pid in self.backend_pids():
            os.kill(pid, signal.SIGSTOP)

    def sigcont(self):
        self._signal_stopped_backends()
        os.kill(self.postmaster_pid, signal.SIGCONT)

    @property
    def postmaster_pid(self):
        return self._process.pid

    def dsn(self, dbname='postgres', user='postgres', host=None):
        return f'host={host or self.address} port={self.port} dbname={dbname} user={user}'

    def connect(self, dbname='postgres', user='postgres', host=None, **more):
        """A psycopg2 connection in autocommit; `more` are parameters of libpq. host=server.socket_dir: by socket."""
        connection = psycopg2.connect(self.dsn(dbname, user, host), **more)
        connection.autocommit = True
        return connection

    def sql(self, query, parameters=None, dbname='postgres', user='postgres'):
        """Runs SQL over the socket in a session of its own; returns the rows of its last statement, or None."""
        with closing(self.connect(dbname, user, self.socket_dir)) as connection, connection.cursor() as cursor:
            cursor.execute(query, parameters)
            return cursor.fetchall() if cursor.description else None

    def _create(self):
        self.bin = CACHE / f'postgres-{self.version}/bin'
        if not (self.bin / 'postgres').exists():
            raise FileNotFoundError(f'{self.bin}: run `deploy/local/install test` (or `run`, for 14 only)')
        exit_on_signals()
        atexit.register(self.close)
        self.data = Path(self._given_data or _own_directory() / 'data')
        self._base = self.data.parent
        self.socket_dir, self.log = str(self._base), self._base / f'{self.data.name}.log'
        if not (self.data / 'PG_VERSION').exists():
            self.data.mkdir(mode=0o700, exist_ok=True)
            _give_to_server(self.data)
            _run(['cp', '-a', '--reflink=auto', f'{_template(self.bin, self._initdb)}/.', self.data])
        (self.data / 'pg_hba.conf').write_text(self._hba, encoding='utf-8')
        self.configure(self._defaults)
        if self._conf:
            with open(self.data / 'postgresql.conf', 'a', encoding='utf-8') as conf:
                conf.write(self._conf.read_text(encoding='utf-8'))
        self.configure(self._settings)
        if self._tls_key:
            _give_to_server(self._tls_key)

    def _launch(self, port):
        """Starts the postmaster; True when it is ready, False when it has ended instead.

        Where it listens is in the file: over one that says otherwise, an option leaves a pending restart at each reload.
        """
        self.configure({'listen_addresses': self.address, 'port': port, 'unix_socket_directories': self.socket_dir})
        with open(self.log, 'a', encoding='utf-8') as log:
            log.truncate(0)
            self._process = spawn([self.bin / 'postgres', '-D', self.data], SERVER_USER, dies_by='QUIT',
                                  env=_environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_until(lambda: self._process.poll() is not None or self._is_ready(), 60,
                   f'start of PostgreSQL {self.version}')
        if self._process.poll() is not None:
            self._process = None
        return self._process is not None

    def _is_ready(self):
        """As pg_ctl does: line 1 of postmaster.pid is our pid (not a dead one's), line 8 the status."""
        try:
            lines = (self.data / 'postmaster.pid').read_text().split('\n')
        except FileNotFoundError:
            return False
        return len(lines) > 7 and int(lines[0]) == self.postmaster_pid and lines[7].strip() == 'ready'

    def backend_pids(self):
        """Of all processes that the postmaster has started and that run now, checkpointer and the like included."""
        pid = self.postmaster_pid
        return map(int, Path(f'/proc/{pid}/task/{pid}/children').read_text().split())

    def _signal_stopped_backends(self):
        if self._process.poll() is None and _state(self.postmaster_pid) == 'T':
            for pid in self.backend_pids():
                os.kill(pid, signal.SIGCONT)


def server_directory(path):
    """Makes a directory that only the server's user (and root) may enter; returns it."""
    path.mkdir(mode=0o700)
    _give_to_server(path)
    return path


def _own_directory():
    """Makes a directory that carries our pid and start time, and removes those of processes that were killed.

    In /tmp whatever TMPDIR says: the path of a socket has at most 107 bytes, and the server's user must get there.
    """
    for left in Path('/tmp').glob('pgvigil-postgres-*-*-*'):
        pid, start = left.name.split('-')[2:4]
        if str(start_time(pid)) != start:
            shutil.rmtree(left, ignore_errors=True)
    prefix = f'pgvigil-postgres-{os.getpid()}-{start_time(os.getpid())}-'
    directory = tempfile.mkdtemp(prefix=prefix, dir='/tmp')  # of mode 0700: nobody else uses the socket
    _give_to_server(directory)
    return Path(directory)


def _template(binaries, options):
    """The directory that initdb makes with these options, made once for each and copied by every server."""
    version = (binaries.parent / 'VERSION').read_text().strip()
    digest = hashlib.sha256('\0'.join(options).encode()).hexdigest()[:12]
    templates = CACHE / 'templates'
    template = templates / f'{version}-{digest}'
    if not template.exists():
        if not templates.exists():
            templates.mkdir(exist_ok=True)
            _give_to_server(templates)
        unfinished = tempfile.mkdtemp(prefix='unfinished-', dir=templates)
        _give_to_server(unfinished)
        try:
            _run([binaries / 'initdb', '--username=postgres', '--auth=trust', '--no-sync', *options, '-D', unfinished])
            os.rename(unfinished, template)
        except OSError:
            shutil.rmtree(unfinished)
            if not template.exists():  # else another process was quicker
                raise
    return template


def _run(args):
    """Runs a command as the server's user; its output is the error message if it fails."""
    process = spawn(args, SERVER_USER, env=_environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        output, _ = process.communicate()
    finally:
        end(process)  # when a signal interrupts us
    if process.returncode:
        raise OSError(f'{" ".join(map(str, args))}: {output}')


def _environment():
    """Nothing of the caller's: neither PGOPTIONS nor LC_MESSAGES may change the server."""
    return {'PATH': '/usr/bin:/bin', 'LC_ALL': 'C.UTF-8', 'TZ': 'UTC'}


def _tls(directory):
    """The settings for a certificate and key in that directory; None: none."""
    if not directory:
        return {'ssl': False}
    return {'ssl': True, 'ssl_cert_file': f'{directory}/tls.crt', 'ssl_key_file': f'{directory}/tls.key'}


def _give_to_server(path):
    if SERVER_USER:
        user = pwd.getpwnam(SERVER_USER)
        os.chown(path, user.pw_uid, user.pw_gid)


def _text(value):
    if isinstance(value, bool):
        return 'on' if value else 'off'
    return str(value).replace("'", "''")


def _state(pid):
    return Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()[0]
