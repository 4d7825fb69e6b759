"""Debian's prometheus-postgres-exporter, for what is compared with it."""

import re
import subprocess

from machine import answers, end, free_port, get, spawn, wait_until


def page_of(server, *args):
    """Its page of that server, as text."""
    port = free_port()
    environment = {'PATH': '/usr/bin:/bin', 'DATA_SOURCE_NAME': server.dsn(user='pgvigil') + ' sslmode=disable'}
    command = ['/usr/bin/prometheus-postgres-exporter', f'--web.listen-address=127.0.0.1:{port}', *args]
    process = spawn(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL)
    try:
        url = f'http://127.0.0.1:{port}/metrics'
        wait_until(lambda: answers(url), 60, what='postgres_exporter')
        page = get(url).text
    finally:
        end(process)
    assert re.search(r'^pg_up 1$', page, re.M), page[:500]
    return page
