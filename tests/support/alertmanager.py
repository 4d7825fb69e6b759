"""A real Alertmanager on a free port with the shipped configuration, and sinks that receive what it sends.

    with HttpSink() as sink, Alertmanager(shipped(webhook=sink.url)) as alertmanager:
        alertmanager.add(alert('PostgresDown'))
        sink.wait_for(lambda message: message['status'] == 'firing')
"""

import base64
import json
import os
import re
import shutil
import socketserver
import subprocess
import tempfile
import threading
import urllib.request
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from machine import answers, end, free_port, get, spawn, tail, wait_until

ALERTS = Path(__file__).resolve().parents[2] / 'alerts'
SERVER = {'job': 'pgvigil', 'instance': '127.0.0.1:9187'}


def shipped(webhook='http://127.0.0.1:9095/', group_wait='0s', group_interval='1s'):
    """The text of alertmanager.yml; only the webhook's address and the waits of its groups are others."""
    text = (ALERTS / 'alertmanager.yml').read_text(encoding='utf-8')
    text = text.replace('http://127.0.0.1:9095/', webhook)
    text = re.sub(r'group_wait: \w+', f'group_wait: {group_wait}', text)
    return re.sub(r'group_interval: \w+', f'group_interval: {group_interval}', text)


def alert(name, severity='critical', annotations=None, since='2021-01-02T03:04:05Z', until=None, **labels):
    """An alert as the API takes it, of SERVER unless `labels` say otherwise (None: without that label)."""
    labels = {'alertname': name, 'severity': severity, 'team': 'database', **SERVER, **labels}
    posted = {'labels': {name: value for name, value in labels.items() if value is not None},
              'annotations': annotations or {}, 'startsAt': since}
    return posted | ({'endsAt': until} if until else {})


class Alertmanager:
    """The one on PATH; `config` is the text of its configuration, `files` are put beside it, by name."""

    def __init__(self, config, files=None):
        self._directory = tempfile.TemporaryDirectory(prefix='pgvigil-alertmanager-')
        path = Path(self._directory.name)
        (path / 'alertmanager.yml').write_text(config, encoding='utf-8')
        for name, text in (files or {}).items():
            (path / name).write_text(text, encoding='utf-8')
        shutil.copytree(ALERTS / 'templates', path / 'templates')
        self._log = path / 'log'
        self._process = None

    def __enter__(self):
        port = free_port()
        self.url = f'http://127.0.0.1:{port}'
        with open(self._log, 'w', encoding='utf-8') as log:
            self._process = spawn(
                ['prometheus-alertmanager', '--config.file=alertmanager.yml', '--storage.path=storage',
                 f'--web.listen-address=127.0.0.1:{port}', '--web.external-url=http://alertmanager.example',
                 '--web.route-prefix=/', '--cluster.listen-address='],
                cwd=self._directory.name, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            wait_until(lambda: answers(f'{self.url}/-/ready') or self._process.poll() is not None, 20, 'Alertmanager')
            assert self._process.poll() is None, tail(self._log, 20)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        end(self._process)
        self._directory.cleanup()

    def add(self, *alerts):
        post = urllib.request.Request(f'{self.url}/api/v2/alerts', json.dumps(alerts).encode(),
                                      {'Content-Type': 'application/json'})
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(post, timeout=5).close()

    def alerts(self):
        return json.loads(get(f'{self.url}/api/v2/alerts').text)

    @property
    def log(self):
        return self._log.read_text(encoding='utf-8')


class Sink:
    """Keeps what is sent to a port of its own; `received` grows in the order of arrival."""

    def __init__(self, server):
        self._server = server
        self._server.received = self.received = []
        self.port = server.server_address[1]

    def __enter__(self):
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={'poll_interval': 0.05})
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def wait_for(self, predicate, timeout=20.0):
        """The first that was received for which predicate(it) is true."""
        return wait_until(lambda: next(filter(predicate, list(self.received)), None), timeout, 'notification')


class HttpSink(Sink):
    """Receives JSON: a webhook's or Slack's; adds `path` and `authorization` to what came."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers['Content-Length'])))
            self.send_response(200)
            self.send_header('Content-Length', '2')
            self.end_headers()
            self.wfile.write(b'ok')  # as Slack answers; newer Alertmanagers insist on it
            self.server.received.append(body | {'path': self.path, 'authorization': self.headers['Authorization']})

        def log_message(self, *_):
            pass

    def __init__(self):
        super().__init__(ThreadingHTTPServer(('127.0.0.1', 0), self.Handler))
        self.url = f'http://127.0.0.1:{self.port}/'


class MailSink(Sink):
    """Receives mail: {to, password, subject, text, html}."""

    class Handler(socketserver.StreamRequestHandler):
        password = None

        def handle(self):
            self._say('220 sink')
            recipients = []
            for line in iter(self.rfile.readline, b''):
                verb, _, rest = line.decode().strip().partition(' ')
                if verb == 'EHLO':
                    self._say('250-sink\r\n250 AUTH PLAIN')
                elif verb == 'AUTH':
                    self.password = base64.b64decode(rest.partition(' ')[2]).split(b'\0')[2].decode()
                    self._say('235 in')
                elif verb == 'DATA':
                    self._say('354 go on')
                    self._keep(recipients, b''.join(iter(self.rfile.readline, b'.\r\n')))
                    self._say('250 kept')
                elif verb == 'QUIT':
                    return self._say('221 bye')
                else:
                    recipients += [rest.partition(':')[2].strip('<>')] if verb == 'RCPT' else []
                    self._say('250 well')

        def _keep(self, recipients, content):
            mail = message_from_bytes(content, policy=policy.default)
            texts = {f'text/{kind}': mail.get_body((kind,)).get_content().replace('\r\n', '\n')
                     for kind in ('plain', 'html')}
            self.server.received.append({'to': recipients, 'password': self.password, 'subject': mail['Subject'],
                                         'text': texts['text/plain'], 'html': texts['text/html']})

        def _say(self, line):
            self.wfile.write(f'{line}\r\n'.encode())

    def __init__(self):
        super().__init__(socketserver.ThreadingTCPServer(('127.0.0.1', 0), self.Handler))


def amtool(*args):
    """Runs amtool without anybody's own configuration of it."""
    return subprocess.run(['amtool', *map(str, args)], env={**os.environ, 'HOME': '/nonexistent'},
                          capture_output=True, text=True, timeout=30)
