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
    """A postmaster and all that it started."""

    def __init__(self, postmaster):
        self._postmaster = postmaster

    def cpu_seconds(self):
        """Of the postmaster, of the processes that it has and of those that have ended."""
        return cpu_seconds(self._postmaster) + self._ended() + sum(map(self._of_child, self._children()))

    def sessions_of(self, role):
        """Backends that serve the role, as they call themselves: `postgres: role database host(port) state`."""
        return sum(f'postgres: {role} ' in self._title(pid) for pid in self._children())

    def _children(self):
        return map(int, Path(f'/proc/{self._postmaster}/task/{self._postmaster}/children').read_text().split())

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
