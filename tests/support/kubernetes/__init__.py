"""Checks of the Kubernetes objects in deploy/kubernetes, on the objects as `kubectl kustomize` writes them."""
