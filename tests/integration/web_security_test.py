"""TLS, client certificates and passwords of the page, against a real Prometheus and curl."""

import json
import os
import re
import ssl
import subprocess
from pathlib import Path

import pytest
from machine import end, free_port, get, spawn, tail, wait_until
from pgvigil import Daemon, run

NOBODY = 'host=127.0.0.1 port=1'  # no server: the page of the daemon itself is enough
SECRET = '$2b$04$abcdefghijklmnopqrstuuLZYjhNQAOdpbzt4WxWlUHjv1wsyH5DG'  # bcrypt of 's3cret'
OTHER = '$2b$04$PgvigilPgvigilPgvigilOoSj0SgXHOzpwOO9IjhQbbUnqpxzPCW.'  # of 'open sesame'
HEADERS = 'http_server_config: {headers: {Strict-Transport-Security: max-age=31536000, X-Frame-Options: deny}}\n'
CA_CONFIG = """[ca]
default_ca = here
[here]
database = index.txt
serial = serial
new_certs_dir = .
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
"""


class Authority:
    """A certificate authority in a folder of its own, and what it has issued."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        (folder / 'ca.cnf').write_text(CA_CONFIG)
        (folder / 'index.txt').write_text('')
        (folder / 'serial').write_text('01')
        self._openssl('req', '-x509', *self._key('ca'), '-days', '2', '-subj', '/CN=authority', '-out', 'ca.crt')

    def issue(self, name, san='IP:127.0.0.1', end='20991231235959Z'):
        """NAME.crt and NAME.key; the path without the ending."""
        (self.folder / 'san.cnf').write_text(f'subjectAltName = {san}\n')
        self._openssl('req', *self._key(name), '-subj', f'/CN={name}', '-out', f'{name}.csr')
        self._openssl('ca', '-batch', '-config', 'ca.cnf', '-cert', 'ca.crt', '-keyfile', 'ca.key', '-notext',
                      '-startdate', '20200101000000Z', '-enddate', end, '-extfile', 'san.cnf', '-in', f'{name}.csr',
                      '-out', f'{name}.crt')
        return self.folder / name

    def __truediv__(self, name):
        return self.folder / name

    @staticmethod
    def _key(name):
        return ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', f'{name}.key']

    def _openssl(self, *args):
        done = subprocess.run(['openssl', *args], cwd=self.folder, capture_output=True, text=True, timeout=30)
        assert done.returncode == 0, done.stderr


@pytest.fixture(scope='module')
def authority(tmp_path_factory):
    folder = tmp_path_factory.mktemp('pki')
    authority = Authority(folder / 'ours')
    for name, options in {'server': {}, 'prometheus': {'san': 'DNS:prometheus.example'},
                          'visitor': {'san': 'DNS:visitor.example'},
                          'expired': {'san': 'DNS:prometheus.example', 'end': '20200102000000Z'}}.items():
        authority.issue(name, **options)
    Authority(folder / 'theirs').issue('stranger', san='DNS:prometheus.example')
    return authority


def web_file(path, authority, more='', server='server'):
    path.write_text(f'tls_server_config:\n  cert_file: {authority / server}.crt\n  key_file: {authority / server}.key\n'
                    f'{more}', encoding='utf-8')
    return path


def daemon_of(web, *flags):
    return Daemon('--dsn', NOBODY, f'--web.config.file={web}', *flags, ready=False)


@pytest.fixture(scope='module')
def by_password(authority, tmp_path_factory):
    web = web_file(tmp_path_factory.mktemp('web') / 'web.yml', authority,
                   f'basic_auth_users: {{scraper: {SECRET}}}\n{HEADERS}')
    with daemon_of(web) as daemon:
        yield daemon


@pytest.fixture(scope='module')
def by_certificate(authority, tmp_path_factory):
    web = web_file(tmp_path_factory.mktemp('web') / 'web.yml', authority,
                   '  client_auth_type: RequireAndVerifyClientCert\n'
                   f'  client_ca_file: {authority / "ca.crt"}\n  client_allowed_sans: [prometheus.example]\n')
    with daemon_of(web) as daemon:
        yield daemon


def curl(daemon, *args, path='/metrics', scheme='https'):
    """curl's exit status and all that it printed."""
    done = subprocess.run(['curl', '-sS', '-i', '--max-time', '10', *map(str, args),
                           f'{scheme}://127.0.0.1:{daemon.port}{path}'], capture_output=True, text=True, timeout=30)
    return done.returncode, done.stdout + done.stderr


def identity(name):
    return '--cert', f'{name}.crt', '--key', f'{name}.key'


def job(name, daemon, scheme='https', **more):
    return {'job_name': name, 'scheme': scheme, 'static_configs': [{'targets': [f'127.0.0.1:{daemon.port}']}], **more}


