"""The status page in a browser: what a person can read there, on a desk and on a phone, light and dark.

    STATUS_SAMPLES=build/dev/tests/status_samples /usr/bin/python3 -m pytest tests/integration/status_page_test.py
    STATUS_SAMPLES=... /usr/bin/python3 tests/integration/status_page_test.py DIRECTORY    takes the pictures

status_samples writes each state's page and the same facts as JSON; Chromium lays the pages out in frames of both
widths (its own window is never narrower than 500 pixels) and a script of the test, none of the page's, measures them.
"""

import html
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

STATES = ['ok', 'warning', 'critical', 'unknown', 'down']
WIDTHS = {'wide': 1280, 'phone': 375}
SCHEMES = {'light': 1, 'dark': 0}  # Blink's preferredColorScheme

MEASURE = r"""
const rgb = colour => (colour.match(/[\d.]+/g) || []).map(Number);
const luminance = colour => rgb(colour).slice(0, 3).map(c => c / 255)
  .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
  .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
const contrast = (a, b) => {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
};
function measure(frame) {
  const page = frame.contentDocument, view = frame.contentWindow;
  const ground = element => {
    for (; element; element = element.parentElement) {
      const colour = view.getComputedStyle(element).backgroundColor;
      if (rgb(colour)[3] !== 0) return colour;
    }
  };
  const faint = [];
  const texts = page.createTreeWalker(page.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode.textContent.trim(), element = texts.currentNode.parentElement;
    const ratio = contrast(view.getComputedStyle(element).color, ground(element));
    if (text && ratio < 4.5) faint.push([text, ratio]);
  }
  const all = selector => [...page.querySelectorAll(selector)];
  return {
    title: page.title,
    text: page.body.innerText,
    ground: luminance(view.getComputedStyle(page.body).backgroundColor),
    overflow: page.documentElement.scrollWidth - page.documentElement.clientWidth,
    clipped: all('main :not(thead, thead *)').map(e => [e.outerHTML, e.getBoundingClientRect().right])
      .filter(([, right]) => right > view.innerWidth + 0.5),
    faint,
    unscoped: all('th:not([scope])').length,
    meters: Object.fromEntries(all('[role=meter]').map(e => [e.ariaLabel,
      {now: +e.ariaValueNow, text: e.ariaValueText,
       drawn: 100 * e.querySelector('.fill').getBoundingClientRect().width / e.getBoundingClientRect().width,
       marks: [...e.querySelectorAll('.mark')].map(m => parseFloat(m.style.left))}])),
  };
}
onload = () => {
  const measured = {};
  for (const frame of document.querySelectorAll('iframe')) measured[frame.id] = measure(frame);
  document.body.replaceChildren();
  document.body.textContent = JSON.stringify(measured);
};
"""


def chromium(*arguments):
    with tempfile.TemporaryDirectory() as profile:
        command = ['chromium', '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
                   '--disable-background-networking', '--disable-component-update', '--disable-sync',
                   '--hide-scrollbars', f'--user-data-dir={profile}', *arguments]
        return subprocess.run(command, check=True, timeout=60, capture_output=True, text=True).stdout


def write_samples(to):
    subprocess.run([os.environ['STATUS_SAMPLES'], to], check=True, timeout=60)


@pytest.fixture(scope='module')
def samples(tmp_path_factory):
    to = tmp_path_factory.mktemp('samples')
    write_samples(to)
    return to


@pytest.fixture(scope='module')
def measured(samples):
    """What was measured of every page, by scheme, then by state and width."""
    frames = ''.join(f'<iframe id="{state} {name}" width="{width}" height="900" style="border:0" '
                     f'srcdoc="{html.escape((samples / f"{state}.html").read_text())}"></iframe>'
                     for state in STATES for name, width in WIDTHS.items())
    (samples / 'frames.html').write_text(f'<meta charset="utf-8"><body>{frames}<script>{MEASURE}</script>')
    answers = {}
    for scheme, number in SCHEMES.items():
        dom = chromium(f'--blink-settings=preferredColorScheme={number}', '--dump-dom',
                       f'file://{samples}/frames.html')
        answers[scheme] = json.loads(html.unescape(re.search(r'<body>(.*)</body>', dom, re.S)[1]))
    return answers


@pytest.fixture(params=SCHEMES)
def scheme(request):
    return request.param


@pytest.fixture(params=WIDTHS)
def width(request):
    return request.param


@pytest.fixture(params=STATES)
def state(request):
    return request.param


@pytest.fixture
def page(measured, scheme, state, width):
    return measured[scheme][f'{state} {width}']


@pytest.fixture
def facts(samples, state):
    return json.loads((samples / f'{state}.json').read_text())


def lines_of(page):
    return [line.strip() for line in page['text'].replace('\u00a0', ' ').splitlines() if line.strip()]


