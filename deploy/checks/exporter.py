"""The checks of pgvigil and of the alert rules in Prometheus."""

import re

from checks.site import ROOT, Check, Skip, Wrong, fetch, fetch_json

OLDEST_POLL = 120  # seconds
PAGES = {'cpu': 'PostgresCpuHigh', 'memory': 'PostgresMemoryHigh', 'disk': 'PostgresDiskHigh',
         'connections': 'PostgresConnectionsHigh', 'latency': 'PostgresLatencyHigh'}


def exporter(site):
    if not site.metrics and site.objects and not site.objects.error:
        raise Wrong('its port cannot be forwarded')
    if not site.metrics:
        raise Skip('without --metrics')
    status, error = site.status
    if error:
        raise Wrong(error)
    return f'pgvigil {status["version"]} at {site.metrics}'


def answering(site):
    """The status; Skip where there is none."""
    if not site.metrics or site.status[1]:
        raise Skip('the exporter does not answer' if site.metrics else 'without --metrics')
    return site.status[0]


def polled(site):
    """The status of an exporter that reaches its server."""
    status = answering(site)
    if not status['server']['up']:
        raise Skip('the exporter does not reach the server')
    return status


def reaches(site):
    server = answering(site)['server']
    if not server['up']:
        raise (Skip if site.server_error else Wrong)(f'pg_up 0: {server["reason"]}')  # of a dead server that is right
    return 'pg_up 1'


def poll(site):
    status = polled(site)
    age = status['now'] - status['server']['taken']
    if age > OLDEST_POLL:
        raise Wrong(f'the last one ended {age:.0f} s ago')
    return f'the last one ended {age:.0f} s ago'


def threshold(rule):
    """Whether it is measured; what its state means is the alert's business."""
    def look(site):
        found = [one for one in polled(site)['thresholds'] if one['rule'] == rule]
        if not found or not found[0]['state']:
            raise Wrong(f'no value: {found[0]["reason"] if found else "not judged"}')
        one = found[0]
        shown = [text(one[key], one['unit']) for key in ('value', 'warning', 'critical')]
        return f'{one["reason"] or shown[0]}: {one["state"]} (limits {shown[1]}, {shown[2]})'
    return look


def text(number, unit):
    if number is None:
        return ''
    return f'{number * 1000:.4g} ms' if unit == 'seconds' else f'{number * 100:.1f} %'


def limits(site):
    """CPU and memory that pgvigil takes for the database's; in a cluster they are those of the container."""
    polled(site)
    page = fetch(f'{site.metrics}/metrics')
    cores, memory = (re.search(rf'^pg_container_{name} (\S+)$', page, re.M)
                     for name in ('cpu_limit_cores', 'memory_limit_bytes'))
    if not cores or not memory:
        raise Wrong('none')
    seen = f'{float(cores[1]):g} cores, {float(memory[1]) / 2**30:.4g} GiB'
    wanted = site.objects and site.objects.limits()
    if wanted and wanted != (float(cores[1]), float(memory[1])):
        raise Wrong(f'{seen}; the pod has {wanted[0]:g} cores, {wanted[1] / 2**30:.4g} GiB')
    return seen


def alert_rules(site):
    if not site.prometheus:
        raise Skip('without --prometheus')
    wanted = set(re.findall(r'- alert: (\w+)', (ROOT / 'alerts/pgvigil.rules.yml').read_text(encoding='utf-8')))
    groups = fetch_json(f'{site.prometheus}/api/v1/rules?type=alert')['data']['groups']
    loaded = {rule['name']: rule['health'] for group in groups for rule in group['rules']}
    wrong = [f'{name} {loaded.get(name, "is missing")}' for name in sorted(wanted) if loaded.get(name) in (None, 'err')]
    if wrong:
        raise Wrong('; '.join(wrong))
    return f'{len(wanted)} loaded'


CHECKS = (
    Check('exporter', exporter, 'pgvigil answers', 'PgvigilDown'),
    Check('pg_up', reaches, 'pgvigil reaches the server', 'PostgresDown'),
    Check('poll', poll, f'the last one ended within {OLDEST_POLL} s', 'PgvigilBlind'),
    *(Check(f'threshold {rule}', threshold(rule), 'it has a value and a state', page) for rule, page in PAGES.items()),
    Check('container limits', limits, "those of the database's container", 'PgvigilCollectorFailing'),
    Check('alert rules', alert_rules, 'all of alerts/pgvigil.rules.yml, evaluated without error', 'PgvigilDown'),
)
