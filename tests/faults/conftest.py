"""Puts what the tests share on their path."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / path) for path in ('tests/faults', 'tests/support', 'deploy/local')]
