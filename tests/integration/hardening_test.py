"""The flags of a release make a binary with every hardening, and the check would see if they did not.

integration.package asks the released binary itself.
"""

import os
import subprocess

from pgvigil import ROOT

CHECK = ROOT / 'tests/support/check_hardening'


def lacks(binary):
    done = subprocess.run([CHECK, binary], capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    return {line.partition(': lacks ')[2] for line in done.stdout.splitlines()}


def test_a_binary_with_the_flags_of_a_release_lacks_nothing():
    assert lacks(os.environ['HARDENED']) == set()


def test_one_without_them_is_found_out():
    assert lacks(os.environ['SOFT']) == {'position-independent', 'RELRO', 'BIND_NOW', 'stack not executable', 'stack protector',
                                         'FORTIFY_SOURCE', 'stack clash protection', 'marked branch targets'}
