#!/usr/bin/env python3
"""Run notebooks in the kernel their readers use, and compare what comes out with what they record.

    python run.py NOTEBOOK... [--evcxr PATH] [--tmpdir DIR] [--budget SECONDS] [--self-test]

Why a runner of our own: evcxr reports neither a `?` error nor a panic to its client. The cell is "ok", its output ends
early and its variables are gone. So each cell gets one more statement, which prints a random word, and passes only when

- no error message came and the word arrived, on a line of its own;
- the text before the word is the recorded text (numbers with a decimal point or an exponent to a relative 1e-4, all
  else exactly) and every recorded picture came.

The set-up cell gets no word (it loads crates and imports names) and its text is not compared. Tags of a cell: `setup`;
`data`, skipped while a file of `metadata.workshop.needs_paths` is not under WORKSHOP_CACHE; `varies`, compared by shape
only (text or none, and how many rich outputs). `--self-test` breaks copies of one notebook in each way that must be
noticed, and requires that each is.

The kernel compiles in --tmpdir, which is kept: the first run builds the crates (minutes), later ones take seconds.
It must lie outside the repository, or Cargo takes it for a member of the workspace. The first run also fills evcxr's
own cache, from which readers' kernels start. Fill it here, not from a reader's kernel: the cached crates remember the
folder they were built in, and once that is gone, every cell of every kernel compiles some of them again.

Exit code: 0 all passed, 1 some failed, 2 it could not start.
"""

from __future__ import annotations

import argparse
import copy
import fcntl
import math
import os
import queue
import re
import secrets
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

try:
    import nbformat
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
    from jupyter_client.manager import KernelManager
except ImportError as error:
    print(f"{error.name} is missing: pip install -r {Path(__file__).with_name('requirements.txt')}", file=sys.stderr)
    sys.exit(2)

KERNEL = "rust"
INSTALL = "cargo install --locked evcxr_jupyter@0.22.0"
TOLERANCE = 1e-4  # relative: printed f32 results differ by about 1e-6 between processors, printed rounding by more
READY_SECONDS = 120  # the kernel compiles `42` before it answers; a laptop on battery needs 20 s
LATE_SECONDS = 2.0  # the kernel may say "idle" a moment before its last line of text is sent
CUT = 600  # characters of a text that a failure shows

# Spaces before a number belong to it: padding depends on the sign.
NUMBER = re.compile(r"( *[-+]?\d+(?:\.\d+(?:[eE][-+]?\d+)?|[eE][-+]?\d+))")


class Failure(Exception):
    """Why a notebook cannot be run."""


@dataclass
class Came:
    """What one request to the kernel gave."""

    seconds: float = 0.0
    text: str = ""  # stdout
    complaints: str = ""  # stderr: evcxr writes the message of a `?` error or a panic there
    rich: list[str] = field(default_factory=list)  # media types
    error: str = ""  # what the kernel itself reports: in practice, compile errors
    timed_out: bool = False


class Kernel:
    """One kernel process and its client."""

    def __init__(self, specs: KernelSpecManager, cwd: Path, env: dict[str, str], log: Path) -> None:
        self.log = log
        self.manager = KernelManager(kernel_name=KERNEL, kernel_spec_manager=specs)
        with log.open("w") as out:
            self.manager.start_kernel(cwd=str(cwd), env=env, stdout=out, stderr=out)
        # jupyter_client starts a kernel as the leader of a process group.
        self.group = os.getpgid(self.manager.provisioner.pid)
        self.client = self.manager.client()

    def wait(self) -> None:
        """Returns when the kernel answers."""
        self.client.start_channels()
        try:
            self.client.wait_for_ready(timeout=READY_SECONDS)
        except RuntimeError as error:
            raise Failure(f"the kernel did not start ({error}):\n{cut(self.log.read_text())}") from error

    def run(self, code: str, word: str, seconds: float) -> Came:
        """Executes `code`; returns when the kernel is idle again and, if `word` is not empty, the word has come too."""
        came = Came()
        start = time.monotonic()
        end, idle = start + seconds, False
        request = self.client.execute(code, allow_stdin=False, stop_on_error=False)
        while not (idle and (came.error or word in came.text)):
            try:
                message = self.client.get_iopub_msg(timeout=max(0.0, end - time.monotonic()))
            except queue.Empty:
                came.timed_out = not idle
                break
            if message["parent_header"].get("msg_id") != request:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "stream" and content["name"] == "stdout":
                came.text += content["text"]
            elif kind == "stream":
                came.complaints += content["text"]
            elif kind in ("execute_result", "display_data"):
                came.rich += content["data"]
            elif kind == "error":
                came.error += "\n".join(content["traceback"]) + "\n"
            elif kind == "status" and content["execution_state"] == "idle":
                came.seconds, idle = time.monotonic() - start, True
                end = time.monotonic() + LATE_SECONDS
        return came

    def stop(self) -> None:
        """Ends the kernel, the process that runs the cells, and a build that may still run."""
        self.client.stop_channels()
        with suppress(RuntimeError):
            self.manager.shutdown_kernel(now=True)
        with suppress(ProcessLookupError):
            os.killpg(self.group, signal.SIGKILL)


