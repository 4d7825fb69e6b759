"""An API server in memory that knows VolumeSnapshots and no more: enough for kubectl to create, watch, list and delete.

    with ApiServer(ready=True) as server:
        subprocess.run(['kubectl', 'get', 'volumesnapshots'], env={**os.environ, 'KUBECONFIG': server.kubeconfig})
"""

import json
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

GROUP, VERSION, PLURAL, KIND = 'snapshot.storage.k8s.io', 'v1', 'volumesnapshots', 'VolumeSnapshot'
API = f'/apis/{GROUP}/{VERSION}'
COLLECTION = f'{API}/namespaces/default/{PLURAL}'

DISCOVERY = {
    '/api': {'kind': 'APIVersions', 'versions': []},
    '/apis': {'kind': 'APIGroupList', 'apiVersion': 'v1', 'groups': [{
        'name': GROUP, 'versions': [{'groupVersion': f'{GROUP}/{VERSION}', 'version': VERSION}]}]},
    API: {'kind': 'APIResourceList', 'apiVersion': 'v1', 'groupVersion': f'{GROUP}/{VERSION}', 'resources': [{
        'name': PLURAL, 'kind': KIND, 'namespaced': True, 'verbs': ['create', 'delete', 'get', 'list', 'watch']}]},
    # kubectl asks whether the server looks for unknown fields itself.
    '/openapi/v3': {'paths': {API[1:]: {'serverRelativeURL': f'/openapi/v3{API}'}}},
    f'/openapi/v3{API}': {'openapi': '3.0.0', 'info': {'title': '', 'version': ''}, 'paths': {
        COLLECTION + '/{name}': {'patch': {
            'x-kubernetes-group-version-kind': {'group': GROUP, 'version': VERSION, 'kind': KIND},
            'parameters': [{'name': 'fieldValidation', 'in': 'query', 'schema': {'type': 'string'}}],
            'responses': {}}}}},
}


class ApiServer:
    """snapshots: {name: object}; verbs: what was asked for, as a Role names it.

    ready  whether a new one becomes usable as soon as somebody watches it
    """

    def __init__(self, ready=True):
        self.snapshots, self.verbs, self.closing, self._ready = {}, set(), threading.Event(), ready

    def __enter__(self):
        self._server = ThreadingHTTPServer(('127.0.0.1', 0), type('Handler', (Handler,), {'api': self}))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self._file = tempfile.NamedTemporaryFile('w', suffix='.kubeconfig')
        json.dump({'apiVersion': 'v1', 'kind': 'Config', 'current-context': 'here',
                   'contexts': [{'name': 'here', 'context': {'cluster': 'here', 'namespace': 'default'}}],
                   'clusters': [{'name': 'here', 'cluster': {
                       'server': f'http://127.0.0.1:{self._server.server_port}'}}]}, self._file)
        self._file.flush()
        self.kubeconfig = self._file.name
        return self

    def __exit__(self, *_):
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._file.close()

    def add(self, name, labels, ready):
        self.create({'metadata': {'name': name, 'labels': labels}}, ready)

    def create(self, thing, ready=False):
        thing = {**thing, 'apiVersion': f'{GROUP}/{VERSION}', 'kind': KIND, 'status': {'readyToUse': ready}}
        thing['metadata'] |= {'namespace': 'default', 'resourceVersion': '1', 'uid': thing['metadata']['name']}
        self.snapshots[thing['metadata']['name']] = thing
        return thing

    def listed(self, query):
        labels = {pair for pair in query.get('labelSelector', [''])[0].split(',') if pair}
        name = query.get('fieldSelector', [''])[0].removeprefix('metadata.name=')
        return [thing for thing in self.snapshots.values() if name in ('', thing['metadata']['name'])
                and labels <= {f'{key}={value}' for key, value in thing['metadata']['labels'].items()}]

    def finished(self, things):
        """The watched ones, when the controller has done its work."""
        for thing in things:
            thing['status']['readyToUse'] = thing['status']['readyToUse'] or self._ready
        return things


class Handler(BaseHTTPRequestHandler):
    api = None

    def do_GET(self):
        url = urlsplit(self.path)
        query, name = parse_qs(url.query), url.path.removeprefix(f'{COLLECTION}/')
        if url.path in DISCOVERY:
            self._answer(DISCOVERY[url.path])
            return
        self.api.verbs.add('get' if url.path != COLLECTION else 'watch' if 'watch' in query else 'list')
        if 'sendInitialEvents' in query:  # kubectl falls back to a list and a watch, as with older servers
            self._refuse('Invalid', 422)
        elif url.path == COLLECTION and 'watch' in query:
            self._watch(self.api.finished(self.api.listed(query)))
        elif url.path == COLLECTION:
            self._answer({'apiVersion': f'{GROUP}/{VERSION}', 'kind': f'{KIND}List',
                          'metadata': {'resourceVersion': '1'}, 'items': self.api.listed(query)})
        else:
            self._answer(self.api.snapshots.get(name))

    def do_POST(self):
        self.api.verbs.add('create')
        thing = json.loads(self.rfile.read(int(self.headers['Content-Length'])))
        self._answer(self.api.create(thing), 201)

    def do_DELETE(self):
        self.api.verbs.add('delete')
        self._answer(self.api.snapshots.pop(urlsplit(self.path).path.removeprefix(f'{COLLECTION}/'), None))

    def _watch(self, things):
        self.send_response(200)
        self.send_header('Content-Type', 'application/json')
        self.end_headers()
        for thing in things:
            self.wfile.write(json.dumps({'type': 'MODIFIED', 'object': thing}).encode() + b'\n')
        self.wfile.flush()
        self.api.closing.wait(60)

    def _refuse(self, reason, status):
        said = {'kind': 'Status', 'apiVersion': 'v1', 'status': 'Failure', 'reason': reason, 'code': status}
        self._answer(said, status)

    def _answer(self, body, status=200):
        if body is None:
            self._refuse('NotFound', 404)
            return
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass
