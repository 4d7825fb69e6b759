"""The faults that can be made real, and the alerts that each must raise.

A fault is a context manager over a running stack (stack.Stack): it is real between its beginning and its end, on a
server that is thrown away, and nothing outside the stack is touched.
"""

from collections import namedtuple

import confine
import volume
from faults import host, server, sessions

# name; how to make it; the alerts that must come; those that may come as well, being true too; what it needs
Fault = namedtuple('Fault', 'name make alerts also needs', defaults=['', ''])

MOUNT, CGROUP = 'root that may mount', 'root and version 1 of cgroups'

FAULTS = {fault.name: fault for fault in [
    Fault('connections', sessions.connections, 'PostgresConnectionsHigh', 'PostgresConnectionsForecast'),
    Fault('latency', sessions.latency, 'PostgresLatencyHigh', 'PostgresConnectionsForecast'),
    Fault('disk', host.disk, 'PostgresDiskHigh', 'PostgresDiskForecast', MOUNT),
    Fault('cpu', host.cpu, 'PostgresCpuHigh PostgresCpuThrottled', 'PostgresLatencyHigh', CGROUP),
    Fault('memory', host.memory, 'PostgresMemoryHigh', '', CGROUP),
    Fault('oom', host.oom, 'PostgresOomKill', 'PostgresDown PostgresMemoryHigh', CGROUP),
    Fault('down', server.down, 'PostgresDown', 'PostgresRestarted'),
    Fault('hang', server.hang, 'PostgresDown', 'PgvigilCollectorFailing'),
    Fault('frozen', host.frozen, 'PgvigilDown'),
    Fault('restart', server.restart, 'PostgresRestarted', 'PostgresDown'),
    Fault('lock', sessions.lock, 'PostgresLockWait PostgresRootBlocker',
          'PostgresIdleInTransaction PostgresLongTransaction PostgresLatencyHigh'),
    Fault('deadlock', sessions.deadlock, 'PostgresDeadlocks', 'PostgresLatencyHigh'),
    Fault('idle', sessions.idle, 'PostgresIdleInTransaction', 'PostgresLongTransaction'),
    Fault('long', sessions.long, 'PostgresLongTransaction'),
    Fault('rollback', sessions.rollback, 'PostgresRollbacksHigh'),
    Fault('temp', sessions.temp, 'PostgresTempFilesHigh', 'PostgresLatencyHigh'),
    Fault('regression', sessions.regression, 'PostgresStatementRegression', 'PostgresLatencyHigh'),
    Fault('archiver', server.archiver, 'PostgresArchiverFailing'),
    Fault('slot', server.slot, 'PostgresSlotInactive'),
    Fault('lost', server.lost, 'PostgresSlotWalLost', 'PostgresSlotInactive'),
    Fault('checkpoints', server.checkpoints, 'PostgresCheckpointsFrequent'),
    Fault('pending', server.pending, 'PostgresPendingRestart'),
    Fault('sequence', server.sequence, 'PostgresSequenceHigh'),
    Fault('vacuum', server.vacuum, 'PostgresAutovacuumBehind'),
    Fault('backup', server.backup, 'PostgresBackupOld PostgresRestoreTestOld PostgresBackupFailed'),
    Fault('readonly', host.readonly, 'PostgresMountReadOnly', '', MOUNT),
    Fault('inodes', host.inodes, 'PostgresInodesHigh', '', MOUNT),
    Fault('collector', server.collector, 'PgvigilCollectorFailing'),
]}


def lacking(fault):
    """What the fault needs and this machine does not give; nothing if it can be made real."""
    given = {'': True, MOUNT: volume.possible(), CGROUP: confine.possible()}
    return '' if given[fault.needs] else fault.needs