def targets(url):
    found = json.loads(get(f'{url}/api/v1/targets').text)['data']['activeTargets']
    if not found or any(one['health'] == 'unknown' for one in found):
        return None
    return {one['labels']['job']: one['lastError'] or one['health'] for one in found}


def test_prometheus_is_let_in_by_what_is_right_and_by_nothing_else(authority, by_password, by_certificate, tmp_path):
    ca = {'ca_file': str(authority / 'ca.crt')}
    user = {'username': 'scraper', 'password': 's3cret'}
    theirs = authority.folder.parent / 'theirs' / 'stranger'

    def shows(name):
        return {'tls_config': {**ca, 'cert_file': f'{name}.crt', 'key_file': f'{name}.key'}}

    jobs = [job('password', by_password, tls_config=ca, basic_auth=user),
            job('no authority', by_password, basic_auth=user),
            job('no password', by_password, tls_config=ca),
            job('wrong password', by_password, tls_config=ca, basic_auth={**user, 'password': 'secret'}),
            job('wrong user', by_password, tls_config=ca, basic_auth={**user, 'username': 'admin'}),
            job('no TLS', by_password, scheme='http', basic_auth=user),
            job('certificate', by_certificate, **shows(authority / 'prometheus')),
            job('no certificate', by_certificate, tls_config=ca),
            job('wrong name', by_certificate, **shows(authority / 'visitor')),
            job('expired', by_certificate, **shows(authority / 'expired')),
            job('stranger', by_certificate, **shows(theirs))]
    (tmp_path / 'prometheus.yml').write_text(json.dumps({'global': {'scrape_interval': '1s', 'scrape_timeout': '1s'},
                                                         'scrape_configs': jobs}))
    port = free_port()
    with open(tmp_path / 'log', 'w', encoding='utf-8') as log:
        process = spawn(['prometheus', '--config.file=prometheus.yml', '--storage.tsdb.path=tsdb', '--log.level=warn',
                         f'--web.listen-address=127.0.0.1:{port}'], cwd=tmp_path, stdin=subprocess.DEVNULL, stdout=log,
                        stderr=log)
    try:
        wait_until(lambda: process.poll() is not None or reaches(port), 60, 'Prometheus')
        assert process.poll() is None, tail(tmp_path / 'log')
        url = f'http://127.0.0.1:{port}'
        expected = {'password': 'up', 'certificate': 'up', 'no authority': 'unknown authority', 'no password': '401',
                    'wrong password': '401', 'wrong user': '401', 'no TLS': '', 'no certificate': 'certificate required',
                    'wrong name': '', 'expired': 'expired', 'stranger': 'unknown certificate authority'}

        def as_expected():
            seen = targets(url)
            return seen and all(said in seen[name] and (seen[name] == 'up') == (said == 'up')
                                for name, said in expected.items())
        try:
            wait_until(as_expected, 60)
        except TimeoutError:
            pytest.fail(f'{targets(url)}')
    finally:
        end(process)


def reaches(port):
    try:
        return get(f'http://127.0.0.1:{port}/-/ready').status == 200
    except OSError:
        return False


def test_a_browser_is_asked_for_a_password_and_told_what_is_configured(authority, by_password):
    ca = '--cacert', authority / 'ca.crt'
    status, text = curl(by_password, *ca)
    assert status == 0 and text.startswith('HTTP/1.1 401 ')
    assert 'WWW-Authenticate: Basic realm="pgvigil"' in text
    status, text = curl(by_password, *ca, '-u', 'scraper:s3cret', path='/')
    assert 'HTTP/1.1 401' not in text
    assert 'Strict-Transport-Security: max-age=31536000' in text and 'X-Frame-Options: deny' in text
    assert curl(by_password, *ca, '--tls-max', '1.1')[0] == 35
    for version in '1.2', '1.3':
        assert curl(by_password, *ca, f'--tlsv{version}', '--tls-max', version)[0] == 0


def test_the_health_check_finds_a_daemon_that_it_may_not_enter_alive(by_password, by_certificate):
    for daemon in by_password, by_certificate:
        web = re.search(r'--web\.config\.file=(\S+)', Path(f'/proc/{daemon.process.pid}/cmdline').read_text()
                        .replace('\0', ' '))[1]
        done = run('healthcheck', f'--web.listen-address=127.0.0.1:{daemon.port}', f'--web.config.file={web}')
        assert (done.returncode, done.stderr) == (0, '')


def served(daemon):
    return ssl.get_server_certificate(('127.0.0.1', daemon.port))


def replace(path, text):
    """As a careful writer does."""
    new = path.with_suffix('.new')
    new.write_text(text, encoding='utf-8')
    os.replace(new, path)


