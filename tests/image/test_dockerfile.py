"""What the Dockerfile says, where carrying it out would not show it."""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import PurePosixPath

import pytest

from tests.docs.pages import ROOT
from tests.image.dockerfile import is_ignored, stages

SOURCE = (ROOT / "Dockerfile").read_text()
BUILD, FINAL = stages(SOURCE)


def test_it_runs_as_a_user_by_number_in_a_directory_that_is_the_users() -> None:
    assert FINAL.last("USER").text == "65532:65532"
    assert FINAL.last("WORKDIR").text == "/var/lib/pingparrot"
    (state,) = [step for step in FINAL.steps if "chown" in step.flags]
    assert state.flags["chown"] == "65532:65532"
    assert state.words[-1] == "/var/lib/pingparrot"


def test_no_shell_is_needed_to_make_or_to_run_the_final_stage() -> None:
    assert FINAL.last("ENTRYPOINT").words == ["pingparrot"]
    assert FINAL.last("CMD").words == ["serve"]
    assert all(step.is_exec_form for step in FINAL.steps if step.keyword in ("CMD", "ENTRYPOINT", "RUN"))


def test_it_listens_for_others_on_the_port_of_the_settings() -> None:
    assert FINAL.pairs("ENV")["PINGPARROT_HOST"] == "0.0.0.0"
    assert FINAL.texts("EXPOSE") == ["8080"]


def test_probes_and_not_the_engine_look_after_its_health() -> None:
    assert "HEALTHCHECK" not in SOURCE


def test_both_base_images_are_pinned_by_version_hold_one_python_and_can_be_replaced() -> None:
    assert BUILD.image.removesuffix("-trixie") == FINAL.image.removesuffix("-slim-trixie") == "python:3.13"
    given = {"BUILD_IMAGE": "mirror.example.org/python:3.13", "RUNTIME_IMAGE": "python@sha256:12ab"}
    assert [stage.image for stage in stages(SOURCE, given)] == list(given.values())


def test_its_labels_are_filled_by_arguments() -> None:
    given = {
        "VERSION": "9.9.9",
        "REVISION": "abc",
        "CREATED": "2026-11-23T00:00:00Z",
        "SOURCE": "https://git.example.org",
    }
    labels = stages(SOURCE, given)[-1].pairs("LABEL")
    kind = "org.opencontainers.image."
    assert {name: labels[kind + name.lower()] for name in given} == given
    assert labels[kind + "title"] == "PingParrot"
    assert labels[kind + "licenses"] == "Apache-2.0"


def test_its_version_is_the_projects() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert FINAL.pairs("ARG")["VERSION"] == project["version"]


def test_packages_come_by_hash_and_ready_made() -> None:
    installing = [text for text in BUILD.texts("RUN") if "--requirement" in text]
    assert installing
    for text in installing:
        assert (
            text.count("--requirement") == text.count("--require-hashes") == text.count("--only-binary :all:")
        )


def test_make_image_gives_the_arguments_that_there_are() -> None:
    shown = subprocess.run(
        ["make", "--no-print-directory", "-n", "image", "ENGINE=podman"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    words = shown.split()
    given = {words[at + 1].split("=")[0] for at, word in enumerate(words) if word == "--build-arg"}
    assert given == {"VERSION", "REVISION", "CREATED"}
    assert given <= FINAL.pairs("ARG").keys()
    assert words[:2] == ["podman", "build"]


@pytest.mark.parametrize(
    ("path", "ignored"),
    [
        ("router/app.py", False),
        ("rules/cli/app.py", False),
        ("requirements.lock", False),
        ("requirements-otel.lock", False),
        ("requirements-oidc.lock", False),
        ("router/cli/__pycache__/app.cpython-311.pyc", True),
        ("pingparrot.key", True),
        ("router.db", True),
        (".venv/bin/python", True),
        (".git/config", True),
        ("tests/conftest.py", True),
    ],
)
def test_the_engine_sees_what_is_copied_and_nothing_else(path: str, ignored: bool) -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")]
    assert is_ignored(PurePosixPath(path), patterns) is ignored
