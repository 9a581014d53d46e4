"""Files without a name can be read by other programs, and leave nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

from alphanest_db.backup.restore.nameless import nameless_file, write_all


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere such a file needs a name")
def test_others_read_what_is_in_no_folder(tmp_path: Path) -> None:
    with nameless_file(tmp_path) as (handle, path):
        write_all(handle, b"12;\n")

        assert list(tmp_path.iterdir()) == []
        assert subprocess.run(["cat", path], capture_output=True, check=True).stdout == b"12;\n"
