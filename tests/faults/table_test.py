"""docs/reliability.md and the tests name the same faults, and each was measured."""

import document


def test_every_row_has_its_test_and_every_test_its_row():
    assert list(document.rows()) == document.tests()


def test_no_row_is_empty():
    assert [row for row in document.rows().values() if '| |' in row] == []
