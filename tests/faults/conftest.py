"""Puts what the tests share on their path, and lets a sanitizer keep little of what was freed."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / path) for path in ('tests/faults', 'tests/support', 'deploy/local')]
os.environ['ASAN_OPTIONS'] = ':'.join(filter(None, [os.environ.get('ASAN_OPTIONS'), 'quarantine_size_mb=4']))
