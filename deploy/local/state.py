"""The state directory of `up`: one for each user, there as long as `up` runs, removed with it.

In /tmp rather than in XDG_RUNTIME_DIR, which is a small memory file system, and closed to the server's user.
"""

import os
import shutil
import signal
import tempfile
from pathlib import Path

import confine
from machine import start_time, wait_until
from volume import unmount_below

DIRECTORY = Path(os.environ.get('PGVIGIL_STATE') or f'/tmp/pgvigil-local-{os.getuid()}')


class Owner:
    """The `up` that a state directory belongs to: a pid, and its start time in case the pid was given away since."""

    def __init__(self, pid, start):
        self.pid, self._start = pid, start

    @classmethod
    def load(cls):
        """The owner of the state directory, alive or not; None if there is no such directory."""
        try:
            if DIRECTORY.lstat().st_uid != os.getuid():
                raise SystemExit(f'{DIRECTORY} belongs to somebody else: set PGVIGIL_STATE to another directory')
            return cls(*map(int, (DIRECTORY / 'owner').read_text().split()))
        except FileNotFoundError:
            return None

    @property
    def alive(self):
        return start_time(self.pid) == self._start

    def end(self):
        """Lets `up` end all it started. What an `up` that was killed had started has died with it (machine.spawn)."""
        if self.alive:
            os.kill(self.pid, signal.SIGTERM)
            wait_until(lambda: not self.alive, 60, 'end of up')
        unmount_below(DIRECTORY)
        confine.remove_what_was_left()
        shutil.rmtree(DIRECTORY, ignore_errors=True)


def claim(ends):
    """Makes the state directory ours, with one rename, so that of two `up`s at once only one gets it; returns it.

    It is removed by the ExitStack `ends`."""
    ours = Path(tempfile.mkdtemp(prefix=f'{DIRECTORY.name}-', dir=DIRECTORY.parent))
    ours.chmod(0o711)  # PostgreSQL's user goes through it
    (ours / 'owner').write_text(f'{os.getpid()} {start_time(os.getpid())}\n')
    try:
        before = Owner.load()
        if before and not before.alive:
            before.end()
        ours.rename(DIRECTORY)
        ends.callback(shutil.rmtree, DIRECTORY)
    except OSError:  # it exists and is not empty
        running = Owner.load()
        raise SystemExit(f'up: already running (pid {running.pid if running else "?"}); '
                         'end it by deploy/local/down') from None
    finally:
        shutil.rmtree(ours, ignore_errors=True)
    return DIRECTORY
