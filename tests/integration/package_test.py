"""The packages as somebody gets to know them who has a Debian 12 and nothing of ours: in the order of the tests."""

import os
import re
import tarfile
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from debian import Machine, fresh_tree, run
from pgvigil import ROOT, parse_metrics
from machine import wait_until
from postgres import CACHE, Postgres, server_directory

SYSTEMD = ROOT / 'deploy/systemd'
BUILD = ROOT / 'build/package'
# What apt, systemd and the like write while they work.
BOOKKEEPING = ('/var/cache/apt/', '/var/cache/man/', '/var/lib/apt/', '/var/lib/dpkg/', '/var/lib/systemd/',
               '/var/log/', '/var/tmp/systemd-private-')
PASSWORD = 'a password, with a blank'

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason='debootstrap and systemd-nspawn are root\'s')


@pytest.fixture(scope='module')
def packages():
    """(the .deb, the tarball), built as they are released."""
    run(ROOT / 'deploy/local/install', 'build', 'package')
    for old in (*BUILD.glob('*.deb'), *BUILD.glob('*.tar.gz')):
        old.unlink()
    run('cmake', '--preset', 'release', '-B', BUILD, cwd=ROOT)
    run('cmake', '--build', BUILD, '--target', 'package', timeout=1500)
    (deb,), (tarball,) = BUILD.glob('*.deb'), BUILD.glob('*.tar.gz')
    return deb, tarball


@pytest.fixture(scope='module')
def tree(packages):
    """A Debian on which the package has been installed by apt while no systemd ran; with `tree.before` it."""
    with fresh_tree() as tree:
        tree.before = tree.paths()
        tree.users = users(tree)
        run('cp', packages[0], tree.path / 'pgvigil.deb')
        tree.run('apt-get', 'update')
        tree.run('apt-get', 'install', '-y', '--no-install-recommends', '/pgvigil.deb')
        yield tree


@pytest.fixture(scope='module')
def server():
    """A PostgreSQL 14 elsewhere: all the machine has of it is a socket and a password."""
    with tempfile.TemporaryDirectory(prefix='pgvigil-server-') as outer:
        place = server_directory(Path(outer) / 'run')
        for directory in (outer, place):
            os.chmod(directory, 0o755)
        with Postgres(14, data=place / 'data', hba='local all all scram-sha-256\n') as server:
            server.sql(f"CREATE ROLE pgvigil LOGIN IN ROLE pg_monitor PASSWORD '{PASSWORD}'")
            yield server


@pytest.fixture(scope='module')
def machine(tree, server):
    binds = {server.socket_dir: '/run/elsewhere', CACHE / 'postgres-14': '/opt/postgres'}
    with Machine(tree, binds) as machine:
        yield machine


def users(tree):
    return {name: (tree.path / 'etc' / name).read_text(encoding='utf-8') for name in ('passwd', 'group', 'shadow')}


def page(machine):
    return parse_metrics(machine.get('http://127.0.0.1:9187/metrics'))


def wait_for_page(machine, predicate, what):
    """Waits until predicate(page) holds; the error has the daemon's own words."""
    def holds():
        with suppress(OSError):
            return predicate(page(machine))
    try:
        wait_until(holds, 30, what)
    except TimeoutError as error:
        raise TimeoutError(f'{error}\n{machine.run("journalctl", "-u", "pgvigil", "-n", "20")}') from None


def test_lintian_finds_no_fault_in_the_package(packages):
    output = run('lintian', '--fail-on', 'error,warning', packages[0])
    assert not re.search('^[EW]:', output, re.M), output


def test_the_tarball_has_the_same_files_as_the_package(packages):
    deb, tarball = packages
    in_deb = {line.split()[-1].removeprefix('./') for line in run('dpkg-deb', '-c', deb).splitlines()
              if not line.startswith('d')}
    with tarfile.open(tarball) as archive:
        in_tarball = {one.name.partition('/')[2] for one in archive if not one.isdir()}
    assert 'usr/bin/pgvigil' in in_deb
    assert in_tarball == in_deb


def test_what_stands_in_the_readme_is_how_exposed_the_unit_is():
    output = run('systemd-analyze', 'security', '--offline=yes', '--no-pager', SYSTEMD / 'pgvigil.service')
    level = re.search(r'exposure level for pgvigil\.service: ([\d.]+)', output)[1]
    assert f'exposure level {level} ' in (SYSTEMD / 'README.md').read_text(encoding='utf-8'), output


