"""The committed boards, and enough of PromQL to see which metrics and labels an expression names."""

import json
import re
from collections import namedtuple
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BOARDS = {path.stem: json.loads(path.read_text(encoding='utf-8')) for path in sorted((ROOT / 'dashboards').glob('*.json'))}

# What Grafana would fill in, for a Prometheus that has scraped each second for a minute.
VARIABLES = {'__rate_interval': '5s', '__interval': '1s', '__range_s': '30', '__range': '30s', 'topk': '10',
             'job': '.+', 'instance': '.+', 'database': '.+', 'queryid': '.+', 'collector': '.+'}

# Metrics that Prometheus itself makes.
OWN = {'ALERTS', 'up', 'scrape_duration_seconds', 'scrape_samples_scraped', 'scrape_series_added'}
OWN_LABELS = {'job', 'instance', 'alertname', 'severity', 'alertstate'}

WORDS = set('''and or unless on ignoring by without group_left group_right bool offset end
    sum min max count topk sort_desc rate irate increase delta deriv changes predict_linear max_over_time min_over_time avg_over_time histogram_quantile avg
    clamp clamp_min clamp_max round label_replace timestamp time vector absent s m h d'''.split())

STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
SELECTOR = re.compile(r'([a-zA-Z_:][\w:]*)\s*\{([^{}]*)\}')
MATCHER = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*("(?:[^"\\]|\\.)*")')
GROUPING = re.compile(r'\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^()]*)\)')

Target = namedtuple('Target', 'board panel kind letter expr')
Selector = namedtuple('Selector', 'metric matchers before after')


def panels(board):
    return [panel for panel in BOARDS[board]['panels'] if panel['type'] != 'row']


def targets():
    return [Target(board, panel['title'], panel['type'], target['refId'], target['expr'])
            for board in BOARDS for panel in panels(board) for target in panel['targets']]


def filled(expr):
    for name, value in VARIABLES.items():
        expr = re.sub(r'\$\{?' + name + r'\b\}?', value, expr)
    return expr


def selectors(expr):
    """Each with its matchers {label: (operator, value)}, and the text before and after it."""
    return [Selector(found[1], {label: (operator, value) for label, operator, value in MATCHER.findall(found[2])},
                     expr[:found.start()], expr[found.end():]) for found in SELECTOR.finditer(expr)]


def strangers(expr):
    """Names that are neither of the language nor selectors with braces."""
    rest = GROUPING.sub(' ', STRING.sub(' ', SELECTOR.sub(' ', filled(expr))))
    return set(re.findall(r'[a-zA-Z_]\w*', rest)) - WORDS


def grouped(expr):
    """The labels that results are grouped, joined or named by."""
    made = set(re.findall(r', "(\w+)", "[^"]*", "\w*", "', expr))  # by label_replace
    return {label.strip() for labels in GROUPING.findall(expr) for label in labels.split(',') if label.strip()} - made
