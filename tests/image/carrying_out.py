"""Carries the Dockerfile out without an engine: the same commands, at the same paths, in scratch directories.

This machine plays the base images: the interpreter that runs the tests is copied to where Python's images
have theirs, and the build stage sees this machine's tools beside it. The final stage has no more than the
interpreter and the libraries that it loads: no shell, no pip, no user's name.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import pytest

from tests.docs.pages import ROOT, tracked
from tests.image.dockerfile import Instruction, Stage, is_ignored, stages

# Python's images name /usr/local/lib in their linker's cache.
_BASE_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LD_LIBRARY_PATH": "/usr/local/lib"}
_DEVICES = ("null", "urandom")
_LEFT_OUT = ("test", "tests", "site-packages", "dist-packages", "config-*", "*.a")
# What packages load of the base image: nothing but the C library and the compilers' run-time libraries.
_C_LIBRARIES = (
    "libc.so.6",
    "libdl.so.2",
    "libgcc_s.so.1",
    "libm.so.6",
    "libpthread.so.0",
    "libresolv.so.2",
    "librt.so.1",
    "libstdc++.so.6",
)


@dataclass(frozen=True)
class Image:
    """What the Dockerfile made: a root file system, and the stage that says how it is run."""

    root: Path
    stage: Stage

    @property
    def packages(self) -> Path:
        """Where the installed packages are."""
        (found,) = (self.root / "opt/pingparrot/lib").glob("python3*/site-packages")
        return found

    @property
    def environment(self) -> dict[str, str]:
        """What a process finds in its environment."""
        return _BASE_ENVIRONMENT | self.stage.pairs("ENV")

    def command(self, volume: Path, *words: str) -> list[str]:
        """Return how an engine would run a command with a read-only root.

        Parameters:
          volume: mounted at the image's working directory, the only place where the command can write.
        """
        user, group = self.stage.last("USER").text.split(":")
        directory = self.stage.last("WORKDIR").text
        mounts = [
            ["mount", "--bind", self.root, self.root],
            ["mount", "-o", "remount,bind,ro", self.root],
            ["mount", "--bind", volume, f"{self.root}{directory}"],
            ["mount", "--rbind", "/proc", f"{self.root}/proc"],
            *(["mount", "--bind", f"/dev/{name}", f"{self.root}/dev/{name}"] for name in _DEVICES),
        ]
        entered = ["unshare", "--root", self.root, "--wd", directory, "--setuid", user, "--setgid", group]
        return _with_mounts(mounts, ["setpriv", "--no-new-privs", "--clear-groups", *entered, *words])


def require_root() -> None:
    """Skip a test on a laptop where mounts are not allowed, and fail it in CI."""
    if subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode != 0:
        message = "the Dockerfile is carried out by root, who may mount: run these tests as root"
        if os.environ.get("CI"):
            pytest.fail(message, pytrace=False)
        pytest.skip(message)


def carry_out(where: Path) -> Image:
    """Carry the Dockerfile out in an empty directory and return the image."""
    build, final = stages((ROOT / "Dockerfile").read_text())
    base, built, root = where / "base", where / "build", where / "root"
    _copy_interpreter(base)
    _Build(built, base).carry_out(build)
    _copy_base(base, root)
    _Build(root).carry_out(final, {build.name: built})
    for device in _DEVICES:
        (root / "dev" / device).touch()
    return Image(root, final)


@dataclass
class _Build:
    """One stage, carried out in a directory.

    Parameters:
      root: the directory that holds what the stage's steps make.
      base: what commands find at /usr/local, beside this machine's tools; None where they see `root` alone.
    """

    root: Path
    base: Path | None = None
    directory: str = "/"
    arguments: dict[str, str] = field(default_factory=dict)

    def carry_out(self, stage: Stage, others: Mapping[str, Path] | None = None) -> None:
        """Carry out every step that changes files; raises RuntimeError when a command fails."""
        self.root.mkdir(exist_ok=True)
        self.arguments = stage.pairs("ARG")
        for step in stage.steps:
            if step.keyword == "WORKDIR":
                self.directory = step.text
                self._at(step.text).mkdir(parents=True, exist_ok=True)
            elif step.keyword == "COPY":
                self._copy(step, others or {})
            elif step.keyword == "RUN":
                self._run(step)

    def _run(self, step: Instruction) -> None:
        words = step.words if step.is_exec_form else ["/bin/sh", "-c", step.text]
        if self.base is None:
            command: Sequence[str | Path] = ["unshare", "--root", self.root, "--wd", self.directory, *words]
            environment = _BASE_ENVIRONMENT
        else:
            view = self.root.with_name("view")
            view.mkdir(exist_ok=True)
            mounts = [["mount", "-t", "tmpfs", "tmpfs", view]]
            mounts += _view(Path("/"), view, {Path("/opt"): self.root / "opt", Path("/usr/local"): self.base})
            command = _with_mounts(mounts, ["unshare", "--root", view, "--wd", self.directory, *words])
            environment = {**os.environ, **_BASE_ENVIRONMENT, "PIP_ROOT_USER_ACTION": "ignore"}
            environment.pop("PYTHONPATH", None)
        done = subprocess.run(
            command,
            env={**environment, **self.arguments},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"RUN {step.text}\nexit {done.returncode}\n{done.stdout}")

    def _copy(self, step: Instruction, others: Mapping[str, Path]) -> None:
        *sources, target = step.words
        place = self._at(target)
        if "from" in step.flags:
            for source in sources:
                place.parent.mkdir(parents=True, exist_ok=True)
                subprocess.run(
                    ["cp", "-a", "--link", f"{others[step.flags['from']]}{source}", place], check=True
                )
        else:
            for source in sources:
                _copy_from_context(PurePosixPath(source), place)
        if "chown" in step.flags:
            subprocess.run(["chown", "-R", step.flags["chown"], place], check=True)

    def _at(self, path: str) -> Path:
        return self.root / os.path.join(self.directory, path).lstrip("/")


def _copy_from_context(source: PurePosixPath, place: Path) -> None:
    """Copy a file, or what is in a directory, as far as .dockerignore lets the engine see it."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")]
    context = [PurePosixPath(path.relative_to(ROOT)) for path in tracked(str(source))]
    seen = [path for path in context if not is_ignored(path, patterns)]
    if not seen:
        raise RuntimeError(f"COPY {source}: there is none, or .dockerignore leaves it out")
    for path in seen:
        copy = place / (path.name if path == source else path.relative_to(source))
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, copy)