def test_the_installed_command_is_of_the_packages_version_and_its_man_page_shows(tree, packages):
    version = run('dpkg-deb', '-f', packages[0], 'Version').strip()
    assert tree.run('pgvigil', '--version').startswith(f'pgvigil {version.partition("-")[0]} ')
    shown = tree.run('env', 'MANWIDTH=100', 'man', '--pager=cat', 'pgvigil')  # of another width it would be cached
    assert 'PGVIGIL(1)' in shown and '--config.file=FILE' in shown


def test_the_released_binary_lacks_no_hardening(tree):
    assert run(ROOT / 'tests/support/check_hardening', tree.path / 'usr/bin/pgvigil') == ''


def test_prometheus_accepts_the_example_and_finds_the_rules_that_were_installed(tree, tmp_path):
    example = (tree.path / 'usr/share/doc/pgvigil/examples/prometheus.yml').read_text(encoding='utf-8')
    config = tmp_path / 'prometheus.yml'
    config.write_text(example.replace(' /usr/share/', f' {tree.path}/usr/share/'), encoding='utf-8')
    checked = run('promtool', 'check', 'config', config)
    assert re.search(r'1 rule files found', checked) and re.search(r'SUCCESS: [1-9]\d* rules found', checked), checked


def test_it_starts_when_the_machine_boots_and_serves_without_having_been_told_of_a_server(machine):
    assert machine.run('systemctl', 'is-enabled', 'pgvigil') == 'enabled\n'
    assert machine.run('systemctl', 'is-active', 'pgvigil') == 'active\n'
    assert page(machine)['pg_up'] == {(): 0}


def test_it_runs_as_its_own_user_without_capabilities_behind_a_filter_of_system_calls(machine):
    pid = machine.run('systemctl', 'show', '-P', 'MainPID', 'pgvigil').strip()
    lines = machine.run('cat', f'/proc/{pid}/status').splitlines()
    status = dict(line.split(':\t', 1) for line in lines if ':\t' in line)
    uid = machine.run('id', '-u', 'pgvigil').strip()
    assert status['Uid'].split() == [uid] * 4
    assert (status['CapBnd'], status['CapEff']) == ('0' * 16, '0' * 16)
    assert (status['NoNewPrivs'], status['Seccomp']) == ('1', '2')


def test_a_password_that_only_root_can_read_is_handed_to_it_by_systemd(machine, tree, server):
    default = tree.path / 'etc/default/pgvigil'
    text = default.read_text(encoding='utf-8')
    uri = f'/postgres?host=/run/elsewhere&port={server.port}'
    changed, count = re.subn('^#(DATA_SOURCE_)', r'\1', re.sub('(?<=URI=").*(?=")', lambda _: uri, text), flags=re.M)
    assert count == 3
    default.write_text(changed, encoding='utf-8')
    machine.shell(f'install -d -m 700 /etc/credstore; umask 077; echo {PASSWORD!r} >/etc/credstore/pgvigil-password;'
                  'systemctl restart pgvigil')
    wait_for_page(machine, lambda page: page['pg_up'] == {(): 1} and 'pg_stat_database_xact_commit' in page, 'pg_up 1')
    default.write_text(text, encoding='utf-8')
    machine.run('rm', '-r', '/etc/credstore')


def roles_of_mounts(page):
    return {dict(labels)['role'] for labels in page.get('pg_mount_size_bytes', ())}


def test_a_server_on_the_machine_needs_no_password_and_shows_cpu_memory_and_disk(machine):
    machine.shell(r'''
        useradd --system --create-home --home-dir /var/lib/postgresql postgres
        as_postgres() { setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; }
        as_postgres /opt/postgres/bin/initdb -D /var/lib/postgresql/data --auth=peer --locale=C.UTF-8
        echo "CREATE ROLE pgvigil LOGIN IN ROLE pg_monitor" |
            as_postgres /opt/postgres/bin/postgres --single -D /var/lib/postgresql/data postgres
        systemd-run --unit=postgresql --uid=postgres --property=RuntimeDirectory=postgresql \
            /opt/postgres/bin/postgres -D /var/lib/postgresql/data -k /run/postgresql
        systemctl restart pgvigil''')
    wait_for_page(machine, lambda page: page['pg_up'] == {(): 1} and page['pg_container_memory_limit_bytes']
                  and 'pg_mount_size_bytes' in page, 'memory and disk')
    shown = page(machine)
    assert roles_of_mounts(shown) == {'data'}, 'of pg_wal, in the data directory, it cannot tell'
    (size,), (readonly,) = (shown[f'pg_mount_{name}'].values() for name in ('size_bytes', 'readonly'))
    blocks, size_of_block = machine.run('stat', '-f', '-c', '%b %S', '/var/lib/postgresql/data').split()
    assert size == int(blocks) * int(size_of_block)
    assert readonly == 0, 'to pgvigil alone it is'


def test_as_the_servers_own_user_it_sees_the_disk_of_pg_wal_too(machine):
    machine.shell('''
        cd /var/lib/postgresql/data
        sed -i '1i local all pgvigil peer map=pgvigil' pg_hba.conf
        echo 'pgvigil postgres pgvigil' >>pg_ident.conf
        systemctl kill --signal=HUP --kill-who=main postgresql
        install -D -m 644 /usr/share/doc/pgvigil/examples/as-postgres.conf -t /etc/systemd/system/pgvigil.service.d
        systemctl daemon-reload
        systemctl restart pgvigil''')
    wait_for_page(machine, lambda page: page['pg_up'] == {(): 1} and roles_of_mounts(page) == {'data', 'wal'}, 'pg_wal')
    machine.shell('''
        rm -r /etc/systemd/system/pgvigil.service.d
        systemctl daemon-reload
        systemctl stop pgvigil postgresql
        userdel --remove postgres
        systemctl start pgvigil''')


def test_a_mistake_in_the_configuration_ends_it_for_good_and_is_named(machine, tree):
    config = tree.path / 'etc/pgvigil/pgvigil.yml'
    text = config.read_text(encoding='utf-8')
    config.write_text(text + 'colour: blue\n', encoding='utf-8')
    machine.shell('! systemctl restart pgvigil')
    assert machine.run('systemctl', 'show', '-P', 'SubState', 'pgvigil') == 'failed\n'
    assert 'colour' in machine.run('journalctl', '-u', 'pgvigil', '-n', '10')
    config.write_text(text, encoding='utf-8')
    machine.shell('systemctl reset-failed pgvigil; systemctl start pgvigil')


def test_removed_it_stops_and_its_configuration_stays(machine, tree):
    with open(tree.path / 'etc/default/pgvigil', 'a', encoding='utf-8') as default:
        default.write('# mine\n')
    machine.run('apt-get', 'remove', '-y', 'pgvigil')
    with pytest.raises(OSError, match='not be found|inactive'):
        machine.run('systemctl', 'status', 'pgvigil')
    assert '# mine' in (tree.path / 'etc/default/pgvigil').read_text(encoding='utf-8')


def test_installed_while_systemd_runs_it_is_started_and_configured_as_it_was(machine, tree):
    machine.run('dpkg', '--install', '--force-confold', '/pgvigil.deb')
    assert machine.run('systemctl', 'is-active', 'pgvigil') == 'active\n'
    assert '# mine' in (tree.path / 'etc/default/pgvigil').read_text(encoding='utf-8')


def test_purged_it_leaves_nothing_behind_neither_files_nor_a_user(machine, tree):
    machine.run('apt-get', 'purge', '-y', 'pgvigil')
    (tree.path / 'pgvigil.deb').unlink()
    new = tree.paths() - tree.before - tree.owned()
    left = {path for path in new if 'pgvigil' in path or not path.startswith(BOOKKEEPING)}
    assert left == {'/opt/postgres'}, 'but for the server that the test itself brought'
    assert users(tree) == tree.users
    assert machine.run('systemctl', 'list-units', '--all', '--no-legend', 'pgvigil*') == ''


def test_the_tarball_unpacked_by_hand_is_a_service_just_as_well(machine, tree, packages):
    run('tar', '--strip-components=1', '--no-overwrite-dir', '-C', tree.path, '-xzf', packages[1])
    machine.shell('systemd-sysusers pgvigil.conf; systemctl daemon-reload; systemctl enable --now pgvigil')
    assert page(machine)['pg_up'] == {(): 0}
