"""Puts what the tests share on their path."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / path) for path in ('tests/faults', 'tests/support', 'deploy/local')]


def pytest_configure(config):
    config.addinivalue_line('markers', 'long: takes a minute or more, and runs in --full')