def _copy_interpreter(base: Path) -> None:
    """Copy the interpreter that runs the tests to where Python's images have theirs."""
    version = f"python3.{sys.version_info.minor}"
    program = Path(sys._base_executable).resolve()  # type: ignore[attr-defined]
    for folder in ("bin", "lib"):
        (base / folder).mkdir(parents=True)
    shutil.copy(program, base / "bin" / version)
    for name in ("python3", "python"):
        (base / "bin" / name).symlink_to(version)
    library = Path(sysconfig.get_path("stdlib"))
    shutil.copytree(library, base / "lib" / version, symlinks=True, ignore=shutil.ignore_patterns(*_LEFT_OUT))
    for found in _libraries([program]):
        if found.name.startswith("libpython"):
            shutil.copy(found, base / "lib")


def _copy_base(base: Path, root: Path) -> None:
    """Make what the final stage starts from: the interpreter, what it loads, and the C library."""
    for folder in ("dev", "proc", "usr"):
        (root / folder).mkdir(parents=True)
    subprocess.run(["cp", "-a", "--link", base, root / "usr/local"], check=True)
    for folder in list((root / "usr/local/lib").rglob("__pycache__")):
        shutil.rmtree(folder)  # Python's images have none
    loaded = _libraries([*base.glob("bin/python3.*"), *base.glob("lib/python3*/lib-dynload/*.so")])
    (beside,) = {found.parent for found in loaded if found.name == "libc.so.6"}
    for found in loaded | {beside / name for name in _C_LIBRARIES}:
        if not found.name.startswith("libpython"):
            place = root / str(found).lstrip("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(found, place)


def _libraries(programs: Sequence[Path]) -> set[Path]:
    """Return the shared libraries that programs load."""
    listed = subprocess.run(["ldd", *programs], capture_output=True, text=True, check=True).stdout
    return {Path(found) for found in re.findall(r"^\t(?:\S+ => )?(/\S+) \(", listed, re.MULTILINE)}


def _view(folder: Path, view: Path, replaced: Mapping[Path, Path]) -> Iterator[list[str | Path]]:
    """Yield the commands that show this machine's files with other directories in some places."""
    for entry in sorted(folder.iterdir()):
        shown = view / entry.relative_to("/")
        if entry in replaced:
            yield ["mkdir", "-p", shown]
            yield ["mount", "--bind", replaced[entry], shown]
        elif any(entry in place.parents for place in replaced):
            yield from _view(entry, view, replaced)
        elif entry.is_symlink():
            yield ["ln", "-s", entry.readlink(), shown]
        elif entry.is_dir():
            yield ["mkdir", "-p", shown]
            yield ["mount", "--rbind", entry, shown]


def _with_mounts(before: Sequence[Sequence[str | Path]], command: Sequence[str | Path]) -> list[str]:
    """Return a command that sees mounts of its own, made before it and gone when it ends."""
    script = "\n".join(["set -e", *(shlex.join(map(str, words)) for words in before), 'exec "$@"'])
    return ["unshare", "--mount", "sh", "-c", script, "sh", *map(str, command)]
