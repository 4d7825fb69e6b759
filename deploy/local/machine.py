"""Processes, ports, waiting and HTTP on this machine: what `up` and the tests share."""

import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import namedtuple

Response = namedtuple('Response', 'status headers text')


def wait_until(predicate, timeout=30.0, what='condition', every=0.02):
    """Polls, `every` so many seconds, until predicate() is true and returns its value; TimeoutError after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not (value := predicate()):
        if time.monotonic() > deadline:
            raise TimeoutError(f'{what}: not within {timeout} s')
        time.sleep(every)
    return value


def spawn(args, user=None, dies_by='TERM', **popen):
    """Starts a process, as another user if one is given, which gets the signal `dies_by` when we die.

    The kernel counts the starting *thread* as the parent: start long-lived processes from the main thread. The process
    leads a session of its own, so that a Ctrl-C at the terminal reaches only us, who then end it in good order.
    """
    identity = [f'--reuid={user}', f'--regid={user}', '--clear-groups'] if user else []
    return subprocess.Popen(['setpriv', f'--pdeathsig={dies_by}', *identity, '--', *map(str, args)],
                            start_new_session=True, **popen)


def end(process, how=signal.SIGTERM, timeout=10.0):
    """Ends a process that we started, also a stopped one: by the signal `how`, then by SIGKILL; returns its status."""
    if process.poll() is None:
        process.send_signal(how)
        process.send_signal(signal.SIGCONT)
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
    return process.wait()


def exit_on_signals():
    """Lets SIGTERM and SIGHUP unwind the stack and run atexit, as SIGINT does; leaves handlers of others alone."""
    if threading.current_thread() is not threading.main_thread():
        return
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, _exit)


def _exit(number, _frame):
    signal.signal(number, signal.SIG_IGN)  # a second one must not interrupt the cleaning up
    sys.exit(128 + number)


def start_time(pid):
    """When a process started, in clock ticks since boot: with the pid it names one process for ever. None: it ended."""
    try:
        with open(f'/proc/{pid}/stat', encoding='utf-8', errors='replace') as stat:
            fields = stat.read().rpartition(')')[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] == 'Z' else int(fields[19])


def free_port(first=0):
    """The first free port of 127.0.0.1 from `first` on; 0: any."""
    for port in range(first, 65536):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections in TIME_WAIT do not count
            try:
                probe.bind(('127.0.0.1', port))
                probe.listen()
                return probe.getsockname()[1]
            except OSError:
                pass
    raise OSError(f'no free port from {first} on')


def get(url, timeout=5.0, headers=None):
    """GETs a URL of this machine, never through a proxy; an HTTP error status is an answer, not an exception."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        reply = opener.open(urllib.request.Request(url, headers=headers or {}), timeout=timeout)
    except urllib.error.HTTPError as error:
        reply = error
    with reply:
        return Response(reply.status, reply.headers, reply.read().decode('utf-8'))


def answers(url):
    """True when a GET gives status 200, False when it gives another one or nothing."""
    try:
        return get(url).status == 200
    except OSError:
        return False


def tail(path, lines=10):
    """The last lines of a log, for an error message."""
    with open(path, encoding='utf-8', errors='replace') as log:
        return ''.join(log.readlines()[-lines:]).rstrip()
