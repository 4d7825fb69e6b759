"""The network in trouble: what the page says meanwhile. Each test is a row of docs/reliability.md.

The server is at the far end of a wire, so pgvigil sees nothing of its files and pings it once a poll: a third connection,
which a server that wants a password never lets become a session.
"""

import tempfile
from contextlib import ExitStack, contextmanager

import pytest
from harness import Watch
from machine import wait_until
from pgvigil import EVERY_SECOND, Daemon, monitored
from wire import Wire

SLOWLY = EVERY_SECOND.replace('interval: 1s', 'interval: 5s')


@pytest.fixture(scope='module')
def wire():
    with Wire() as wire:
        yield wire


@pytest.fixture(scope='module')
def server(wire):
    with ExitStack() as stack:
        with wire.far():
            server = stack.enter_context(monitored(14, address=wire.FAR, hba=wire.HBA))
        server.sql("ALTER ROLE pgvigil PASSWORD 'right'")
        yield server


@contextmanager
def watching(wire, server, config=EVERY_SECOND, polls=2, **most):
    """A daemon that has seen everything, watched."""
    with Daemon('--dsn', server.dsn(user='pgvigil') + ' password=right', config=config, timeout=30) as daemon:
        daemon.wait_for_polls(polls)
        with Watch(daemon, server, most_connections=3, **most) as watch:
            yield watch
            wire.mend()


def our_sessions(server):
    return server.sql("SELECT count(*) FROM pg_stat_activity WHERE usename = 'pgvigil'")[0][0]


def test_a_cut_is_told_and_its_end_noticed(wire, server):
    with watching(wire, server, most_sessions=4) as watched:
        with watched.fault():
            wire.there = wire.back = False
            watched.until_up(0)
            watched.until_polls(2)
            wire.mend()
        row = watched.row('The network cut', 'until the server has heard that they ended, the old sessions count as well')
        assert row['connection errors'] == ['timeout']
        wait_until(lambda: our_sessions(server) <= 2, 60, 'the end of the old sessions')


@pytest.mark.long
def test_sessions_that_a_cut_left_behind_end_by_themselves(wire, server):
    with watching(wire, server, most_sessions=4) as watched:
        with watched.fault():
            wire.there = wire.back = False
            watched.until_up(0)
            wait_until(lambda: our_sessions(server) == 0, 60, 'the end of the sessions that nobody ends')
            wire.mend()
        watched.row('The network cut for so long that the kernel forgets the connections')


@pytest.mark.long
def test_answers_that_do_not_arrive_are_told(wire, server):
    with watching(wire, server, most_sessions=4) as watched:
        with watched.fault():
            wire.back = False
            watched.until_up(0)
            watched.until_polls(2)
            wire.mend()
        row = watched.row('Half-open: requests arrive, answers do not')
        assert row['connection errors'] == ['timeout']


def test_a_server_that_vanished_and_came_back_is_another(wire, server):
    with watching(wire, server) as watched:
        started = watched.daemon.value('pg_postmaster_start_time_seconds')
        with watched.fault():
            wire.there = wire.back = False
            with wire.far():
                server.restart('immediate')
            watched.until_up(0)
            wire.mend()
        watched.row('Half-open: the server restarted while nothing of it arrived')
        assert watched.daemon.value('pg_postmaster_start_time_seconds') > started


@pytest.mark.long
def test_a_delay_of_half_a_second_harms_nothing(wire, server):
    """A poll is some four round trips, one for a statement; what has to connect first some ten."""
    with watching(wire, server, config=SLOWLY, polls=0) as watched:
        with watched.fault():
            wire.delay = 0.25
            watched.until_up(1)
            watched.until_polls(1)
            wire.mend()
        assert not watched.row('The network delayed by 500 ms')['failed']


@pytest.mark.long
def test_a_start_over_a_slow_network_takes_one_poll(wire, server):
    wire.delay = 0.25
    with watching(wire, server, config='', polls=0) as watched:
        with watched.fault():
            watched.until_up(1)
            watched.until_polls(0)
            wire.mend()
        assert not watched.row('pgvigil started over a network delayed by 500 ms')['failed']


@pytest.mark.long
def test_lost_packets_are_sent_again(wire, server):
    with watching(wire, server, most_sessions=4) as watched:
        with watched.fault():
            wire.loss = 0.2
            watched.until_polls(8)
            wire.mend()
        watched.row('Every fifth packet lost', 'pg_up says of each poll whether it got through')


def test_a_name_that_moves_to_another_server_is_followed():
    with ExitStack() as stack:
        old = stack.enter_context(monitored(14, address='127.0.0.2'))
        new = stack.enter_context(monitored(14, address='127.0.0.3', port=old.port))
        hosts = stack.enter_context(tempfile.NamedTemporaryFile('w', encoding='utf-8'))

        def point_to(server):
            hosts.seek(0)
            hosts.write(f'{server.address} db.example\n')
            hosts.flush()
        point_to(old)
        mount = ['unshare', '--mount', 'sh', '-c', f'mount --bind {hosts.name} /etc/hosts && exec "$@"', 'sh']
        daemon = stack.enter_context(Daemon('--dsn', old.dsn(user='pgvigil', host='db.example'), wrapper=mount))
        daemon.wait_for_polls(2)
        watch = stack.enter_context(Watch(daemon, old, new))
        started = daemon.value('pg_postmaster_start_time_seconds')
        with watch.fault():
            old.stop()
            watch.until_up(0)
            point_to(new)
        watch.row('The name of the server moved to another address')
        assert daemon.value('pg_postmaster_start_time_seconds') != started
