"""`pgvigil check-config`: every kind of file is told by its keys, and gets one line."""

import subprocess

import pytest
from pgvigil import BINARY, ROOT, run

CONFIG = ROOT / 'tests/config'


def expected(file):
    """What stands on the first line of a *.bad.yml."""
    first = file.read_text(encoding='utf-8', errors='replace').splitlines()[0]
    return f'{file}{first.removeprefix("# expect: ")}'


@pytest.mark.parametrize('file', ['docs/pgvigil.example.yml', 'docs/collectors.example.yml',
                                  'deploy/database/collectors.yml', 'tests/config/queries/everything.good.yml',
                                  'tests/config/collectors/everything.good.yml', 'tests/config/web/empty.good.yml',
                                  'tests/config/web/no-tls.good.yml'])
def test_good_files_are_ok(file):
    file = ROOT / file
    done = run('check-config', str(file))
    assert (done.returncode, done.stdout, done.stderr) == (0, f'{file}: ok\n', '')


def test_each_bad_file_gets_its_line_and_the_good_ones_theirs():
    good = ROOT / 'docs/pgvigil.example.yml'
    bad = [CONFIG / 'unknown-root-key.bad.yml', CONFIG / 'collectors/counter-without-total.bad.yml',
           CONFIG / 'web/rate-limit.bad.yml', CONFIG / 'web/user-without-hash.bad.yml']
    done = run('check-config', *map(str, [*bad, good]))
    assert (done.returncode, done.stderr) == (2, '')
    assert done.stdout.splitlines() == [*map(expected, bad), f'{good}: ok']


def test_without_files_it_reads_what_the_flags_name(tmp_path):
    web = tmp_path / 'web.yml'
    web.write_text('basic_auth_users: {john: doe}\n')
    config = tmp_path / 'pgvigil.yml'
    config.write_text('web: {config_file: web.yml}\n')

    def check(*args):
        done = subprocess.run([BINARY, 'check-config', *args], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=60)
        return done.returncode, done.stdout.splitlines()
    assert check() == (0, ['the command line: ok'])
    status, lines = check(f'--config.file={config}')
    assert (status, lines[0]) == (2, f'{config}: ok')
    assert lines[1].startswith(f'{web}:1: basic_auth_users.john is no bcrypt hash; ')
    assert check(f'--web.config.file={web}') == (2, ['the command line: ok', lines[1]])
