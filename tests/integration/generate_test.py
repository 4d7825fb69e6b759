"""`pgvigil generate`: what is committed is what it writes, and Prometheus' own tool accepts what it writes."""

import subprocess

import pytest
import yaml
from pgvigil import ROOT, run

CHANGED = '''
thresholds:
  cpu: {warning: 0.5, critical: 0.625}
  inodes: {warning: 0.3125, hold: 42s}
  replication_behind: {critical: 5368709120}
alerting:
  job: bill-db
  runbooks: https://wiki.example/runbooks
  grafana: https://grafana.example
  labels: {team: billing, note: "it's \\"quoted\\": yes"}
'''
CONFIGURATIONS = {
    'default': '',
    'kubelet': 'alerting: {kubelet: true, container: pg, claim: volume}',
    'in a hurry': 'alerting: {hurry: 30}',
    'changed': CHANGED,
}


def generate(product, out, config=''):
    """Paths below `out` of the files that were written."""
    done = run('generate', product, f'--out={out}', config=config)
    assert (done.returncode, done.stderr) == (0, '')
    return [line.removeprefix(f'{out}/') for line in done.stdout.splitlines()]


def promtool(*args):
    done = subprocess.run(['promtool', *args], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def made_by_generate():
    """The committed files that say so of themselves, and all dashboards: JSON has no comments."""
    for folder in ('alerts', 'dashboards', 'docs'):
        for path in sorted((ROOT / folder).rglob('*')):
            if path.is_file() and (path.suffix == '.json' or
                                   (path.suffix in ('.yml', '.md') and 'Made by `pgvigil generate' in path.read_text())):
                yield path.relative_to(ROOT).as_posix()


def test_what_is_committed_is_what_it_writes(tmp_path):
    written = generate('all', tmp_path)
    for name in written:
        assert (tmp_path / name).read_bytes() == (ROOT / name).read_bytes(), \
            f'{name} is old: run `pgvigil generate all --out=.` in the repository'
    assert set(made_by_generate()) <= set(written)


def test_a_part_is_the_same_as_in_the_whole(tmp_path):
    whole = generate('all', tmp_path / 'all')
    parts = [name for product in ('alerts', 'dashboards', 'docs') for name in generate(product, tmp_path / 'parts')]
    assert parts == whole
    for name in whole:
        assert (tmp_path / 'parts' / name).read_bytes() == (tmp_path / 'all' / name).read_bytes()


def test_a_file_that_says_the_same_is_left_alone(tmp_path):
    generate('all', tmp_path)
    (tmp_path / 'docs/alerts.md').write_text('old')
    times = {path: path.stat().st_mtime_ns for path in tmp_path.rglob('*') if path.is_file()}
    assert generate('all', tmp_path) == ['docs/alerts.md']
    changed = [path for path, time in times.items() if path.stat().st_mtime_ns != time]
    assert changed == [tmp_path / 'docs/alerts.md']


@pytest.mark.parametrize('config', CONFIGURATIONS.values(), ids=CONFIGURATIONS.keys())
def test_promtool_accepts_the_rules(tmp_path, config):
    generate('alerts', tmp_path, config)
    promtool('check', 'rules', '--lint=all', '--lint-fatal', tmp_path / 'alerts/pgvigil.rules.yml')


@pytest.mark.parametrize('config', CONFIGURATIONS.values(), ids=CONFIGURATIONS.keys())
def test_the_operators_object_has_equal_groups(tmp_path, config):
    generate('alerts', tmp_path, config)
    plain = yaml.safe_load((tmp_path / 'alerts/pgvigil.rules.yml').read_text())
    custom = yaml.safe_load((tmp_path / 'alerts/prometheusrule.yml').read_text())
    assert custom['spec'] == plain


def test_another_configurations_numbers_appear_everywhere(tmp_path):
    generate('all', tmp_path, CHANGED)
    rules = (tmp_path / 'alerts/pgvigil.rules.yml').read_text()
    groups = yaml.safe_load(rules)['groups']
    inodes = {rule['labels']['severity']: rule for group in groups for rule in group['rules']
              if rule.get('alert') == 'PostgresInodesHigh'}
    assert inodes['warning']['expr'].endswith(' >= 0.3125')
    assert inodes['warning']['for'] == '42s'
    assert '(limit 31.25%)' in inodes['warning']['annotations']['description']
    assert inodes['warning']['annotations']['runbook_url'] == 'https://wiki.example/runbooks/PostgresInodesHigh'
    assert inodes['warning']['labels'] == {'severity': 'warning', 'team': 'billing', 'note': 'it\'s "quoted": yes'}
    assert inodes['critical']['expr'].endswith(' >= 0.97')
    assert '(limit 5GiB)' in rules and 'up{job="bill-db"}' in rules
    page = (tmp_path / 'docs/alerts.md').read_text()
    assert '| ≥ 50% | ≥ 62.5% | 5m |' in page and '| ≥ 31.25% | ≥ 97% | 42s |' in page


def test_the_kubelets_numbers_carry_the_labels_of_the_servers_own_pgvigil(tmp_path):
    """So that they are held against that server's limits, whatever the kubelet's scrape job is called."""
    generate('alerts', tmp_path, CONFIGURATIONS['kubelet'])
    rules = tmp_path / 'alerts/pgvigil.rules.yml'
    where = {'job': 'pgvigil', 'instance': 'db', 'namespace': 'bill', 'pod': 'db-0'}

    def series(name, **labels):
        return name + '{' + ', '.join(f'{key}="{text}"' for key, text in labels.items()) + '}'

    def alert(severity, limit):
        return {'exp_labels': {**where, 'severity': severity, 'team': 'database'}, 'exp_annotations': {
            'summary': "The database's container uses most of its CPU limit.",
            'description': f'95% of the CPU limit is in use (limit {limit}). First: find the statements that take most '
                           'time, on the Statements board.',
            'value': '95%', 'limit': limit, 'runbook_url': 'http://db/runbooks/PostgresCpuHigh',
            'dashboard_url': 'http://localhost:3000/d/pgvigil-container?var-job=pgvigil&var-instance=db'}}

    pod = {'namespace': 'bill', 'pod': 'db-0', 'container': 'pg'}
    claim = {'namespace': 'bill', 'persistentvolumeclaim': 'volume-db-0'}
    other = {'namespace': 'bill', 'persistentvolumeclaim': 'other'}
    values = {
        series('container_memory_working_set_bytes', **pod, node='n1'): '880x40',
        series('container_spec_memory_limit_bytes', **pod, node='n1'): '1000x40',
        series('container_cpu_usage_seconds_total', **pod): '0+28.5x40',
        series('container_spec_cpu_quota', **pod): '100000x40',
        series('container_spec_cpu_period', **pod): '100000x40',
        series('kubelet_volume_stats_used_bytes', **claim): '85x40',
        series('kubelet_volume_stats_available_bytes', **claim): '15x40',
        series('kubelet_volume_stats_used_bytes', **other): '99x40',
        series('kubelet_volume_stats_available_bytes', **other): '1x40',
        series('pg_up', **where): '0x40',
        series('pgvigil_threshold_limit', **where, rule='cpu', severity='warning'): '0.7x40',
        series('pgvigil_threshold_limit', **where, rule='cpu', severity='critical'): '0.9x40',
    }
    expected = {'instance:pg_container_cpu_usage:ratio_rate5m': 0.95,
                'instance:pg_container_memory_working_set:ratio': 0.88, 'instance:pg_mount_used:ratio': 0.85}
    test = {'rule_files': [str(rules)], 'evaluation_interval': '30s', 'tests': [{
        'interval': '30s',
        'input_series': [{'series': name, 'values': numbers} for name, numbers in values.items()],
        'promql_expr_test': [{'expr': f'round({record}, 0.001)', 'eval_time': '10m',
                              'exp_samples': [{'labels': series('', **where), 'value': number}]}
                             for record, number in expected.items()],
        'alert_rule_test': [{'eval_time': '15m', 'alertname': 'PostgresCpuHigh',
                             'exp_alerts': [alert('warning', '70%'), alert('critical', '90%')]}],
    }]}
    (tmp_path / 'test.yml').write_text(yaml.safe_dump(test))
    promtool('test', 'rules', tmp_path / 'test.yml')


@pytest.mark.parametrize('args, message', [
    (['generate', '--out=OUT'], 'generate lacks what to make; add one of all, alerts, dashboards, docs'),
    (['generate', 'alerts'], 'generate lacks where to write; add --out=DIR'),
    (['generate', 'alert', '--out=OUT'], "cannot generate 'alert'; did you mean 'alerts'?"),
    (['generate', 'sandwiches', '--out=OUT'],
     "cannot generate 'sandwiches'; known are all, alerts, dashboards, docs"),
    (['check', '--out=OUT'], '--out is no flag of check; it is one of generate, report'),
    (['generate', 'docs', '--out=/proc/nowhere'], '/proc/nowhere/docs: No such file or directory'),
])
def test_bad_input_is_said_in_one_line(tmp_path, args, message):
    done = run(*(arg.replace('OUT', str(tmp_path)) for arg in args))
    assert (done.returncode, done.stdout, done.stderr) == (2, '', f'pgvigil: {message}\n')
    assert list(tmp_path.iterdir()) == []


def test_a_mistake_in_the_configuration_writes_nothing(tmp_path):
    done = run('generate', 'all', f'--out={tmp_path}', config='alerting: {hurry: fast}')
    assert done.returncode == 2
    assert done.stderr.endswith(":1: alerting.hurry is 'fast'; it must be a number from 1 to 1000\n")
    assert list(tmp_path.iterdir()) == []
