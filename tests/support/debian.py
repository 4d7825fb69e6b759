"""A minimal Debian 12 of its own, and systemd booted in it, by systemd-nspawn and with a network of its own.

    with fresh_tree() as tree:
        tree.run('apt-get', 'install', '-y', 'hello')
        with Machine(tree) as machine:
            machine.run('systemctl', 'start', 'hello')
"""

import fcntl
import os
import shutil
import subprocess
from contextlib import contextmanager, suppress
from pathlib import Path

from machine import end, spawn, wait_until
from postgres import CACHE

SUITE = 'bookworm'
PACKAGES = 'systemd,systemd-sysv,dbus,man-db'
# systemd's own bookkeeping: hybrid hierarchies of version 1, or version 2 alone.
HIERARCHIES = [path for path in map(Path, ('/sys/fs/cgroup/systemd', '/sys/fs/cgroup/unified')) if path.exists()]
HIERARCHIES = HIERARCHIES or [Path('/sys/fs/cgroup')]
NSPAWN = ['systemd-nspawn', '--quiet', '--register=no', '--keep-unit', '--link-journal=no']


@contextmanager
def fresh_tree():
    """A Tree nobody has used yet, gone at the end. One at a time: a second caller waits."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / 'debian.lock', 'w', encoding='utf-8') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        pristine, path = CACHE / f'debian-{SUITE}', CACHE / 'debian-in-use'
        shutil.rmtree(path, ignore_errors=True)  # of one that was killed
        if not pristine.exists():
            _debootstrap(pristine)
        try:
            run('cp', '-a', '--reflink=auto', pristine, path)
            yield Tree(path)
        finally:
            shutil.rmtree(path)


class Tree:
    """The files of a system that does not run. `path` is where they are, seen from outside."""

    def __init__(self, path):
        self.path = path

    def run(self, *command, **popen):
        """Runs a command inside, on this machine's network; its output, or OSError with it when it fails."""
        with _cgroup() as join:
            return run(*NSPAWN, '--pipe', '-D', self.path, *command, preexec_fn=join, **popen)

    def paths(self):
        """Every path inside, as it is without symbolic links to directories."""
        return {f'/{Path(folder, name).relative_to(self.path)}'
                for folder, below, files in os.walk(self.path) for name in (*below, *files)}

    def owned(self):
        """Every path that an installed package brought, likewise."""
        lists = (self.path / 'var/lib/dpkg/info').glob('*.list')
        lines = {line for one in lists for line in one.read_text(encoding='utf-8').splitlines()}
        return {f'/usr{line}' if line.startswith(('/bin/', '/lib', '/sbin/')) else line for line in lines}


class Machine:
    """systemd as process 1 of a tree. It has nothing but a loopback interface, and what `binds` shows it.

    binds  {path outside: path inside}
    """

    def __init__(self, tree, binds=None):
        self._binds = [f'--bind={outside}:{inside}' for outside, inside in (binds or {}).items()]
        self._tree = tree
        self._leader = None

    def __enter__(self):
        self._group = _cgroup()
        join = self._group.__enter__()
        self._process = spawn([*NSPAWN, '--private-network', '--boot', '-D', self._tree.path, *self._binds],
                              preexec_fn=join, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        try:
            self._leader = wait_until(self._first_process, 20, 'start of systemd-nspawn')
            wait_until(self._has_booted, 60, 'start of systemd')
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        end(self._process, timeout=60)  # SIGTERM: nspawn asks systemd to shut down
        self._group.__exit__(None, None, None)

    def run(self, *command):
        """Runs a command inside; its output, or OSError with it when it fails."""
        return run(*self._entered('mount', 'uts', 'ipc', 'net', 'pid', 'cgroup', 'root', 'wd'), *command)

    def shell(self, script):
        return self.run('bash', '-euc', script)

    def get(self, url):
        """The text at a URL of the machine's own network; OSError where nothing answers."""
        return run(*self._entered('net'), '/usr/bin/python3', '-c',
                    'import sys, urllib.request as u; o = u.build_opener(u.ProxyHandler({}));'
                    'print(o.open(sys.argv[1], timeout=5).read().decode(), end="")', url)

    def _entered(self, *namespaces):
        return ['nsenter', f'--target={self._leader}', *(f'--{name}' for name in namespaces), '--']

    def _first_process(self):
        if self._process.poll() is not None:
            raise RuntimeError(f'systemd-nspawn ended with {self._process.returncode}')
        for pid in Path(f'/proc/{self._process.pid}/task/{self._process.pid}/children').read_text().split():
            with suppress(OSError):  # nspawn's own helpers come and go
                if Path(f'/proc/{pid}/comm').read_text() == 'systemd\n':
                    return pid
        return None

    def _has_booted(self):
        with suppress(OSError):
            return self.run('systemctl', 'is-system-running') == 'running\n'


@contextmanager
def _cgroup():
    """A cgroup of our own, because nspawn makes some below that in which it starts; what is given joins it."""
    places = [_ours(hierarchy) / f'pgvigil-{os.getpid()}' for hierarchy in HIERARCHIES]
    for place in places:
        place.mkdir()

    def join():
        for place in places:
            (place / 'cgroup.procs').write_text(str(os.getpid()))
    try:
        yield join
    finally:
        for place in places:
            for folder, _, _ in os.walk(place, topdown=False):
                wait_until(lambda folder=folder: _removed(folder), 10, f'end of all in {folder}')


def _ours(hierarchy):
    """Where we are in it."""
    name = {'systemd': 'name=systemd'}.get(hierarchy.name, '')
    for line in Path('/proc/self/cgroup').read_text(encoding='utf-8').splitlines():
        _, controllers, path = line.split(':', 2)
        if controllers == name:
            return hierarchy / path.lstrip('/')
    raise LookupError(f'/proc/self/cgroup has no {hierarchy}')


def _removed(folder):
    with suppress(OSError):
        os.rmdir(folder)
    return not os.path.exists(folder)


def _debootstrap(path):
    """From the mirrors that apt uses here."""
    mirrors = run('apt-get', 'indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages',
                   f'Release: {SUITE}').splitlines()
    unfinished = path.with_suffix('.unfinished')
    shutil.rmtree(unfinished, ignore_errors=True)
    run('debootstrap', '--variant=minbase', f'--include={PACKAGES}', SUITE, unfinished, mirrors[0])
    (unfinished / 'etc/hosts').write_text('127.0.0.1 localhost\n', encoding='utf-8')
    unfinished.rename(path)


def run(*command, timeout=600, **popen):
    """Runs a command to its end; its output, or OSError with it when it fails."""
    done = subprocess.run(list(map(str, command)), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False,
                          stderr=subprocess.STDOUT, text=True, errors='replace', timeout=timeout, **popen)
    if done.returncode:
        raise OSError(f'{" ".join(map(str, command))}: status {done.returncode}: {done.stdout}')
    return done.stdout
