"""Which files an import reads: none in a folder is passed over in silence."""

import json
import tempfile
from io import BytesIO
from pathlib import Path

import pytest

from alphanest_db.errors import InvalidInput
from alphanest_db.seeding.local_storage.reading import UnreadableExport
from alphanest_db.seeding.local_storage.sources import find_sources, records_of
from tests.rights import as_somebody_else


def test_folders_are_looked_through_and_a_link_that_leads_nowhere_is_told(tmp_path: Path) -> None:
    (tmp_path / "b" / "c.json").mkdir(parents=True)
    for name in ("a.JSON", "b/c.json/d.json", "b/e.txt"):
        (tmp_path / name).write_text(json.dumps({}))
    (tmp_path / "z.json").symlink_to("nowhere")
    found = find_sources([str(tmp_path)])
    assert [Path(source.name).relative_to(tmp_path).as_posix() for source in found] == [
        "a.JSON", "b/c.json/d.json", "z.json",
    ]  # fmt: skip
    with pytest.raises(UnreadableExport, match=r"z\.json: No such file"):
        list(records_of(found[2], BytesIO(), lambda _bytes: None, []))


def test_a_folder_below_that_may_not_be_read_is_told() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "a.json").write_text("{}")
        (folder / "shut").mkdir(mode=0)
        with as_somebody_else(), pytest.raises(InvalidInput, match="shut: Permission denied"):
            find_sources([name])
