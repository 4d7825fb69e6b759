"""docs/migrating.md: its commands run, its flags are known, and each metric of ours that it names is there."""

import fnmatch
import re
import shlex
import subprocess

import pytest
from pgvigil import BINARY, ROOT, Daemon, monitored, run

TEXT = (ROOT / 'docs/migrating.md').read_text(encoding='utf-8')
OWN = {'pg_up', 'pg_exporter_last_scrape_*', 'pg_scrape_collector_*'}  # of every page; docs/metrics.md has the collectors'


def section(heading):
    return re.search(rf'^#+ {heading}\n(.*?)(?=^## |\Z)', TEXT, re.M | re.S)[1]


def blocks(language):
    return re.findall(rf'^```{language}\n(.*?)^```', TEXT, re.M | re.S)


def rows(text):
    """The cells of each row of the tables in the text, without their heads."""
    lines = [line for line in text.splitlines() if line.startswith('| ')]
    cells = [[cell.strip() for cell in line.strip('|').split(' | ')] for line in lines]
    return [row for row in cells if row[1] != 'here']


def names(cell):
    """Metrics between backticks; PromQL's functions and labels are none."""
    return [name for code in re.findall('`([^`]*)`', cell)
            for name in re.findall(r'\b(?:pg|pgbouncer|pgvigil)_[\w*]+', re.sub(r'\{.*?\}', '', code))]


def flags(cell):
    return re.findall(r'--[\w.-]+', cell)


@pytest.fixture(scope='module')
def exported():
    """Metrics by docs/metrics.md, which another test compares with the catalogue."""
    page = (ROOT / 'docs/metrics.md').read_text(encoding='utf-8')
    return set(re.findall(r'^\| `([\w*]+)`', page, re.M)) | OWN


@pytest.fixture(scope='module')
def server():
    with monitored(14) as server:
        yield server


def is_exported(name, exported):
    """A name, or one with * that stands for several; a family of settings has names of any end."""
    return any(fnmatch.fnmatch(name, one) or fnmatch.fnmatch(one, name) for one in exported)


def test_each_metric_of_ours_is_exported(exported):
    named = [name for row in rows(TEXT) for name in names(row[1])]
    assert len(named) > 80
    assert [name for name in named if not is_exported(name, exported)] == []


def test_each_metric_of_postgres_exporters_is_one(exported):
    coverage = (ROOT / 'docs/coverage/postgres_exporter-0.20.1.txt').read_text()
    theirs = set(re.findall(r'^[\w-]+ +([\w*]+)', coverage, re.M))
    named = [name for row in rows(section('Metrics')) for name in names(row[0])]
    assert [name for name in named if not is_exported(name, theirs)] == []


def test_each_flag_is_taken_or_refused_with_what_to_do():
    named = [flag for row in rows(section('Flags')) for flag in flags(row[0])]
    for flag in {flag for flag in named if 'NAME' not in flag}:
        done = run('check-config', f'{flag}=1')
        assert 'unknown flag' not in done.stderr + done.stdout, flag


def test_each_flag_of_ours_is_in_the_help():
    text = run('--help').stdout
    ours = {flag for row in rows(section('Flags')) for flag in flags(row[1])}
    assert {flag for flag in ours if 'NAME' not in flag and flag not in text} == set()


@pytest.mark.parametrize('block', blocks('sh'))
def test_each_command_runs(server, block):
    words = shlex.split(block.replace('\\\n', ' '))
    at = words.index('pgvigil')
    address = server.dsn(user='pgvigil')
    given = dict(word.split('=', 1) for word in words[:at])
    environment = {name: value.replace('127.0.0.1:5432', f'127.0.0.1:{server.port}') for name, value in given.items()}
    arguments = [word for word in words[at + 1:] if not word.startswith('--web.listen-address')]
    with Daemon(*arguments, env=environment or {'DATA_SOURCE_NAME': address}, config='') as daemon:
        daemon.wait_until(lambda page: set(page['pg_up'].values()) == {1})


def test_the_queries_file_is_accepted(tmp_path):
    block, = blocks('yaml')
    config = tmp_path / 'pgvigil.yml'
    config.write_text(block.replace('/etc/postgres_exporter/queries.yaml', f'{ROOT}/tests/config/queries/everything.good.yml'))
    done = subprocess.run([BINARY, 'check-config', config], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, f'{config}: ok\n')
