"""The alert rules: what Prometheus' own tool says of them, by tests/alerts/*.test.yml, and whether any lacks a test."""

import functools
import re
import shutil
import subprocess
from collections import defaultdict
from datetime import timedelta

import pytest
import yaml
from pgvigil import ROOT, run

RULES = ROOT / 'alerts/pgvigil.rules.yml'
KUBELET = ROOT / 'tests/alerts/kubelet.test.yml'
STORIES = sorted(set((ROOT / 'tests/alerts').glob('*.test.yml')) - {KUBELET})

SCRAPE_INTERVAL = timedelta(seconds=15)
ANNOTATIONS = {'summary', 'description', 'runbook_url', 'dashboard_url'}
NUMBERS = {'value', 'limit'}  # not of an alert that is true or false

# What pgvigil's page says of pgvigil, and Prometheus of a scrape: docs/metrics.md has the collectors' metrics only.
OWN_METRICS = {
    'up': set(), 'pg_up': set(), 'pgvigil_last_poll_timestamp_seconds': set(), 'pgvigil_poll_interval_seconds': set(),
    'pg_scrape_collector_success': {'collector'}, 'pgvigil_collector_cut_rows': {'collector'},
    'pgvigil_collector_skipped': {'collector', 'reason'},
    'pgvigil_threshold_limit': {'rule', 'severity'}, 'pgvigil_config_last_reload_successful': set(),
    'pgvigil_statements_calls_total': set(), 'pgvigil_statements_seconds_total': set(),
    'pg_backup_last_success_timestamp_seconds': {'kind'}, 'pg_backup_last_success': {'kind'},  # deploy/database/collectors.yml
}
OWN_COUNTERS = {'pgvigil_statements_calls_total', 'pgvigil_statements_seconds_total'}
OF_COUNTERS = {'rate', 'increase'}
OF_GAUGES = {'predict_linear', 'deriv', 'changes'}


