"""Small file systems of our own in memory, so that a fault can fill one and harm nothing else."""

import os
import pwd
import re
import subprocess
from contextlib import contextmanager
from pathlib import Path

from postgres import SERVER_USER


CAP_SYS_ADMIN = 21  # include/uapi/linux/capability.h


def possible():
    """Whether we may mount: root in a container often may not."""
    status = dict(line.split(':', 1) for line in Path('/proc/self/status').read_text().splitlines())
    return os.getuid() == 0 and bool(int(status['CapEff'], 16) >> CAP_SYS_ADMIN & 1)


@contextmanager
def volume(path, size, *options):
    """A file system of `size` (such as 64m) at the new directory `path`, of the server's user; gone at the end."""
    owner = pwd.getpwnam(SERVER_USER)
    path.mkdir()
    try:
        _run('mount', '-t', 'tmpfs', 'pgvigil', path, '-o',
             ','.join([f'size={size}', 'mode=0700', f'uid={owner.pw_uid}', f'gid={owner.pw_gid}', *options]))
        yield path
    finally:
        unmount_below(path)
        path.rmdir()


def remount(path, *options):
    _run('mount', path, '-o', ','.join(['remount', *options]))


def fill(path, share):
    """Makes one file that brings the file system to `share` of its size; returns it."""
    ballast = path / 'ballast'
    state = os.statvfs(path)
    more = share * state.f_blocks - (state.f_blocks - state.f_bfree)
    with open(ballast, 'wb') as file:
        os.posix_fallocate(file.fileno(), 0, int(more * state.f_frsize))
    return ballast


def unmount_below(directory):
    """Takes off every file system at or below a directory, also one that is in use; innermost first."""
    found = [Path(_unescaped(line.split()[1])) for line in Path('/proc/self/mounts').read_text().splitlines()]
    for path in reversed(found):
        if path.is_relative_to(directory):
            _run('umount', '--lazy', path)


def _unescaped(text):
    return re.sub(r'\\(\d{3})', lambda code: chr(int(code[1], 8)), text)


def _run(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(f'{" ".join(map(str, command))}: {done.stderr.strip()}')
