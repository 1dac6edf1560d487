"""docker-compose.yml and the Dockerfile name only what exists: commands, queues, settings, files."""

from __future__ import annotations

import re
import shlex
from typing import Any

import yaml

from celeriac.cli.application import app
from celeriac.engine.settings import PREFIX, Settings
from tests.project.checkout import ROOT
from tests.project.examples import example_queues
from tests.support.cases import for_each

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "celeriac"}
WORKERS = {name: service for name, service in OURS.items() if service["command"][0] == "worker"}


def queues_of(service: dict[str, Any]) -> set[str]:
    command = service["command"]
    return set(command[command.index("-Q") + 1].split(","))


def test_parts_are_the_expected_ones_when_composed() -> None:
    assert len(WORKERS) == 2
    assert set(SERVICES) - set(OURS) == {"store"}
    assert "web" in OURS


@for_each(OURS)
def test_command_exists_when_a_service_runs_it(name: str) -> None:
    known = {command.name for command in app.registered_commands}

    assert OURS[name]["command"][0] in known


def test_every_queue_has_one_worker_when_composed() -> None:
    served = [queue for service in WORKERS.values() for queue in queues_of(service)]

    assert sorted(served) == sorted({"default", *example_queues()})


@for_each(OURS)
def test_settings_are_accepted_when_a_service_sets_them(name: str) -> None:
    environment = {key: str(value) for key, value in OURS[name]["environment"].items()}

    assert all(key.startswith(PREFIX) for key in environment)
    assert Settings.from_environment(environment).redis_url == "redis://store:6379/0"


@for_each(SERVICES)
def test_ports_are_on_loopback_only_when_published(name: str) -> None:
    assert all(str(port).startswith("127.0.0.1:") for port in SERVICES[name].get("ports", []))


@for_each(SERVICES)
def test_health_is_asked_when_a_service_runs(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"


@for_each(OURS)
def test_services_start_after_the_store_when_it_is_healthy(name: str) -> None:
    assert OURS[name]["depends_on"]["store"] == {"condition": "service_healthy"}


@for_each(SERVICES)
def test_volumes_are_declared_when_a_service_mounts_them(name: str) -> None:
    mounted = {volume.partition(":")[0] for volume in SERVICES[name].get("volumes", [])}

    assert mounted <= set(COMPOSE["volumes"])


def test_store_keeps_its_data_when_it_restarts() -> None:
    command = SERVICES["store"]["command"]

    assert command[command.index("--appendonly") + 1] == "yes"
    assert command[command.index("--maxmemory-policy") + 1] == "noeviction"


def test_copied_files_exist_when_the_image_is_built() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    for line in re.findall(r"^COPY (.+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE):
        for source in shlex.split(line)[:-1]:
            assert (ROOT / source).exists()
            assert f"!{source}" in ignored