def read_section(page, title, titles):
    """The lines from a title to the next one, as an eye that looks for it finds them."""
    lines = lines_of(page)
    start = lines.index(title)
    end = next((i for i in range(start + 1, len(lines)) if lines[i] in titles), len(lines))
    return lines[start + 1:end]


def amount(value, unit):
    if unit == 'ratio':
        return f'{value * 100:.3g} %'
    return f'{value * 1000:.3g} ms' if value < 1 else f'{value:.3g} s'


def test_headline_says_whether_the_server_is_up(page, state, facts):
    first = lines_of(page)[:5]
    assert 'PostgreSQL 14.23 is ' + ('down' if state == 'down' else 'up') in first
    assert any(line.endswith(state) for line in first), first
    assert page['title'].startswith(state + ' ')
    assert any('polled 3 s ago' in line and '2026-05-01 11:59:57 UTC' in line for line in first)
    assert any(('Replica' if facts['server']['in_recovery'] else 'Primary') in line for line in first)
    if state == 'down':
        assert any('Connection refused <refused>' in line for line in first)


def test_thresholds_are_read_beside_their_titles(page, facts):
    assert len(facts['thresholds']) == 5
    titles = [threshold['title'] for threshold in facts['thresholds']]
    titles += [line for line in lines_of(page) if line.startswith('Collectors')]
    for threshold in facts['thresholds']:
        seen = read_section(page, threshold['title'], titles)
        value = '–' if threshold['value'] is None else amount(threshold['value'], threshold['unit'])
        assert value in seen
        warning, critical = (amount(threshold[limit], threshold['unit']) for limit in ('warning', 'critical'))
        assert f'warning from {warning}, critical from {critical}' in seen
        assert {'ok': '✓ ok', 'warning': '▲ warning', 'critical': '✕ critical', None: '? unknown'}[
            threshold['state']] in seen
        if threshold['reason']:
            assert threshold['reason'] in seen


def test_the_worst_state_is_seen(page, state):
    seen = '\n'.join(lines_of(page))
    numbers = {'ok': ['31.2 %', '4.2 ms'], 'warning': ['87.3 %', '128 ms'], 'critical': ['97 %', '1.25 s'],
               'unknown': ['21 %', 'no call in five minutes'], 'down': ['the server could not be reached']}
    for number in numbers[state]:
        assert number in seen


def test_bars_are_drawn_as_long_as_the_values_are(page, facts):
    for threshold in facts['thresholds']:
        if threshold['value'] is None:
            assert threshold['title'] not in page['meters']
            continue
        end = 1 if threshold['unit'] == 'ratio' else threshold['critical'] * 1.25
        at = min(threshold['value'] / end, 1) * 100
        meter = page['meters'][threshold['title']]
        assert meter['drawn'] == pytest.approx(at, abs=0.5)
        assert meter['now'] == pytest.approx(at, abs=0.1)
        assert meter['marks'] == pytest.approx([threshold[x] / end * 100 for x in ('warning', 'critical')], abs=0.1)
        value = amount(threshold['value'], threshold['unit'])
        assert meter['text'].replace('\u00a0', ' ') == f"{value}, {threshold['state']}"


def test_collectors_are_read_with_outcome_age_and_note(page, facts):
    names = [collector['name'] for collector in facts['collectors']]
    lines = lines_of(page)
    lines = lines[next(i for i, line in enumerate(lines) if line.startswith('Collectors')):]
    seen = {}
    for line in lines:
        found = next((name for name in names if line.split('\t')[0] == name), None)
        if found:
            seen[found] = []
        if seen:
            seen[list(seen)[-1]].append(line)
    assert set(seen) == set(names)
    for collector in facts['collectors']:
        text = ' '.join(seen[collector['name']])
        assert collector['outcome'] in text
        assert collector['reason'] in text
        if collector['last_success'] is not None:
            assert re.search(r'\d+ (s|min) ago', text)
            assert re.search(rf"\b{collector['samples']}\b", text)
        if collector['cut']:
            assert f"{collector['cut']} rows over the series budget were cut" in text


def test_nothing_is_wider_than_the_screen(page):
    assert page['overflow'] == 0
    assert page['clipped'] == []


def test_every_text_stands_out_from_its_ground(page):
    assert page['faint'] == []


def test_the_ground_is_as_light_or_dark_as_wished(page, scheme):
    assert page['ground'] > 0.8 if scheme == 'light' else page['ground'] < 0.05


def test_table_headers_say_what_they_head(page):
    assert page['unscoped'] == 0


def take_pictures(to):
    write_samples(to)
    for state in STATES:
        for scheme, number in SCHEMES.items():
            for name, width in WIDTHS.items():
                height = 1400 if name == 'wide' else 2300
                chromium(f'--blink-settings=preferredColorScheme={number}', f'--window-size={width},{height}',
                         f'--screenshot={to}/{state}-{name}-{scheme}.png', f'file://{to}/{state}.html')


if __name__ == '__main__':
    take_pictures(Path(sys.argv[1]).resolve())
