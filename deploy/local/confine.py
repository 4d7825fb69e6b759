"""A cgroup of our own around a server: what it uses is counted apart from the machine's, and can be limited.

Root and version 1 of cgroups only. Version 2 counts memory and CPU in one cgroup, which lies where systemd allows it.
"""

import os
from contextlib import contextmanager, suppress
from pathlib import Path

from machine import start_time

HIERARCHIES = Path('/sys/fs/cgroup')
CONTROLLERS = ('cpu', 'cpuacct', 'memory')
PERIOD = 100_000  # microseconds, the kernel's own


def possible():
    return os.getuid() == 0 and all(os.access(HIERARCHIES / controller / 'cgroup.procs', os.W_OK)
                                    for controller in CONTROLLERS)


class Cgroup:
    """As many cores as the machine has, and a gigabyte, until limited(); exists until close(), which needs it empty."""

    CORES, MEMORY = os.cpu_count(), 1 << 30

    def __init__(self):
        remove_what_was_left()
        around = _membership()
        self._places = {controller: around[controller] / f'pgvigil-{os.getpid()}' for controller in CONTROLLERS}
        for place in self._places.values():
            place.mkdir()
        self._limit(self.CORES, self.MEMORY)

    def close(self):
        for place in self._places.values():
            place.rmdir()

    def adopt(self, server):
        """Takes in a server that was started; what it starts from now on is in as well."""
        for place in self._places.values():
            for pid in [server.postmaster_pid, *server.backend_pids()]:
                with suppress(ProcessLookupError):  # it has ended since
                    (place / 'cgroup.procs').write_text(str(pid))

    @contextmanager
    def limited(self, cores=CORES, memory=MEMORY):
        self._limit(cores, memory)
        try:
            yield
        finally:
            self._limit(self.CORES, self.MEMORY)

    @property
    def working_set(self):
        """Bytes in use that cannot be taken back at once, as the kubelet counts them."""
        memory = self._places['memory']
        stat = dict(line.split() for line in (memory / 'memory.stat').read_text().splitlines())
        return int((memory / 'memory.usage_in_bytes').read_text()) - int(stat['total_inactive_file'])

    def _limit(self, cores, memory):
        (self._places['cpu'] / 'cpu.cfs_quota_us').write_text(str(int(cores * PERIOD)))
        (self._places['memory'] / 'memory.limit_in_bytes').write_text(str(memory))


def _membership():
    """The cgroup that we are in, in each hierarchy."""
    found = {}
    for line in Path('/proc/self/cgroup').read_text().splitlines():
        _, controllers, path = line.split(':', 2)
        found |= {controller: HIERARCHIES / controller / path.lstrip('/') for controller in controllers.split(',')}
    return found


def remove_what_was_left():
    """The cgroups of those of us that were killed, and whose servers died with them."""
    around = _membership() if possible() else {}
    for controller in around.keys() & set(CONTROLLERS):
        for left in around[controller].glob('pgvigil-*'):
            if start_time(left.name.removeprefix('pgvigil-')) is None:
                with suppress(OSError):  # its server is still about to end: next time
                    left.rmdir()
