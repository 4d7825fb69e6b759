"""Clients that are many, slow or mad: what the others get meanwhile. Each test is a row of docs/reliability.md."""

import socket
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from harness import Watch
from machine import end, spawn, wait_until
from pgvigil import Daemon, monitored

CROWD = Path(__file__).with_name('crowd.py')


@pytest.fixture(scope='module')
def server():
    with monitored(14) as server:
        yield server


@pytest.fixture
def watched(server):
    with Daemon('--dsn', server.dsn(user='pgvigil')) as daemon:
        daemon.wait_for_polls(2)
        with Watch(daemon, server) as watch:
            yield watch


@contextmanager
def crowd(daemon, kind, count):
    """Clients of that kind, all at it; see crowd.py."""
    process = spawn([sys.executable, CROWD, daemon.port, kind, count], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == 'ready\n'
        yield process
    finally:
        end(process)


def pages_of(process):
    output, _ = process.communicate(timeout=120)
    return int(output)


def test_a_thousand_scrapes_at_once_are_all_answered(watched):
    polls = watched.daemon.value('pg_exporter_scrapes_total')
    with watched.fault(), crowd(watched.daemon, 'scraping', 1000) as clients:
        assert pages_of(clients) == 1000
        watched.until_up(1)
    watched.row('1,000 scrapes at once')
    assert watched.daemon.value('pg_exporter_scrapes_total') < polls + 100  # PostgreSQL was asked no more often


def put_beside(watched, **kinds):
    """The fault: clients of those kinds, so many of each, for some polls."""
    with watched.fault(), ExitStack() as stack:
        for kind, count in kinds.items():
            stack.enter_context(crowd(watched.daemon, kind, count))
        watched.until_up(1)
        watched.until_polls(2)


def test_idle_and_slow_writing_clients_hold_nobody_up(watched):
    put_beside(watched, idle=50, writing=20)
    watched.row('50 idle HTTP clients, and 20 that write a byte every 100 ms')


def test_clients_that_do_not_go_on_hold_nobody_up(watched):
    put_beside(watched, begun=20)
    watched.row('20 HTTP clients that begin a request and leave it at that')


def test_clients_that_do_not_read_hold_nobody_up(watched):
    put_beside(watched, reading=20)
    watched.row('20 HTTP clients that ask for the page and do not read it')


def test_connections_that_say_nothing_hold_nobody_up(watched):
    put_beside(watched, idle=1000)
    watched.row('1,000 HTTP connections that say nothing')


@pytest.mark.long
def test_a_flood_is_over_when_it_ends(server):
    """More connections than the kernel keeps for us (4,096), more requests begun than there are workers (48)."""
    with Daemon('--dsn', server.dsn(user='pgvigil')) as daemon, Watch(daemon, server, may_fail=True) as watch:
        with watch.fault(), crowd(daemon, 'begun', 5000):
            wait_until(lambda: watch.failures, 120, 'a scrape that fails')
        watch.row('5,000 HTTP clients that begin a request, and come back when they are sent away')


def exchange(port, request):
    """Sends the bytes and ends; all that comes back."""
    with socket.create_connection(('127.0.0.1', port), timeout=30) as connection:
        answer = b''
        try:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # it has heard enough
        try:
            while more := connection.recv(65536):
                answer += more
        except ConnectionResetError:
            pass
        return answer


GET = b'GET /metrics HTTP/1.1\r\nHost: x\r\n'
HEADS_OF_REFUSAL = (b'HTTP/1.1 400 ', b'HTTP/1.1 404 ', b'HTTP/1.1 405 ', b'HTTP/1.1 411 ', b'HTTP/1.1 413 ',
                    b'HTTP/1.1 414 ', b'HTTP/1.1 417 ', b'HTTP/1.1 431 ', b'HTTP/1.1 501 ', b'HTTP/1.1 505 ')
REFUSED = {
    'no HTTP': b'\x00\xff' * 500,
    'a TLS hello': b'\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03' + bytes(500),
    "HTTP/2's preface": b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'HTTP/0.9': b'GET /metrics\r\n\r\n',
    'an SSH client': b'SSH-2.0-OpenSSH_9.2\r\n\r\n',
    'a Redis command': b'*1\r\n$4\r\nPING\r\n\r\n',
    'an empty line': b'\r\n\r\n',
    'no method': b' /metrics HTTP/1.1\r\n\r\n',
    'a version of its own': b'GET /metrics HTTP/9.9\r\nHost: x\r\n\r\n',
    'a URL of 1 MiB': b'GET /' + b'a' * (1 << 20) + b' HTTP/1.1\r\n\r\n',
    'a header of 1 MiB': GET + b'X: ' + b'a' * (1 << 20) + b'\r\n\r\n',
    '100,000 headers': GET + b'X: y\r\n' * 100_000 + b'\r\n',
    'another host as a proxy': b'GET http://10.0.0.1/metrics HTTP/1.1\r\nHost: 10.0.0.1\r\n\r\n',
    'a tunnel': b'CONNECT 10.0.0.1:22 HTTP/1.1\r\nHost: x\r\n\r\n',
    'a path out of the root': b'GET /../../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n',
    'a path with NUL': b'GET /metrics%00.html HTTP/1.1\r\nHost: x\r\n\r\n',
    'a path with a line end': b'GET /a%0d%0aSet-Cookie:b HTTP/1.1\r\nHost: x\r\n\r\n',
    'a POST': b'POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc',
    'a body of many bytes': b'PUT /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n' + b'a' * (1 << 20),
    'a negative length': GET + b'Content-Length: -1\r\n\r\n',
    'a length that is no number': GET + b'Content-Length: ten\r\n\r\n',
    'WebDAV': b'PROPFIND /metrics HTTP/1.1\r\nHost: x\r\nDepth: infinity\r\n\r\n',
    'TRACE': b'TRACE /metrics HTTP/1.1\r\nHost: x\r\nCookie: secret\r\n\r\n',
}


def test_malformed_requests_are_refused_and_the_next_one_served(watched):
    with watched.fault():
        for what, request in REFUSED.items():
            answer = exchange(watched.daemon.port, request)
            assert not answer or answer.startswith(HEADS_OF_REFUSAL), (what, answer[:200])
            assert b'secret' not in answer and b'Set-Cookie' not in answer.partition(b'\r\n\r\n')[0], what
        watched.until_up(1)
    watched.row('Two dozen kinds of malformed HTTP, headers of 1 MiB, 100,000 headers')


def test_requests_are_not_smuggled_in_a_body(watched):
    """What follows a request with a body is never taken for a request."""
    hidden = b'GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n'
    chunked = GET + b'Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n' + hidden
    both = GET + b'Content-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n' % (len(hidden) + 5) + hidden
    counted = GET + b'Content-Length: %d\r\n\r\n' % len(hidden) + hidden
    overflowing = GET + b'Content-Length: 18446744073709551616\r\n\r\n' + hidden
    for request in chunked, both, counted, overflowing:
        assert exchange(watched.daemon.port, request).count(b'HTTP/1.1 ') <= 1, request
