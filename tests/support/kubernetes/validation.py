"""Strict validation of objects: validate.mjs where a package has the types, the few fields by hand where none has."""

import base64
import json
import subprocess
from pathlib import Path

from kubernetes.build import PACKAGES, title

# No npm package has the types of the snapshot controller: its CRD's fields that are not metadata.
SNAPSHOT_CLASS = {
    'driver': lambda value: isinstance(value, str),
    'deletionPolicy': lambda value: value in ('Delete', 'Retain'),
    'parameters': lambda value: all(isinstance(text, str) for pair in value.items() for text in pair),
}


def problems(objects):
    """What is wrong with them, a line each: types, unknown fields, patterns, enumerations, base64."""
    by_hand = [one for one in objects if one['apiVersion'].startswith('snapshot.storage.k8s.io/')]
    rest = [_unwrapped(one) for one in objects if one not in by_hand]
    done = subprocess.run(['node', Path(__file__).with_name('validate.mjs'), PACKAGES], input=json.dumps(rest),
                          capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    found = [f'{title(one)}: {what}' for one, said in zip(rest, json.loads(done.stdout), strict=True) for what in said]
    for one in by_hand:
        found += [f'{title(one)}: {what}' for what in _snapshot_class(one)]
    return found


def _unwrapped(thing):
    """kustomize wraps long base64 into lines, which the API server reads and a schema does not."""
    if thing['kind'] != 'Secret':
        return thing
    return {**thing, 'data': {key: ''.join(value.split()) for key, value in thing['data'].items()}}


def _snapshot_class(thing):
    if (thing['apiVersion'], thing['kind']) != ('snapshot.storage.k8s.io/v1', 'VolumeSnapshotClass'):
        yield 'is of no kind that is known here'
        return
    for field, value in thing.items():
        if field in ('apiVersion', 'kind', 'metadata'):
            continue
        if field not in SNAPSHOT_CLASS:
            yield f'unknown field {field}'
        elif not SNAPSHOT_CLASS[field](value):
            yield f'{field} cannot be {value}'
    yield from (f'{field} is missing' for field in ('driver', 'deletionPolicy') if field not in thing)


def secret_values(secret):
    return {key: base64.b64decode(value).decode() for key, value in secret.get('data', {}).items()}
