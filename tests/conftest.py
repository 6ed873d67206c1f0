"""What several tests start from: the archive that `gongkai demo` makes, and what it printed."""

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Nothing is timed here, since other work may hold the machine up: benchmarks/ is for that.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

SHARED = Path(__file__).parents[2] / "shared"


def _call(words, env):
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GONGKAI_") and "proxy" not in name.lower()
    }
    environment = clean | {"PYTHONPATH": str(Path(__file__).parents[1]), "COLUMNS": "200"} | (env or {})
    return [sys.executable, "-m", "archive.cli", *map(str, words)], environment


def gongkai(*words, env=None, cwd=None, stdin=None):
    """Run the command line in a process of its own, to the end."""
    command, environment = _call(words, env)
    return subprocess.run(command, capture_output=True, check=False, timeout=120, env=environment, cwd=cwd, input=stdin)


@contextmanager
def started(*words, env=None):
    """The command line under way; what is left of it at the end is killed."""
    command, environment = _call(words, env)
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    """The demo's archive, and the finished process."""
    path = tmp_path_factory.mktemp("demo") / "demo.db"
    done = gongkai("demo", "--archive", path)
    assert done.returncode == 0, done.stderr.decode()
    return path, done


def pytest_collection_modifyitems(items):
    skip = pytest.mark.skip(reason="the folder ../shared with real pages is not here")
    for item in items:
        if "shared" in item.keywords and not SHARED.joinpath("pages", "gold").is_dir():
            item.add_marker(skip)