@dataclass
class Runner:
    """Where and how notebooks are run."""

    specs: KernelSpecManager
    env: dict[str, str]
    tmpdir: Path
    budget: float

    @contextmanager
    def kernel(self, cwd: Path) -> Iterator[Kernel]:
        """A kernel that is gone afterwards, whatever happens."""
        kernel = Kernel(self.specs, cwd, self.env, self.tmpdir / "kernel.log")
        try:
            kernel.wait()
            yield kernel
        finally:
            kernel.stop()

    def notebook(self, path: Path, cwd: Path) -> list[str] | None:
        """Runs one notebook with its relative paths seen from `cwd`; gives its problems, or None if all was skipped."""
        try:
            notebook = nbformat.read(path, as_version=4)
        except (OSError, ValueError, nbformat.ValidationError) as error:
            raise Failure(f"it cannot be read: {error}") from error
        cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        missing = self.missing(notebook.metadata.get("workshop", {}).get("needs_paths", []))
        left_out = [number for number, cell in enumerate(cells, 1) if missing and "data" in tags(cell)]
        if left_out:
            print(f"  cells {left_out} skipped: {', '.join(missing)} not under WORKSHOP_CACHE")
        if all("setup" in tags(cell) or number in left_out for number, cell in enumerate(cells, 1)):
            return None
        problems: list[str] = []
        later: list[float] = []
        start = time.monotonic()
        lock = next((folder / "Cargo.lock" for folder in cwd.parents if (folder / "Cargo.lock").is_file()), None)
        with self.kernel(cwd) as kernel:
            ready = time.monotonic() - start
            first = 0.0
            if lock:
                shutil.copy(lock, self.tmpdir / "Cargo.lock")  # now: while it starts, the kernel empties the file
            for number, cell in enumerate(cells, 1):
                if number in left_out:
                    continue
                setup = "setup" in tags(cell)
                word = "" if setup else f"ran-to-the-end-{secrets.token_hex(8)}"
                code = cell.source if setup else with_word(cell.source, word)
                came = kernel.run(code, word, self.budget - (time.monotonic() - start))
                problem, fatal = judge(cell, came, word, self.budget)
                if setup:
                    first = came.seconds
                    if lock:
                        compare_versions(lock, self.tmpdir / "Cargo.lock")
                else:
                    later.append(came.seconds)
                if problem:
                    problems.append(f"cell {number}: {problem}")
                if fatal:
                    problems[-1] += "\n    (the cells after it were not run)"
                    break
        median = statistics.median(later) if later else 0.0
        speed = f"kernel ready {ready:.1f} s, set-up {first:.1f} s, later cells {median:.2f} s (median)"
        print(f"  {len(later)} cells; {speed}", flush=True)
        return problems

    def missing(self, needs: list[str]) -> list[str]:
        """Those of the files that the notebook needs which are not there."""
        cache = self.env.get("WORKSHOP_CACHE")
        return [name for name in needs if cache is None or not (Path(cache) / name).is_file()]


def compare_versions(ours: Path, theirs: Path) -> None:
    """Says which crates the kernel has in other versions than our lock file: evcxr has no `--locked`."""
    other = sorted(locked(theirs) - locked(ours)) if theirs.is_file() else []
    if other:
        print(f"  note: not the versions of {ours}: {', '.join(other)}")


def locked(path: Path) -> set[str]:
    """The crates of a lock file that come from a registry, as `name version`."""
    packages = tomllib.loads(path.read_text())["package"]
    return {f"{package['name']} {package['version']}" for package in packages if "source" in package}


def tags(cell: nbformat.NotebookNode) -> list[str]:
    """The tags of a cell."""
    return cell.metadata.get("tags", [])


def with_word(code: str, word: str) -> str:
    """The cell with one more statement that prints `word`.

    A final expression needs a `;` before it. After `;` or `}` there is none: behind an item it would be an error.
    """
    bare = re.sub(r"//.*$", "", code.rstrip().rsplit("\n", 1)[-1]).rstrip()
    end = "" if not bare or bare.endswith((";", "}")) else ";"
    return f'{code}\n{end}println!("{word}");'


