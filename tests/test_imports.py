"""Imports point one way, and only the archive speaks SQL."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted(path for folder in ("crawler", "pipelines", "archive") for path in ROOT.joinpath(folder).rglob("*.py"))
ALLOWED = {"crawler": {"crawler", "pipelines"}, "pipelines": {"pipelines"}, "archive": {"archive", "pipelines"}}
OURS = {"crawler", "pipelines", "archive", "settings"}


def imported(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: relative import"
            yield node.module


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_one_way(path):
    folder = path.relative_to(ROOT).parts[0]
    seen = {name.partition(".")[0] for name in imported(path)} & OURS
    allowed = set(ALLOWED[folder])
    if path.relative_to(ROOT).as_posix() in ("pipelines/live.py", "pipelines/desk.py"):
        allowed |= {"archive"}
    if path.name == "cli.py" or path.parent.name == "commands":
        allowed |= OURS
    assert seen <= allowed


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_the_archive_knows_sql(path):
    if path.relative_to(ROOT).parts[0] != "archive":
        assert not {"sqlite3", "sqlite_utils"} & {name.partition(".")[0] for name in imported(path)}


def test_derive_knows_no_network_and_no_clock():
    pure = [
        path
        for path in MODULES
        if path.relative_to(ROOT).parts[0] == "pipelines"
        and path.name not in ("live.py", "desk.py", "writer.py", "pool.py")
    ]
    seen = {name.partition(".")[0] for path in pure for name in imported(path)}
    assert not seen & {"requests", "scrapy", "socket", "urllib3", "time", "random", "asyncio"}
