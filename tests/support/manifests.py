"""The shipped manifests as Kubernetes would get them."""

import shutil
import subprocess
import tempfile
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]


def kustomization(overlay):
    """The objects of an overlay, with secrets made for it: in a copy, since those of the repository may be real ones."""
    with tempfile.TemporaryDirectory(prefix='pgvigil-manifests-') as copy:
        for part in ('alerts', 'dashboards', 'deploy'):
            shutil.copytree(ROOT / part, Path(copy, part), symlinks=True)
        directory = Path(copy, 'deploy/kubernetes/overlays', overlay)
        for made in (directory / 'secrets.env', directory / 'tls'):
            shutil.rmtree(made, ignore_errors=True) if made.is_dir() else made.unlink(missing_ok=True)
        subprocess.run([Path(copy, 'deploy/kubernetes/make-secrets'), directory], check=True, stdout=subprocess.DEVNULL)
        text = subprocess.run(['kubectl', 'kustomize', directory], check=True, capture_output=True, text=True).stdout
    return [one for one in yaml.safe_load_all(text) if one]
