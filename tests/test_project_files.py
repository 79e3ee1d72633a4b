"""The files around the code: compose, pins, Makefile, CI."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
PARTS = ("api-server", "scheduler", "dag-processor", "triggerer")


@pytest.fixture(scope="module")
def compose() -> Any:
    """docker-compose.yml as data, merge keys applied."""
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def project() -> Any:
    """pyproject.toml as data."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def mounts(service: Any) -> dict[str, str]:
    """Where a service sees what: target -> source and mode."""
    parts = [one.split(":") for one in service.get("volumes", ())]
    return {part[1]: f"{part[0]}:{part[2] if len(part) > 2 else 'rw'}" for part in parts}


def test_compose_has_every_part_and_only_named_volumes(compose: Any) -> None:
    assert set(compose["services"]) == {"postgres", "migrate", *PARTS}
    named = {source.split(":")[0] for one in compose["services"].values() for source in mounts(one).values()}
    assert {source for source in named if not source.startswith("./")} == set(compose["volumes"])
    for source in named:
        assert not source.startswith("./") or (ROOT / source).is_dir()
    for one in PARTS:
        assert compose["services"][one]["command"] == [one]
        assert compose["services"][one]["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}


def test_each_part_sees_only_what_it_needs(compose: Any) -> None:
    services = compose["services"]

    assert mounts(services["triggerer"]) == {}
    assert mounts(services["dag-processor"]) == {"/project/dags": "./dags:ro"}
    assert mounts(services["api-server"])["/project/evidence"] == "evidence:ro"
    assert "/project/dags" not in mounts(services["api-server"])
    assert mounts(services["scheduler"]) == {
        "/project/dags": "./dags:ro", "/project/examples": "./examples:ro", "/project/evidence": "evidence:rw",
        "/project/live": "live:rw",
    }


def test_compose_holds_no_secret_and_binds_to_this_machine_alone(compose: Any) -> None:
    for service in compose["services"].values():
        for name, value in service.get("environment", {}).items():
            if re.search("PASSWORD$|SECRET|KEY$|CONN$|DATABASE_URL$", name):
                assert "${" in value, name
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))


def test_only_the_api_server_logs_in_as_who_may_record_decisions_and_no_part_as_the_superuser(compose: Any) -> None:
    logins = {name: re.findall(r"://(\w+):", " ".join(one.get("environment", {}).values())) for name, one in compose["services"].items()}
    assert logins["api-server"] == ["airflow", "modelops_api"]
    assert logins["migrate"] == ["airflow", "postgres"]
    for name in set(PARTS) - {"api-server"}:
        assert logins[name] == ["airflow", "modelops_worker"]
    for name in PARTS:
        assert "POSTGRES_PASSWORD" not in str(compose["services"][name]["environment"])


def test_the_logins_of_compose_are_those_that_the_roles_take(compose: Any) -> None:
    made = compose["configs"]["logins"]["content"]
    assert re.findall(r"CREATE ROLE (\w+) LOGIN NOINHERIT", made) == ["modelops_api", "modelops_worker"]
    assert "SUPERUSER" not in made


def test_compose_uses_the_pinned_airflow_and_the_users_of_governance(compose: Any) -> None:
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    airflow = re.search(r"^apache-airflow==(.+)$", pins, re.MULTILINE)
    assert airflow
    assert f"apache/airflow:{airflow[1]}-" in compose["x-airflow"]["build"]["dockerfile_inline"]
    users = compose["x-airflow"]["environment"]["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS"]
    governance = yaml.safe_load((ROOT / "dags" / "governance.yaml").read_text(encoding="utf-8"))
    logins = {person["login"]["simple"] for person in governance["people"].values()}
    assert logins <= {user.split(":")[0] for user in users.split(",")}


@pytest.mark.skipif(shutil.which("docker") is None, reason="docker is not installed")
def test_docker_compose_accepts_the_file() -> None:
    if subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("docker compose is not installed")
    secrets = dict.fromkeys(("POSTGRES_PASSWORD", "AIRFLOW_PASSWORD", "API_PASSWORD", "WORKER_PASSWORD", "FERNET_KEY", "JWT_SECRET", "SECRET_KEY"), "x")
    done = subprocess.run(["docker", "compose", "config", "--quiet"], cwd=ROOT, env=os.environ | secrets,
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_pins_are_versions_without_addresses() -> None:
    lines = [line for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]

    assert len(lines) > 150
    wrong = [line for line in lines if not re.fullmatch(r'[a-z0-9][a-z0-9.-]*==[^ ;]+( ; python_version >= "3\.1[23]")?', line)]
    assert wrong == []


def test_every_direct_dependency_is_pinned(project: Any) -> None:
    pinned = {line.split("==")[0] for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()}
    groups = [project["project"]["dependencies"], *project["project"]["optional-dependencies"].values()]
    names = {re.split(r"[\[<>=~! ]", one)[0].lower().replace("_", "-") for group in groups for one in group}

    assert names <= pinned


def test_entry_points_lead_to_something(project: Any) -> None:
    points = {**project["project"]["scripts"], **project["project"]["entry-points"]["apache_airflow_provider"],
              **project["project"]["entry-points"]["airflow.plugins"]}
    for target in points.values():
        module, name = target.split(":")
        path = ROOT / "src" / Path(*module.split("."))
        file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        assert re.search(rf"^(def|class) {name}\b", file.read_text(encoding="utf-8"), re.MULTILINE), target


def test_bare_make_prints_every_target() -> None:
    done = subprocess.run(["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True)

    assert re.findall(r"make (\w+)", done.stdout) == ["help", "setup", "fab", "mlflow", "examples", "demo", "test", "lint", "types", "docs", "reliability", "agreement", "bench", "check"]


def test_the_ci_script_is_sound_and_calls_what_the_readme_names() -> None:
    script = ROOT / ".ci" / "run"
    subprocess.run(["bash", "-n", str(script)], check=True)
    text = script.read_text(encoding="utf-8")

    assert os.access(script, os.X_OK)
    for command in ("make demo DEMO=check", "make test", "make lint", "make types", "apt-get update"):
        assert command in text


def test_no_file_names_an_index_or_this_machine() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("not a git checkout")
    for name in listed.stdout.splitlines():
        path = ROOT / name
        if path.suffix in (".py", ".md", ".toml", ".yaml", ".yml", ".txt", "") and path.is_file() and path != Path(__file__):
            text = path.read_text(encoding="utf-8", errors="replace")
            assert not re.search(r"index-url|https?://\S+/simple\b", text), name
