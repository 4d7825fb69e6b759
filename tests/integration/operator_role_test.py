"""The Role bill-inquiry-operator lets one do what the pages for operators say, and changes nothing beyond that."""

import re
import shlex

import yaml
from pgvigil import ROOT

PAGES = [*sorted((ROOT / 'docs/runbooks').glob('*.md')), *(ROOT / f'deploy/{name}/README.md' for name in
                                                           ('backup', 'kubernetes', 'logs'))]
RULES = next(one['rules'] for one in yaml.safe_load_all((ROOT / 'deploy/kubernetes/base/rbac.yaml').read_text())
             if one['metadata']['name'] == 'bill-inquiry-operator')
LOOK = {'get', 'list', 'watch'}
SHORT = {'pvc': 'persistentvolumeclaim', 'hpa': 'horizontalpodautoscaler', 'networkpolicies': 'networkpolicy'}
GROUPS = {'apps': 'statefulset deployment controllerrevision', 'batch': 'job cronjob', 'networking.k8s.io': 'networkpolicy',
          'autoscaling': 'horizontalpodautoscaler', 'snapshot.storage.k8s.io': 'volumesnapshot'}
# deploy/kubernetes/README.md says whose they are.
LEFT_TO_OTHERS = {('secrets', 'get'), ('secrets', 'list'), ('statefulsets', 'delete'), ('deployments', 'patch')}


def resource(word):
    """(API group, plural) of a kind as one types it."""
    kind = SHORT.get(word, word if word == 'endpoints' else word.removesuffix('s'))
    group = next((group for group, kinds in GROUPS.items() if kind in kinds.split()), '')
    return group, kind if kind == 'endpoints' else re.sub('y$', 'ie', kind) + 's'


def asked(command):
    """(API group, resource, verb, name or '') of each request of a kubectl command in the namespace."""
    verb, *rest = [word for word in shlex.split(command.rstrip('\\'), comments=True) if word not in ('-i', '-it')]
    if verb in ('exec', 'port-forward', 'logs'):
        return [('', f"pods/{verb.replace('-', '').removesuffix('s')}", 'get' if verb == 'logs' else 'create', '')]
    if verb == 'top':
        return [('metrics.k8s.io', 'pods', 'list', '')]
    if verb == 'create':
        return [('batch', 'jobs', 'create', ''), ('batch', 'cronjobs', 'get', '')]
    if verb in ('rollout', 'set'):
        verb, *rest = rest
    things = [word for word in rest if '/' in word and word[0] != '-']
    things = things or [f'{kind}/{rest[1]}' if rest[1:] and rest[1][0] != '-' else kind for kind in rest[0].split(',')]
    does = {'get': ['get', 'list'], 'describe': ['get', 'list'], 'wait': LOOK, 'status': LOOK, 'history': ['get'],
            'patch': ['get', 'patch'], 'resources': ['get', 'patch'], 'restart': ['get', 'patch'], 'undo': ['patch'],
            'delete': [*LOOK, 'delete'], 'scale': ['get']}[verb]
    found = [(*resource(thing.partition('/')[0]), one, thing.partition('/')[2]) for thing in things for one in does]
    if verb == 'history':
        found.append(('apps', 'controllerrevisions', 'list', ''))
    return found + [(group, f'{plural}/scale', 'patch', name) for group, plural, _, name in found if verb == 'scale']


def allowed(group, plural, verb, name):
    return any(group in rule['apiGroups'] and plural in rule['resources'] and verb in rule['verbs'] and
               name in rule.get('resourceNames', [name]) for rule in RULES)


def requests():
    commands = {command for page in PAGES for command in
                re.findall(r'kubectl -n phonebill-dev ([^`|\n]+)', page.read_text(encoding='utf-8'))}
    assert len(commands) > 50
    claim = [('', 'persistentvolumeclaims', verb, '') for verb in ('get', 'create')]  # apply -f examples/claim.yaml
    return {request for command in commands for request in asked(command)} | {*claim}


def test_what_the_pages_ask_for_is_allowed_but_for_what_is_said_to_be_left_to_others():
    refused = {request for request in requests() if not allowed(*request)}
    assert {request[1:3] for request in refused} == LEFT_TO_OTHERS, refused


def test_nothing_may_be_changed_that_no_page_asks_for():
    changes = {(plural, verb) for rule in RULES for plural in rule['resources'] for verb in {*rule['verbs']} - LOOK - {'update'}}
    assert changes - {request[1:3] for request in requests()} == set()