def test_a_certificate_is_replaced_without_a_restart(authority, tmp_path):
    authority.issue('first')
    second = authority.issue('second')
    live = tmp_path / 'live'
    for end_ in '.crt', '.key':
        replace(live.with_suffix(end_), (authority / f'first{end_}').read_text())
    web = tmp_path / 'web.yml'
    web.write_text('tls_server_config: {cert_file: live.crt, key_file: live.key}\n')
    with daemon_of(web) as daemon:
        assert served(daemon) == (authority / 'first.crt').read_text()
        # Half of the exchange: a key that is not the certificate's.
        replace(live.with_suffix('.key'), second.with_suffix('.key').read_text())
        wait_until(lambda: served(daemon) and 'is not the key of the certificate' in daemon.log, 30, 'a complaint')
        assert served(daemon) == (authority / 'first.crt').read_text()
        replace(live.with_suffix('.crt'), second.with_suffix('.crt').read_text())
        wait_until(lambda: served(daemon) == second.with_suffix('.crt').read_text(), 30, 'the new certificate')
        assert daemon.log.count('is not the key of the certificate') == 1
        assert curl(daemon, '--cacert', authority / 'ca.crt')[0] == 0


def test_users_change_without_a_restart_and_a_bad_file_changes_nothing(tmp_path):
    web = tmp_path / 'web.yml'
    web.write_text(f'basic_auth_users: {{scraper: {SECRET}}}\n')
    with daemon_of(web) as daemon:
        def status(user):
            return curl(daemon, '-u', user, scheme='http')[1].split()[1]
        assert status('scraper:s3cret') == '200'
        replace(web, f'basic_auth_users: {{grafana: {OTHER}}}\n')
        wait_until(lambda: status('scraper:s3cret') == '401', 30, 'the old user to be refused')
        assert status('grafana:open sesame') == '200'
        replace(web, 'basic_auth_users: {grafana: nonsense}\n')
        wait_until(lambda: status('grafana:open sesame') and 'is no bcrypt hash' in daemon.log, 30, 'a complaint')
        assert status('grafana:open sesame') == '200'
        assert f'{web}:1: basic_auth_users.grafana is no bcrypt hash' in daemon.log
        assert 'nonsense' not in daemon.log


def test_health_is_open_to_everybody_where_it_is_configured_so(tmp_path):
    web = tmp_path / 'web.yml'
    web.write_text(f'basic_auth_users: {{scraper: {SECRET}}}\n')
    config = tmp_path / 'pgvigil.yml'
    with Daemon('--dsn', NOBODY, config=f'web: {{config_file: {web}, open_health: true}}\n') as daemon:
        assert daemon.get('/-/healthy').status == 200
        assert daemon.get('/metrics').status == 401
    config.write_text('web: {config_file: web.yml}\n')
    done = run('check-config', config)
    assert (done.returncode, done.stdout) == (0, f'{config}: ok\n')


def test_it_listens_on_several_addresses(authority, tmp_path):
    web = web_file(tmp_path / 'web.yml', authority)
    with daemon_of(web, '--web.listen-address=127.0.0.2:0') as daemon:
        second = re.search(r'127\.0\.0\.2:(\d+)', daemon.log)[1]
        for address in f'127.0.0.1:{daemon.port}', f'127.0.0.2:{second}':
            done = subprocess.run(['curl', '-sk', f'https://{address}/metrics'], capture_output=True, text=True,
                                  timeout=30)
            assert 'pg_up 0' in done.stdout


@pytest.mark.parametrize('text, said', [
    ('tls_server_config:\n  cert_file: {a}/server.crt\n  key_file: {a}/prometheus.key\n',
     ':3: tls_server_config.key_file: {a}/prometheus.key: is not the key of the certificate of {a}/server.crt; '),
    ('tls_server_config:\n  cert_file: {a}/none.crt\n  key_file: {a}/server.key\n',
     ':2: tls_server_config.cert_file: {a}/none.crt: cannot be read (No such file or directory); '),
    ('tls_server_config:\n  cert_file: {a}/server.crt\n  key_file: {a}/server.crt\n',
     ':3: tls_server_config.key_file: {a}/server.crt: has no private key '),
    ('tls_server_config:\n  min_version: TLS10\n', ':2: tls_server_config.min_version is TLS10, which '),
    ('rate_limit: {{burst: 1}}\n', ':1: rate_limit is not supported; '),
])
def test_what_cannot_be_used_is_said_at_the_start(authority, tmp_path, text, said):
    web = tmp_path / 'web.yml'
    web.write_text(text.format(a=authority.folder))
    done = run('serve', '--dsn', NOBODY, '--web.listen-address=127.0.0.1:0', f'--web.config.file={web}')
    assert (done.returncode, done.stderr.count('\n')) == (2, 1)
    assert done.stderr.startswith(f'pgvigil: {web}{said.format(a=authority.folder)}')
    checked = run('check-config', web)
    assert (checked.returncode, 'pgvigil: ' + checked.stdout) == (2, done.stderr)
