"""The examples in docstrings are true."""

import doctest
import importlib
import pkgutil

import pytest

import alphanest_db

MODULES = [
    found.name
    for found in pkgutil.walk_packages(alphanest_db.__path__, "alphanest_db.")
    if "__main__" not in found.name
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_a_module_are_true(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0
