"""docs/reliability.md: its parts that are measured, and what the rows of its fault table come from."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / 'docs/reliability.md'
HEAD = '''| fault | the page meanwhile | sessions | scrapes: median, p99, ms | memory before, peak, after, MiB | polls to recover |
|---|---|---|---|---|---|
'''
ROW = re.compile(r'\| \[(?P<fault>[^]]+)\]\(\.\./tests/faults/(?P<file>\w+\.py)\) \|.*')


def tests():
    """{(file, fault)} of every call of row() with a literal, in order."""
    found = {}
    for path in sorted((ROOT / 'tests/faults').glob('*_test.py')):
        calls = [node for node in ast.walk(ast.parse(path.read_text(encoding='utf-8')))
                 if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == 'row']
        for call in sorted(calls, key=lambda call: call.lineno):
            found[path.name, ast.literal_eval(call.args[0])] = None
    return list(found)


def rows():
    """{(file, fault): line} of the document's table."""
    lines = DOCUMENT.read_text(encoding='utf-8').splitlines()
    return {(row['file'], row['fault']): row[0] for row in map(ROW.fullmatch, lines) if row}


def line(file, fault, figures):
    memory = ', '.join(f'{figures[f"memory {when}, MiB"]:.1f}' for when in ('before', 'peak', 'after'))
    cells = [f'[{fault}](../tests/faults/{file})', said(figures), figures['sessions'],
             f'{figures["median, ms"]:.1f}, {figures["p99, ms"]:.1f}', memory, figures['polls to recover']]
    return '| ' + ' | '.join(map(str, cells)) + ' |'


def said(figures):
    up = figures['up'] if isinstance(figures['up'], list) else [figures['up']]
    parts = ['`pg_up` ' + ', '.join(map(str, up))]
    if up == [0] and figures['said after, s']:
        parts[0] += f' after {figures["said after, s"]:.1f} s'
    kinds = figures['connection errors']
    if kinds:
        parts.append('connection: ' + ', '.join(kinds))
    if figures['failed']:
        parts.append(f'failed ({", ".join(figures["collector errors"])}): {names(figures)}' if figures['collector errors']
                     else f'failed: {names(figures)}')
    elif up == [1]:
        parts.append('whole')
    if figures['oldest, s'] >= 1:
        parts.append(f'oldest value {figures["oldest, s"]:.0f} s')
    if figures['note']:
        parts.append(figures['note'])
    return '; '.join(parts)


def names(figures):
    failed = figures['failed']
    if len(failed) >= figures['collectors']:
        return 'every collector'
    return ', '.join(failed) if len(failed) <= 4 else f'{len(failed)} of {figures["collectors"]} collectors'


def write(name, text):
    """Puts the text between the two comments of the document that bear the name."""
    begin, end = f'<!-- {name} -->\n', f'<!-- end of {name} -->'
    before, _, rest = DOCUMENT.read_text(encoding='utf-8').partition(begin)
    _, _, after = rest.partition(end)
    DOCUMENT.write_text(f'{before}{begin}{text}{end}{after}', encoding='utf-8')
