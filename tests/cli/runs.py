"""Running a command on a deployment that the test has opened."""

from __future__ import annotations

import json
from typing import Any

import click
from click.testing import CliRunner

from app.deployment import Deployment


def run(deployment: Deployment | None, command: click.Command, *arguments: str, exit_code: int = 0) -> str:
    """What it says to people; refusals pass through."""
    done = CliRunner().invoke(command, list(arguments), obj=deployment, catch_exceptions=False)
    assert done.exit_code == exit_code, done.output
    return done.output


def ask(deployment: Deployment | None, command: click.Command, *arguments: str, exit_code: int = 0) -> Any:
    """What it says to programs."""
    return json.loads(run(deployment, command, *arguments, "--json", exit_code=exit_code))
