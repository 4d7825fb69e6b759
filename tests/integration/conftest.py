"""Puts what the tests share on their path: tests/support and deploy/local."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / 'tests/support'), str(ROOT / 'deploy/local')]