def judge(cell: nbformat.NotebookNode, came: Came, word: str, budget: float) -> tuple[str, bool]:
    """What is wrong with what came, if anything, and whether the cells after it cannot be run."""
    heard = cut(came.complaints)
    if came.timed_out:
        return f"the {budget:.0f} s were over. Until then it printed:\n{cut(came.text)}\n{heard}".rstrip(), True
    if came.error:
        return f"the kernel reports an error:\n{cut(came.error)}", True
    if not word:
        return "", False
    text, found, rest = came.text.partition(f"{word}\n")
    if not found:
        why = "stopped before its end (a `?` error or a panic)"
        return f"{why}. It printed:\n{cut(came.text)}\n{heard}".rstrip(), True
    if rest:
        return f"text came after the end of the cell: {cut(rest)!r}", False
    if text and not text.endswith("\n"):
        return "its text has no line end: the kernel would hold it back until a later cell prints", False
    streams = [output for output in cell.outputs if output.output_type == "stream" and output.name == "stdout"]
    recorded = "".join(output.text for output in streams)
    shown = [set(output.data) for output in cell.outputs if output.output_type in ("display_data", "execute_result")]
    if "varies" in tags(cell):
        if bool(recorded.strip()) != bool(text.strip()) or len(shown) != len(came.rich):
            return (
                f"other shape: recorded {len(recorded)} characters and {len(shown)} rich outputs, "
                f"came {len(text)} and {len(came.rich)}\n{cut(text)}"
            ), False
        return "", False
    if not same_text(recorded, text):
        return f"recorded:\n{cut(recorded)}\n  came:\n{cut(text)}\n{heard}".rstrip(), False
    for mime in {"image/svg+xml"} & set().union(*shown):
        if mime not in came.rich:
            return f"the recorded {mime} did not come; came: {came.rich}", False
    return "", False


def same_text(recorded: str, came: str) -> bool:
    """Whether two texts are equal, their numbers with a point or an exponent to the tolerance."""
    # With a group in the pattern, every second part is a number.
    ours, theirs = NUMBER.split(recorded), NUMBER.split(came)
    return len(ours) == len(theirs) and all(
        math.isclose(float(a), float(b), rel_tol=TOLERANCE) if index % 2 else a == b
        for index, (a, b) in enumerate(zip(ours, theirs))
    )


