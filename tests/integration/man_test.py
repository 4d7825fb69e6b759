"""The man page says neither more nor less than --help."""

import re
import subprocess

import pytest
from pgvigil import ROOT, run

PAGE = ROOT / 'docs/pgvigil.1'


@pytest.fixture(scope='module')
def text():
    return run('--help').stdout


@pytest.fixture(scope='module')
def sections():
    """{heading: the terms that the section explains}, as a reader sees them."""
    found = {}
    for part in re.split(r'^\.Sh ', PAGE.read_text(encoding='utf-8'), flags=re.M)[1:]:
        heading, _, body = part.partition('\n')
        found[heading] = [shown(term) for term in re.findall(r'^\.It (.*)', body, re.M)]
    return found


def shown(term):
    """mdoc's macros as text: `Fl -json`, `Ar FILE`, `Ns` (no blank); `Fl` holds beyond a comma."""
    term = re.sub(r' Ns (\S+) Ns ', r'\1', re.sub(r'\bFl ', '-', term))
    return re.sub(r'\b(Ar|Cm|Ev) ', '', term).replace(' , ', ', -')


def test_it_has_each_command_and_no_other(text, sections):
    commands = re.findall(r'^  ([\w-]+) ', text.partition('Commands:')[2].partition('Flags:')[0], re.M)
    assert 'serve' in commands
    assert sections['COMMANDS'] == commands


def test_it_has_each_flag_with_what_it_takes_and_no_other(text, sections):
    flags = re.findall(r'^  (-.*?)  ', text.partition('Flags:')[2], re.M)
    assert '--config.file=FILE' in flags
    assert sections['OPTIONS'] == flags


def test_it_has_each_variable_that_stands_for_a_flag_and_no_other(text, sections):
    variables = re.findall(r'\[\$(\w+)\]', text)
    assert 'PG_EXPORTER_WEB_LISTEN_ADDRESS' in variables
    assert sections['ENVIRONMENT'] == variables


def test_mandoc_finds_no_fault_in_it():
    found = subprocess.run(['mandoc', '-Tlint', '-Wstyle', PAGE], capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout) == (0, '')
