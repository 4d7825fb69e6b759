"""Makes faults real on the running stack, and waits until each was notified of and, once undone, resolved."""

import argparse
import time

from faults import FAULTS, lacking
from machine import wait_until
from notifications import active

PATIENCE = 150  # seconds for a notification to come


def description():
    """The faults, for --help."""
    width = max(map(len, FAULTS)) + 1
    return 'faults:\n' + '\n'.join(f'  {name:<{width}} {fault.make.__doc__}{_needs(fault)}'
                                   for name, fault in FAULTS.items())


def names(text):
    """The faults that --provoke names."""
    chosen = text.split(',')
    for name in chosen:
        if name not in FAULTS:
            raise argparse.ArgumentTypeError(f'{name!r} is no fault; there are {", ".join(FAULTS)}')
        if lacking(FAULTS[name]):
            raise argparse.ArgumentTypeError(f'{name} needs {lacking(FAULTS[name])}')
    return chosen


def run(stack, chosen):
    """Provokes one fault after another; returns the exit status."""
    print(f'In a hurry: intervals, windows and hold times of the rules are divided by {stack.hurry}, ages are judged\n'
          f'after seconds. The rules in force: {stack.directory}/alerts/pgvigil.rules.yml\n', flush=True)
    wait_until(lambda: stack.query('pg_up == 1'), 30, 'Prometheus has scraped pgvigil')
    failed = [name for name in chosen if not _seen(stack, FAULTS[name])]
    print(f'up: {", ".join(failed)} went unseen' if failed else 'up: every fault was notified of and resolved')
    return 1 if failed else 0


def _seen(stack, fault):
    """Makes it real, undoes it; whether all that was to be notified came and was resolved."""
    alerts = fault.alerts.split()
    say(f'provoke {fault.name}: {fault.make.__doc__}')
    begun = time.monotonic()
    try:
        with fault.make(stack):
            say(f'        {fault.name} is real; waiting for {" and ".join(alerts)}')
            came = [stack.notifications.wait(alert, 'firing', PATIENCE, begun) for alert in alerts]
            say(f'        notified after {time.monotonic() - begun:.0f} s{_held_back(stack)}')
            for one in came:
                say(f'        what to do: {one.annotations["runbook_url"]}')
        undone = time.monotonic()
        say(f'        {fault.name} is undone; waiting for the resolution')
        wait_until(lambda: not stack.notifications.unresolved(), PATIENCE, 'the resolution')
        say(f'        resolved after {time.monotonic() - undone:.0f} s\n')
        return True
    except TimeoutError as error:
        say(f'        {error}\n')
        return False


def _held_back(stack):
    """The alerts that fire and that Alertmanager inhibits."""
    inhibited = sorted({f'{labels["alertname"]} ({labels["severity"]})' for labels, held in active(stack.alertmanager)
                        if held})
    return f'; held back, being implied: {", ".join(inhibited)}' if inhibited else ''


def say(text):
    print(f'{time.strftime("%H:%M:%S")}  {text}', flush=True)


def _needs(fault):
    return f' (needs {fault.needs})' if fault.needs else ''
