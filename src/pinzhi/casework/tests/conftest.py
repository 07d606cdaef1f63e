"""Fixtures of casework's tests."""

from pinzhi.casework.tests.desk_for_tests import ana, ben, desk, sen  # noqa: F401
