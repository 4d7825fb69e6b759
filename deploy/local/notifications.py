"""The receiver of Alertmanager's webhook: takes notifications, keeps what is new in them, and prints it."""

import json
import threading
import time
from collections import namedtuple
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from machine import get, wait_until

# One alert that began to fire, or was resolved: labels and annotations as Prometheus sent them; since: the text of its
# beginning; at: when the notification came, in seconds of the monotonic clock.
Notification = namedtuple('Notification', 'status labels annotations since fingerprint at')


class Notifications:
    """Listens from construction until close(); `seen` has every notification once, in the order of their coming.

    Alertmanager repeats, in each message about a group, all alerts of that group: what was said before is not new.
    """

    def __init__(self, port=0, show=lambda notification: None):
        self.seen, self._known, self._show = [], set(), show
        self._lock = threading.Lock()
        receive = self._receive

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                receive(json.loads(self.rfile.read(int(self.headers['Content-Length']))))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(('127.0.0.1', port), Handler)
        self.url = f'http://127.0.0.1:{self._server.server_port}/'
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={'poll_interval': 0.1}, daemon=True)
        self._thread.start()

    def close(self):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def of(self, alert, status=None, after=0.0):
        """The notifications of an alert, by its name, that came after a moment."""
        return [one for one in list(self.seen) if one.labels['alertname'] == alert and one.at > after
                and status in (None, one.status)]

    def unresolved(self):
        """What still fires: the notifications that were not followed by their resolution."""
        seen = list(self.seen)
        resolved = {(one.fingerprint, one.since) for one in seen if one.status == 'resolved'}
        return [one for one in seen if one.status == 'firing' and (one.fingerprint, one.since) not in resolved]

    def wait(self, alert, status, timeout, after=0.0):
        """The first notification of that status that came after a moment, once there is one."""
        return wait_until(lambda: self.of(alert, status, after), timeout, f'a notification: {alert} {status}')[0]

    def _receive(self, message):
        with self._lock:
            for alert in message['alerts']:
                key = alert['fingerprint'], alert['startsAt'], alert['status']
                if key in self._known:
                    continue
                self._known.add(key)
                self.seen.append(Notification(alert['status'], alert['labels'], alert['annotations'],
                                              alert['startsAt'], alert['fingerprint'], time.monotonic()))
                self._show(self.seen[-1])


def line(notification):
    """A notification as one line."""
    labels, annotations = notification.labels, notification.annotations
    severity = f'{labels["severity"]:<8}'
    if notification.status == 'resolved':
        severity = 'resolved'
    things = ' '.join(labels[name] for name in sorted(labels) if name not in NOT_THINGS)
    value = f'{annotations["value"]} (limit {annotations["limit"]}). ' if 'value' in annotations else ''
    return (f'{time.strftime("%H:%M:%S")}  {severity} {labels["alertname"]} {labels.get("instance", "")}'
            f'{things and " "}{things}: {value}{annotations["summary"]}')


NOT_THINGS = {'alertname', 'severity', 'team', 'job', 'instance', 'datid'}


def active(alertmanager):
    """Alertmanager's alerts that fire now: [(labels, inhibited)]; None while it does not answer."""
    reply = get(f'{alertmanager}/api/v2/alerts?silenced=false')
    return [(alert['labels'], bool(alert['status']['inhibitedBy'])) for alert in json.loads(reply.text)]
