"""What the README shows is what happens."""

import re
import sqlite3
from pathlib import Path

import pytest
from click import Command

from archive.cli import main
from crawler.portal import doubts, read_portal

README = Path(__file__).parents[1].joinpath("README.md").read_text("utf-8")


def block(mark):
    return re.search(rf"<!-- {mark} -->\n```text\n(.*?)```", README, re.DOTALL)[1].splitlines()


def test_demo_output_is_real(demo):
    _, done = demo
    printed = done.stdout.decode().splitlines()
    assert [line for line in block("demo") if line not in printed] == []


def test_queries_run_and_say_what_is_shown(demo):
    path, _ = demo
    queries = re.search(r"```sql\n(.*?)```", README, re.DOTALL)[1].split(";")[:3]
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
        answers = [connection.execute(query).fetchall() for query in queries]
    assert all(answers)
    assert ["\t".join(map(str, row)) for row in answers[0]] == block("query 1")
    assert all(len(row[3]) == 64 and row[1].startswith("http") for row in answers[2])


def test_the_portal_of_eight_lines_reads(tmp_path):
    text = re.search(r"```toml\n(.*?)```", README, re.DOTALL)[1]
    assert len([line for line in text.splitlines() if line]) == 7
    path = tmp_path / "nanxian.toml"
    path.write_text(text, "utf-8")
    portal = read_portal(path)
    assert (portal.name, portal.expect.since) == ("南县", 2009)
    assert doubts(portal) == ()


def commands(group, prefix=()):
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*prefix, name))
        else:
            yield pytest.param(command, id=" ".join((*prefix, name)))


@pytest.mark.parametrize("command", list(commands(main)))
def test_every_command_has_help(command: Command):
    assert command.help
    assert all(option.help for option in command.params if option.param_type_name == "option")


@pytest.mark.parametrize("name", sorted(main.commands))
def test_every_command_is_in_the_readme(name):
    assert f"gongkai {name}" in README
