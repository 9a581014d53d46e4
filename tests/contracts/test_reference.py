"""The command reference is what the commands say of themselves."""

import runpy

from tests.conftest import ROOT


def test_reference_is_up_to_date() -> None:
    generated = runpy.run_path(str(ROOT / "docs" / "generate.py"))["reference"]()

    assert (ROOT / "docs" / "cli.md").read_text(encoding="utf-8") == generated, "run `make docs`"
