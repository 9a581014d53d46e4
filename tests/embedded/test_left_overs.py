"""What a test session leaves when it is killed: nothing."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil

from tests.conftest import ROOT
from tests.embedded_scenes import wait_until

# With the server of all tests, an embedded one, and no end.
HANGING = """
import json, os, time
from pathlib import Path
from tests.embedded.conftest import folder, home
from tests.servers import fetch

def test_that_hangs(server, home):
    data = fetch(server, "SHOW data_directory")[0][0]
    pids = [int((Path(data) / "postmaster.pid").read_text().split()[0]), home.started()]
    Path("said.new").write_text(json.dumps({"pids": pids, "folders": [os.environ["TMPDIR"], data, str(home.data)]}))
    Path("said.new").rename("said")
    time.sleep(600)
"""


def test_killed_session_leaves_no_server_and_no_file(tmp_path: Path) -> None:
    test = tmp_path / "test_hanging.py"
    test.write_text(HANGING)
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    for key in ("TEST_DATABASE_URL", "TEST_POSTGRES"):
        environ.pop(key, None)
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-p", "no:cacheprovider", "-c", os.devnull]
    session = subprocess.Popen(
        [*command, str(test)], cwd=tmp_path, env=environ, stdout=subprocess.DEVNULL, start_new_session=True
    )
    wait_until((tmp_path / "said").exists, seconds=120)
    said = json.loads((tmp_path / "said").read_text())

    os.killpg(session.pid, signal.SIGKILL)  # all of its group, as `timeout` does
    session.communicate()

    wait_until(lambda: not any(map(psutil.pid_exists, said["pids"])))
    wait_until(lambda: not any(Path(folder).exists() for folder in said["folders"]))
