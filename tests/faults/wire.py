"""A network of one wire between two namespaces: ours, and a far one for the server. What is on it can be held up or lost.

    with Wire() as wire:
        with wire.far():
            server = Postgres(14, address=wire.FAR, hba=wire.HBA).start()
        wire.delay = 0.5

Each end is a TUN device; a thread of ours carries the packets, so a fault needs no module of the kernel and nothing of the
machine's own network is touched. Needs CAP_NET_ADMIN and CAP_SYS_ADMIN. A namespace is a thread's: make a Wire in the thread
that starts the processes, before the threads that are to see the same network.
"""

import ctypes
import fcntl
import heapq
import os
import random
import select
import struct
import subprocess
import threading
import time
from contextlib import contextmanager, suppress

CLONE_NEWNET = 0x40000000  # linux/sched.h
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000  # linux/if_tun.h
LIBC = ctypes.CDLL(None, use_errno=True)


class Wire:
    """`delay`: seconds from end to end; `loss`: the share of packets that is lost, by chance but the same every time;
    `there`, `back`: whether packets to the far side, and those from it, arrive at all."""

    NEAR, FAR = '10.97.0.1', '10.97.0.2'
    HBA = f'host all all {NEAR}/32 scram-sha-256\n'

    def __init__(self):
        self.delay, self.loss, self.there, self.back = 0.0, 0.0, True, True
        self._chance = random.Random(1)
        self._waiting = []  # (when it is due, its number, to which end, packet)
        self._stop, self._wake = os.pipe()

    def __enter__(self):
        self._home = _namespace()
        self._ends = {}
        self._far = self._make_end(self.FAR, self.NEAR)
        self._near = self._make_end(self.NEAR, self.FAR)
        self._thread = threading.Thread(target=self._carry, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        os.close(self._wake)
        self._thread.join()
        _enter(self._home)
        for descriptor in (*self._ends, self._home, self._near, self._far, self._stop):
            os.close(descriptor)

    @contextmanager
    def far(self):
        """What is started in here is on the far side."""
        _enter(self._far)
        try:
            yield
        finally:
            _enter(self._near)

    def mend(self):
        self.delay, self.loss, self.there, self.back = 0.0, 0.0, True, True

    def _make_end(self, address, peer):
        """A new namespace, which is this thread's from now on, with its end of the wire."""
        if LIBC.unshare(CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), 'no network namespace can be made: run as root, with CAP_SYS_ADMIN')
        tun = os.open('/dev/net/tun', os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        fcntl.ioctl(tun, TUNSETIFF, struct.pack('16sH', b'wire', IFF_TUN | IFF_NO_PI))
        for command in ('link set lo up', f'addr add {address} peer {peer} dev wire', 'link set wire up'):
            subprocess.run(['ip', *command.split()], check=True)
        self._ends[tun] = address
        return _namespace()

    def _carry(self):
        far, near = self._ends
        number = 0
        while True:
            patience = max(0.0, self._waiting[0][0] - time.monotonic()) if self._waiting else None
            ready, _, _ = select.select([far, near, self._stop], [], [], patience)
            if self._stop in ready:
                return
            for end in set(ready):
                number += 1
                packet = os.read(end, 65536)
                arrives = self.there if end == near else self.back
                if arrives and self._chance.random() >= self.loss:
                    heapq.heappush(self._waiting, (time.monotonic() + self.delay, number, near if end == far else far, packet))
            while self._waiting and self._waiting[0][0] <= time.monotonic():
                _, _, end, packet = heapq.heappop(self._waiting)
                with suppress(OSError):  # its buffer is full: lost, as on any wire
                    os.write(end, packet)


def _namespace():
    return os.open('/proc/thread-self/ns/net', os.O_RDONLY | os.O_CLOEXEC)


def _enter(namespace):
    if LIBC.setns(namespace, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), 'setns')
