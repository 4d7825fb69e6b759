"""The five thresholds of the plan's section 8.1, as Prometheus answers them."""

import json
import math
from collections import namedtuple
from urllib.parse import quote

from machine import get

RULES = ['cpu', 'memory', 'disk', 'connections', 'latency']
STATES = {0: 'ok', 1: 'warning', 2: 'critical'}
HEADER = f'{"rule":<12} {"value":>10} {"warning":>10} {"critical":>10}  state'

Threshold = namedtuple('Threshold', 'rule value warning critical state')  # numbers; None: Prometheus has none


def query(prometheus, expression):
    """An instant query: [(labels, number)]; nothing while Prometheus does not answer."""
    try:
        reply = get(f'{prometheus}/api/v1/query?query={quote(expression)}')
        samples = json.loads(reply.text)['data']['result'] if reply.status == 200 else []
    except OSError:
        samples = []
    return [(sample['metric'], float(sample['value'][1])) for sample in samples]


def ask(prometheus):
    """The five thresholds, in the plan's order."""
    values = {labels.get('rule'): number for labels, number in query(prometheus, 'pgvigil_threshold_value')
              if math.isfinite(number)}
    limits = {(labels.get('rule'), labels.get('severity')): number
              for labels, number in query(prometheus, 'pgvigil_threshold_limit')}
    states = {labels.get('rule'): number for labels, number in query(prometheus, 'pgvigil_threshold_state')}
    return [Threshold(rule, values.get(rule), limits.get((rule, 'warning')), limits.get((rule, 'critical')),
                      states.get(rule)) for rule in RULES]


def table(thresholds):
    """The lines to print."""
    return [HEADER] + [
        f'{t.rule:<12} {_number(t.rule, t.value):>10} {_number(t.rule, t.warning):>10}'
        f' {_number(t.rule, t.critical):>10}  {STATES.get(t.state, "-")}' for t in thresholds]


def missing(thresholds):
    return [threshold.rule for threshold in thresholds if threshold.value is None]


def _number(rule, number):
    if number is None:
        return '-'
    return f'{number * 1000:.2f} ms' if rule == 'latency' else f'{number * 100:.1f} %'