def promtool(*args):
    done = subprocess.run(['promtool', *map(str, args)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def duration(text):
    units = {'d': 'days', 'h': 'hours', 'm': 'minutes', 's': 'seconds'}
    assert re.fullmatch(r'(\d+[dhms])+', text), text
    return sum((timedelta(**{units[unit]: int(count)}) for count, unit in re.findall(r'(\d+)(.)', text)), timedelta())


@functools.cache
def groups():
    return yaml.safe_load(RULES.read_text(encoding='utf-8'))['groups']


def alerts():
    return [rule for group in groups() for rule in group['rules'] if 'alert' in rule]


def named(alert):
    return alert['alert'], alert['labels']['severity']


@functools.cache
def stories():
    return {path: yaml.safe_load(path.read_text(encoding='utf-8')) for path in STORIES}


@functools.cache
def documented():
    """{metric: (type, its labels)} by docs/metrics.md; a family of metrics is there with a * for its end."""
    metrics, labels = {}, set()
    for line in (ROOT / 'docs/metrics.md').read_text(encoding='utf-8').splitlines():
        if line.startswith('Runs every '):
            stated = re.search(r'Labels: (.*)\.$', line)
            labels = set(stated[1].split(', ')) if stated else set()
        elif row := re.match(r'\| `([\w*]+)`[ †]* \| (\w+) \|', line):
            metrics[row[1]] = row[2], labels
    return metrics


def metric(name):
    """(type, labels) of a metric that the rules may use; None where there is no such metric."""
    if name in OWN_METRICS:
        return 'counter' if name in OWN_COUNTERS else 'gauge', OWN_METRICS[name]
    known = documented()
    return known.get(name) or next((known[family] for family in known
                                    if family.endswith('*') and name.startswith(family[:-1])), None)


def exprs():
    """(name, expression) of each rule."""
    return [(rule.get('alert') or rule['record'], rule['expr']) for group in groups() for rule in group['rules']]


def bare(expr):
    """The expression without what stands between quotes; the range of a sum of counters is its counters' range."""
    return re.sub(r'\bsum without \([^()]*\) \(([^()]*)\)(\[\w+):\w+\]', r'\1\2]', re.sub(r'"[^"]*"', '""', expr))


def selectors(expr):
    """(function or '', metric or record, range or '') of each selector in the expression."""
    name = r'\b((?:pg|instance|statement|up)[\w:]*)'
    return re.findall(r'(?:\b([a-z_]+)\()?' + name + r'(?:\{[^}]*\})?(?:\[(\w+)\])?', bare(expr))


# The rules themselves.

def test_promtool_finds_no_fault_with_the_rules():
    promtool('check', 'rules', '--lint=all', '--lint-fatal', RULES)


def test_each_alert_has_the_labels_and_texts_that_its_readers_need():
    for alert in alerts():
        name = alert['alert']
        texts = alert['annotations']
        assert alert['labels']['severity'] in ('warning', 'critical'), name
        assert set(texts) in (ANNOTATIONS, ANNOTATIONS | NUMBERS), name
        assert '{{' not in texts['summary'] and texts['summary'].endswith('.'), name
        assert ' First: ' in texts['description'], name
        assert re.search(rf'/runbooks/{name}(\.md)?$', texts['runbook_url']), name
    names = [named(alert) for alert in alerts()]
    assert len(names) == len(set(names))


def test_each_alert_has_a_runbook():
    lacking = {alert['alert'] for alert in alerts() if not (ROOT / f'docs/runbooks/{alert["alert"]}.md').is_file()}
    assert lacking == set()


def test_each_alert_leads_to_a_dashboard_that_exists():
    boards = {path.stem for path in (ROOT / 'dashboards').glob('*.json')}
    for alert in alerts():
        link = alert['annotations']['dashboard_url']
        board = re.fullmatch(r'http://localhost:3000/d/pgvigil-([\w-]+)\?var-job=.*', link)
        assert board and board[1] in boards, alert['alert']


def test_hold_times_are_of_minutes_and_longer_than_the_evaluations_between():
    for group in groups():
        for rule in group['rules']:
            for key in {'for', 'keep_firing_for'} & set(rule):
                assert 2 * duration(group['interval']) <= duration(rule[key]) <= timedelta(hours=1), rule


def test_each_alert_compares_with_a_number_or_with_the_exported_limit():
    for alert in alerts():
        flat = bare(alert['expr'])
        while '(' in flat:
            flat = re.sub(r'\([^()]*\)|\{[^}]*\}|\[[^]]*\]', '', flat)
        assert re.search(r' (>=|<) (ignoring \s*)?(pgvigil_threshold_limit\S*|[\d.]+)$', flat), alert['expr']
        assert ' bool ' not in flat, alert['expr']


def test_each_metric_exists_and_counters_are_never_taken_raw_nor_gauges_as_counters():
    records = {rule['record'] for group in groups() for rule in group['rules'] if 'record' in rule}
    for name, expr in exprs():
        for function, selected, window in selectors(expr):
            if ':' in selected:
                assert selected in records, f'{name}: nothing records {selected}'
                assert not window or function in OF_GAUGES, f'{name}: {function}({selected})'
                continue
            known = metric(selected)
            assert known, f'{name}: there is no {selected}'
            if known[0] == 'counter':
                assert function in OF_COUNTERS and window, f'{name}: {selected} is a counter'
            else:
                assert function not in OF_COUNTERS, f'{name}: {selected} is a gauge'


def test_ranges_hold_four_scrapes_or_more():
    for name, expr in exprs():
        for window in re.findall(r'\[(\w+)\]', bare(expr)):
            assert duration(window) >= 4 * SCRAPE_INTERVAL, name


def test_what_is_recorded_is_used():
    used = {selected for _, expr in exprs() for _, selected, _ in selectors(expr)}
    for group in groups():
        for rule in group['rules']:
            assert 'record' not in rule or rule['record'] in used, rule['record']


# The stories.

@pytest.mark.parametrize('story', STORIES, ids=lambda path: path.name.removesuffix('.test.yml'))
def test_the_alerts_do_what_the_stories_tell(story):
    promtool('test', 'rules', story)


def test_the_five_go_by_the_kubelets_numbers_where_only_they_exist(tmp_path):
    made = run('generate', 'alerts', f'--out={tmp_path}', config='alerting: {kubelet: true}')
    assert made.returncode == 0, made.stderr
    shutil.copy(KUBELET, tmp_path / 'alerts')
    promtool('test', 'rules', tmp_path / 'alerts' / KUBELET.name)


def test_the_operators_object_has_the_rules_that_the_stories_are_about(tmp_path):
    spec = yaml.safe_load((ROOT / 'alerts/prometheusrule.yml').read_text(encoding='utf-8'))['spec']
    assert spec == {'groups': groups()}
    (tmp_path / RULES.name).write_text(yaml.safe_dump(spec), encoding='utf-8')
    story = dict(stories()[ROOT / 'tests/alerts/exporter.test.yml'], rule_files=[RULES.name])
    (tmp_path / 'exporter.test.yml').write_text(yaml.safe_dump(story), encoding='utf-8')
    promtool('test', 'rules', tmp_path / 'exporter.test.yml')


# Whether the stories tell all.

def told():
    """{(alert, severity): [(evaluation interval, {time: the alerts of that severity that fire}) of each story]}."""
    levels = defaultdict(set)
    for alert in alerts():
        levels[alert['alert']].add(alert['labels']['severity'])
    all_told = defaultdict(list)
    for story in stories().values():
        for test in story['tests']:
            times = defaultdict(dict)
            for look in test.get('alert_rule_test', []):
                for severity in levels[look['alertname']]:
                    times[look['alertname'], severity][duration(look['eval_time'])] = [
                        alert for alert in look['exp_alerts'] if alert['exp_labels']['severity'] == severity]
            for key, seen in times.items():
                all_told[key].append((duration(story['evaluation_interval']), seen))
    return all_told


def starts_and_ends(interval, seen):
    """Whether a story sees the alert begin, and end, from one evaluation to the next."""
    starts = any(alerts and seen.get(time - interval) == [] for time, alerts in seen.items())
    ends = any(alerts and seen.get(time + interval) == [] for time, alerts in seen.items())
    return starts, ends


def test_each_alert_is_seen_to_begin_at_the_evaluation_at_which_it_must():
    lacking = [key for key in map(named, alerts())
               if not any(starts_and_ends(*story)[0] for story in told()[key])]
    assert lacking == []


def test_each_alert_is_seen_to_be_over_and_no_sooner_where_it_goes_on_for_a_while():
    lacking = []
    for alert in alerts():
        of_alert = told()[named(alert)]
        if 'keep_firing_for' in alert:
            over = any(starts_and_ends(*story)[1] for story in of_alert)
        else:
            over = any(alerts and any(later > time and not fires for later, fires in seen.items())
                       for _, seen in of_alert for time, alerts in seen.items())
        if not over:
            lacking.append(named(alert))
    assert lacking == []


def test_each_text_is_tested_to_the_letter_with_the_labels_that_it_names():
    for alert in alerts():
        texts = '\n'.join(alert['annotations'].values())
        needed = set(re.findall(r'\$labels\.(\w+)', texts)) - set(re.findall(r'with \$labels\.(\w+)', texts))
        fired = [one for _, seen in told()[named(alert)] for fires in seen.values() for one in fires]
        assert fired, named(alert)
        complete = [one for one in fired if needed <= set(one['exp_labels'])]
        assert complete, f'{named(alert)}: {needed}'
        for one in fired:
            assert set(one['exp_annotations']) == set(alert['annotations']), named(alert)


def test_the_stories_use_metrics_as_they_are_on_the_page():
    for path, story in stories().items():
        for test in story['tests']:
            for series in test['input_series']:
                name, _, labels = bare(series['series']).partition('{')
                assert metric(name), f'{path.name}: there is no {name}'
                unknown = set(re.findall(r'\w+', labels)) - metric(name)[1] - {'job', 'instance'}
                assert not unknown, f'{path.name}: {name} has no {unknown}'


def test_the_healthy_server_has_all_that_the_rules_look_at():
    healthy = stories()[ROOT / 'tests/alerts/quiet.test.yml']['tests'][0]
    has = {series['series'].split('{')[0] for series in healthy['input_series']}
    looked_at = {selected for _, expr in exprs() for _, selected, _ in selectors(expr) if ':' not in selected}
    assert looked_at - has == set()
