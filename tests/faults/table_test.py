"""docs/reliability.md and the tests name the same faults."""

import document


def test_every_row_has_its_test_and_every_test_its_row():
    assert list(document.rows()) == document.tests()
