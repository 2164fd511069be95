"""The files to deploy: they parse, name only settings that there are, and HAProxy takes its own."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from assistant.settings import settings_from

DEPLOY = Path(__file__).parents[1] / "docs" / "deploy"
SETTINGS = set(re.findall(r"ASSISTANT_[A-Z_]+", settings_from.__doc__ or ""))


def test_the_compose_file_names_only_settings_that_there_are_and_files_that_lie_beside_it() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    services = compose["services"]
    assert {"proxy", "one", "two", "primary", "replica", "redis"} <= services.keys()
    for name in ("one", "two", "build"):
        environment = services[name]["environment"]
        assert environment.keys() <= SETTINGS
        assert settings_from(environment).database == environment["ASSISTANT_INDEX"]
    for service in services.values():
        assert set(service.get("depends_on", ())) <= services.keys()
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            assert source in compose["volumes"] or (DEPLOY / source).exists()


def test_haproxy_accepts_its_configuration() -> None:
    program = shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin")
    if program is None:
        pytest.skip("haproxy is not installed (Debian: apt-get install haproxy)")
    places = {"ASSISTANT_BIND": "127.0.0.1:8000", "ASSISTANT_ONE": "127.0.0.1:8001", "ASSISTANT_TWO": "127.0.0.1:8002"}
    command = [program, "-c", "-f", str(DEPLOY / "haproxy.cfg")]
    done = subprocess.run(command, env=os.environ | places, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(re.findall(r"\$\{(\w+)\}", (DEPLOY / "haproxy.cfg").read_text(encoding="utf-8"))) == places.keys()