def cut(text: str) -> str:
    """The text, indented, without colours and with its middle left out when it is long."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", text).rstrip()
    if len(text) > CUT:
        text = f"{text[: CUT // 2]}\n[...]\n{text[-CUT // 2 :]}"
    return "\n".join(f"    {line}" for line in text.splitlines())


def kernel_specs(evcxr: str | None, private: Path) -> KernelSpecManager:
    """Where the kernel is described: as installed, or in a private folder that a given or found evcxr_jupyter fills."""
    if evcxr is None:
        installed = KernelSpecManager()
        with suppress(NoSuchKernel):
            installed.get_kernel_spec(KERNEL)
            return installed
    program = shutil.which(evcxr or "evcxr_jupyter")
    if program is None:
        where = f"{evcxr} is not a program" if evcxr else "there is no Jupyter kernel for Rust here"
        raise Failure(f"{where}: {INSTALL}, then run this again (or give --evcxr PATH)")
    env = os.environ | {"JUPYTER_PATH": str(private)}
    done = subprocess.run([str(Path(program).resolve()), "--install"], env=env, capture_output=True, text=True)
    if done.returncode != 0:
        raise Failure(f"{program} --install failed: {done.stderr.strip()}")
    return KernelSpecManager(kernel_dirs=[str(private / "kernels")])


# ---------------------------------------------------------------------------------------------------- self-test


def break_question_mark(cell: nbformat.NotebookNode) -> None:
    """The cell returns early, after all its text."""
    cell.source += "\nErr::<(), _>(std::fmt::Error)?;"


def break_panic(cell: nbformat.NotebookNode) -> None:
    """The cell panics, after all its text."""
    cell.source += '\npanic!("self-test");'


def break_compile(cell: nbformat.NotebookNode) -> None:
    """The cell does not compile."""
    cell.source += '\nlet broken: u32 = "text";'


def break_number(cell: nbformat.NotebookNode) -> None:
    """The recorded text has another number than comes."""
    output = next(output for output in cell.outputs if output.output_type == "stream")
    output.text = NUMBER.sub(lambda found: f" {float(found[0]) * 1.001 + 0.001}", output.text, count=1)


def break_picture(cell: nbformat.NotebookNode) -> None:
    """The notebook records a picture that does not come."""
    cell.outputs.append(nbformat.v4.new_output("display_data", data={"image/svg+xml": "<svg></svg>"}))


BREAKS: dict[str, tuple[Callable[[nbformat.NotebookNode], None], str]] = {
    "a `?` error": (break_question_mark, "stopped before its end"),
    "a panic": (break_panic, "stopped before its end"),
    "a compile error": (break_compile, "the kernel reports an error"),
    "a changed number": (break_number, "recorded:"),
    "a picture that does not come": (break_picture, "did not come"),
}


def self_test(runner: Runner, path: Path) -> bool:
    """Whether the notebook passes as it is and every broken copy of it fails for its reason."""
    original = nbformat.read(path, as_version=4)

    def breakable(cell: nbformat.NotebookNode) -> bool:
        text = "".join(output.get("text", "") for output in cell.get("outputs", []))
        shown = any("data" in output for output in cell.get("outputs", []))
        marked = {"setup", "data", "varies"} & set(tags(cell))
        return cell.cell_type == "code" and not marked and not shown and NUMBER.search(text) is not None

    at = next((index for index, cell in enumerate(original.cells) if breakable(cell)), None)
    if at is None:
        raise Failure("the self-test needs a notebook with a cell that prints a number such as 0.5 and no picture")
    print("as it is:")
    if runner.notebook(path, path.parent) != []:
        raise Failure("the self-test needs a notebook that passes")
    good = True
    with tempfile.TemporaryDirectory() as folder:
        for name, (break_it, expected) in BREAKS.items():
            broken = copy.deepcopy(original)
            break_it(broken.cells[at])
            broken_path = Path(folder) / path.name
            nbformat.write(broken, broken_path)
            print(f"with {name}:")
            problems = runner.notebook(broken_path, path.parent) or []
            noticed = len(problems) == 1 and expected in problems[0]
            print("  noticed" if noticed else f"  NOT noticed: {problems}")
            good &= noticed
    return good


# --------------------------------------------------------------------------------------------------------- main


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("notebooks", nargs="+", type=Path, metavar="NOTEBOOK")
    parser.add_argument("--evcxr", metavar="PATH", help="evcxr_jupyter; else the installed kernel, else PATH")
    parser.add_argument("--tmpdir", type=Path, metavar="DIR", help="where the kernel compiles")
    parser.add_argument("--budget", type=float, default=900.0, metavar="SECONDS", help="for a notebook (default: 900)")
    parser.add_argument("--self-test", action="store_true", help="break copies of the notebook; each must be noticed")
    return parser.parse_args()


def kernel_env(private: Path, tmpdir: Path) -> dict[str, str]:
    """The environment of the kernel."""
    env = os.environ | {
        "EVCXR_TMPDIR": str(tmpdir),
        "JUPYTER_PATH": str(private),  # so that a newer evcxr_jupyter does not update an installed kernel by itself
        "WORKSHOP_LANG": "en",  # the language that outputs are recorded in
    }
    # The kernel's libraries name Rust's own by a relative path, which is one step off in a folder near the toolchain's.
    rust = subprocess.run(["rustc", "--print", "target-libdir"], capture_output=True, text=True, check=True).stdout.strip()
    env["LD_LIBRARY_PATH"] = os.pathsep.join(filter(None, [rust, env.get("LD_LIBRARY_PATH")]))
    env.pop("CARGO_INCREMENTAL", None)  # with 0, which CI services like to set, the kernel loses its cells
    return env


def main() -> int:
    """Runs the notebooks; gives the exit code."""
    args = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # as an exception, so that the kernel is ended too
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    tmpdir = (args.tmpdir or cache / "workshop-notebooks").resolve()
    if args.self_test and len(args.notebooks) != 1:
        raise Failure("--self-test takes one notebook")
    tmpdir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, (tmpdir / "in-use").open("w") as in_use:
        try:
            fcntl.flock(in_use, fcntl.LOCK_EX | fcntl.LOCK_NB)  # two kernels would overwrite each other's source
        except BlockingIOError as error:
            raise Failure(f"another run is using {tmpdir}: wait for it, or give another --tmpdir") from error
        specs = kernel_specs(args.evcxr, Path(folder))
        runner = Runner(specs, kernel_env(Path(folder), tmpdir), tmpdir, args.budget)
        if args.self_test:
            good = self_test(runner, args.notebooks[0].resolve())
            print("1 passed, 0 failed" if good else "0 passed, 1 failed")
            return 0 if good else 1
        return run_all(runner, args.notebooks)


def run_all(runner: Runner, notebooks: list[Path]) -> int:
    """Runs each notebook and prints what came of it; gives the exit code."""
    passed = failed = skipped = 0
    for path in notebooks:
        print(f"{path}:", flush=True)
        try:
            problems = runner.notebook(path.resolve(), path.resolve().parent)
        except Failure as failure:
            problems = [str(failure)]
        if problems is None:
            skipped += 1
            continue
        passed, failed = passed + (not problems), failed + bool(problems)
        for problem in problems:
            print(f"  {problem}")
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as failure:
        print(failure, file=sys.stderr)
        sys.exit(2)
