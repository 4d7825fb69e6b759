"""What processes cost, from the kernel: CPU time to the nanosecond and memory."""

import os
import time
from pathlib import Path

TICK = 1 / os.sysconf('SC_CLK_TCK')


def cpu_seconds(pid):
    """CPU time of a process so far, its ended threads included: the clock that clock_getcpuclockid(3) names."""
    return time.clock_gettime((~pid << 3) | 2)


def resident_mib(pid):
    return _kib(f'/proc/{pid}/status', 'VmRSS') / 1024


def private_dirty_mib(pid):
    return _kib(f'/proc/{pid}/smaps_rollup', 'Private_Dirty') / 1024


def _kib(path, key):
    for line in Path(path).read_text(encoding='utf-8').splitlines():
        name, _, rest = line.partition(':')
        if name == key:
            return int(rest.split()[0])
    raise KeyError(f'{path} has no {key}')


class Server:
    """What a postmaster spends on the sessions of a role: itself, their backends, and those of them that have ended.

    Nothing else ends on a server without autovacuum whose other sessions stay.
    """

    def __init__(self, postmaster, role):
        self._postmaster, self._role = postmaster, role

    def cpu_seconds(self):
        return cpu_seconds(self._postmaster) + self._ended() + sum(map(self._of_child, self._backends()))

    def sessions(self):
        return len(self._backends())

    def _backends(self):
        """Those that call themselves `postgres: role database host(port) state`."""
        children = Path(f'/proc/{self._postmaster}/task/{self._postmaster}/children').read_text()
        return [int(pid) for pid in children.split() if f'postgres: {self._role} ' in self._title(pid)]

    def _ended(self):
        fields = Path(f'/proc/{self._postmaster}/stat').read_text().rpartition(')')[2].split()
        return (int(fields[13]) + int(fields[14])) * TICK  # cutime, cstime

    @staticmethod
    def _of_child(pid):
        try:
            return cpu_seconds(pid)
        except OSError:  # it ended just now
            return 0.0

    @staticmethod
    def _title(pid):
        try:
            return Path(f'/proc/{pid}/cmdline').read_bytes().decode(errors='replace')
        except OSError:
            return ''
