#!/usr/bin/env python3
"""Run notebooks in the kernel their readers use, and compare what comes out with what they record.

    python run.py NOTEBOOK... [--budget SECONDS] [--since REVISION] [--limit SECONDS]
                  [--evcxr PATH] [--tmpdir DIR] [--self-test]

Which are run: all of them; with --budget, those whose page or week has changed since the revision (the last commit that
the upstream branch shares, else the commit before; all where Git knows no history), then others until the budget is used,
at each commit starting from another one. What was left out is said.

Why a runner of our own: evcxr reports neither a `?` error nor a panic to its client. The cell is "ok", its output ends
early and its variables are gone. So each cell gets one more statement, which prints a random word, and passes only when

- no error message came and the word arrived, on a line of its own;
- the text before the word is the recorded text (numbers with a decimal point or an exponent to a relative 1e-4, all
  else exactly) and every recorded picture came.

The set-up cell gets no word (it loads crates and imports names) and its text is not compared. Tags of a cell: `setup`;
`data`, skipped while a file of `metadata.workshop.needs_paths` is not under WORKSHOP_CACHE; `varies`, compared by shape
only (text or none, and how many rich outputs). `--self-test` breaks copies of one notebook in each way that must be
noticed, and requires that each is.

A notebook holds nothing of ours that a front end would have to know: it is plain nbformat 4.5 for the kernel `rust`,
without widgets, with cell ids, and its outputs are of the types in MEDIA. So it opens in JupyterLab, VS Code or any other
program that speaks the kernel's protocol. That is checked for each notebook whose turn it is: as recorded, also where all its
cells are skipped, and as it comes.

The kernel compiles in --tmpdir, which is kept: the first run builds the crates (minutes), later ones take seconds.
It must lie outside the repository, or Cargo takes it for a member of the workspace. The first run also fills evcxr's
own cache, from which readers' kernels start. Fill it here, not from a reader's kernel: the cached crates remember the
folder they were built in, and once that is gone, every cell of every kernel compiles some of them again.

The first cell's latency is printed: cold, where the cache did not hold the week's crates in the locked versions, and warm,
as the next kernel start has it. `workshop notebook` fills the same cache, and both leave a mark there.

Exit code: 0 all passed, 1 some failed, 2 it could not start.
"""

from __future__ import annotations

import argparse
import copy
import fcntl
import hashlib
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
TOLERANCE = 1e-4  # relative: printed f32 results differ by about 1e-6 between processors, printed rounding by more
READY_SECONDS = 120  # the kernel compiles `42` before it answers; a laptop on battery needs 20 s
LATE_SECONDS = 2.0  # the kernel may say "idle" a moment before its last line of text is sent
MEDIA = {"text/plain", "text/html", "image/svg+xml"}  # what every front end shows
CUT = 600  # characters of a text that a failure shows

# Spaces before a number belong to it: padding depends on the sign.
NUMBER = re.compile(r"( *[-+]?\d+(?:\.\d+(?:[eE][-+]?\d+)?|[eE][-+]?\d+))")


class Failure(Exception):
    """Why a notebook cannot be run."""


@dataclass
class Came:
    """What one request to the kernel gave."""

    seconds: float = 0.0  # until it was done, or given up
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
                if not idle:
                    came.seconds, came.timed_out = time.monotonic() - start, True
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
    limit: float
    cold: list[float] = field(default_factory=list)  # seconds of the first cells
    warm: list[float] = field(default_factory=list)

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
        problems = portable(notebook)
        if all("setup" in tags(cell) or number in left_out for number, cell in enumerate(cells, 1)):
            return problems or None
        later: list[float] = []
        start = time.monotonic()
        lock = next((folder / "Cargo.lock" for folder in cwd.parents if (folder / "Cargo.lock").is_file()), None)
        mark = self.mark(lock, notebook) if lock else None
        cold = mark is not None and not mark.is_file()
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
                came = kernel.run(code, word, self.limit - (time.monotonic() - start))
                problem, fatal = judge(cell, came, word, self.limit)
                if setup:
                    first = came.seconds
                    if lock:
                        compare_versions(lock, self.tmpdir / "Cargo.lock")
                    if mark and not problem:
                        mark.touch()
                else:
                    later.append(came.seconds)
                if problem:
                    problems.append(f"cell {number}: {problem}")
                if fatal:
                    problems[-1] += "\n    (the cells after it were not run)"
                    break
        (self.cold if cold else self.warm).append(first)
        shown = f"first cell {'cold' if cold else 'warm'} {first:.1f} s"
        if cold and not problems:
            self.warm.append(self.first_cell(cells, cwd, lock))
            shown += f", warm {self.warm[-1]:.1f} s"
        median = statistics.median(later) if later else 0.0
        print(f"  {len(later)} cells; kernel ready {ready:.1f} s, {shown}, later cells {median:.2f} s (median)", flush=True)
        return problems

    def first_cell(self, cells: list[nbformat.NotebookNode], cwd: Path, lock: Path | None) -> float:
        """How long the set-up cell takes in one more kernel, which finds the cache filled."""
        setup = next((cell for cell in cells if "setup" in tags(cell)), cells[0])
        with self.kernel(cwd) as kernel:
            if lock:
                shutil.copy(lock, self.tmpdir / "Cargo.lock")
            return kernel.run(setup.source, "", self.limit).seconds

    def mark(self, lock: Path, notebook: nbformat.NotebookNode) -> Path:
        """The file that says that the cache holds the crates of the notebook's week: as src/jupyter.rs names it."""
        made = hashlib.sha256(lock.read_bytes())
        toolchain = lock.with_name("rust-toolchain.toml")
        made.update(toolchain.read_bytes() if toolchain.is_file() else b"")
        week = notebook.metadata.get("workshop", {}).get("page", "").split("-")[0]
        return self.tmpdir / f"warm-{week}-{made.hexdigest()[:16]}"

    def missing(self, needs: list[str]) -> list[str]:
        """Those of the files that the notebook needs which are not there."""
        cache = self.env.get("WORKSHOP_CACHE")
        return [name for name in needs if cache is None or not (Path(cache) / name).is_file()]


def portable(notebook: nbformat.NotebookNode) -> list[str]:
    """What would make a notebook depend on the program that opens it."""
    problems = []
    try:
        nbformat.validate(copy.deepcopy(notebook))  # a copy, because what it can it repairs
    except nbformat.ValidationError as error:
        problems.append(f"not of the format: {str(error).splitlines()[0]}")
    if (notebook.nbformat, notebook.nbformat_minor) != (4, 5):
        problems.append(f"format {notebook.nbformat}.{notebook.nbformat_minor}, not 4.5")
    names = [notebook.metadata.get(key, {}).get("name") for key in ("kernelspec", "language_info")]
    if names != [KERNEL, "rust"]:
        problems.append(f"its kernel and language are {names}")
    if other := set(notebook.metadata) - {"kernelspec", "language_info", "workshop"}:
        problems.append(f"metadata that not every program knows: {', '.join(sorted(other))}")
    ids = [cell.get("id") for cell in notebook.cells]
    if None in ids or len(set(ids)) != len(ids):
        problems.append("a cell has no id of its own")
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    if other := {media for output in outputs for media in output.get("data", {})} - MEDIA:
        problems.append(f"outputs that not every program shows: {', '.join(sorted(other))}")
    code = [line for cell in notebook.cells if cell.cell_type == "code" for line in cell.source.splitlines()]
    if any(line.startswith(("%", "!")) for line in code):
        problems.append("a code cell has a line that begins with % or !: that is another kernel's magic")
    return problems


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


def judge(cell: nbformat.NotebookNode, came: Came, word: str, limit: float) -> tuple[str, bool]:
    """What is wrong with what came, if anything, and whether the cells after it cannot be run."""
    heard = cut(came.complaints)
    if came.timed_out:
        return f"the {limit:.0f} s were over. Until then it printed:\n{cut(came.text)}\n{heard}".rstrip(), True
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
    if other := set(came.rich) - MEDIA:
        return f"what came is not shown by every program: {', '.join(sorted(other))}", False
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


def kernel_version() -> str:
    """The kernel's version that the course names."""
    source = (Path(__file__).parents[2] / "src" / "jupyter.rs").read_text()
    named = re.search(r'KERNEL_VERSION: &str = "(.+)"', source)
    if named is None:
        raise Failure("src/jupyter.rs names no version of the kernel")
    return named[1]


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
        install = f"cargo install --locked evcxr_jupyter@{kernel_version()}"
        raise Failure(f"{where}: {install}, then run this again (or give --evcxr PATH)")
    env = os.environ | {"JUPYTER_PATH": str(private)}
    done = subprocess.run([str(Path(program).resolve()), "--install"], env=env, capture_output=True, text=True)
    if done.returncode != 0:
        raise Failure(f"{program} --install failed: {done.stderr.strip()}")
    return KernelSpecManager(kernel_dirs=[str(private / "kernels")])


# ---------------------------------------------------------------------------------------------------- selection


def git(root: Path, *args: str) -> str | None:
    """What Git answers, or None where it has no answer."""
    try:
        done = subprocess.run(["git", "-C", str(root), *args], capture_output=True, text=True)
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def base(root: Path) -> str | None:
    """The commit to compare with: the last one shared with the upstream branch, else the one before."""
    head = git(root, "rev-parse", "HEAD")
    shared = git(root, "merge-base", "HEAD", "@{upstream}")
    return shared if shared and shared != head else git(root, "rev-parse", "--verify", "HEAD~1")


def changed_since(root: Path, revision: str | None) -> set[str] | None:
    """The files that differ from the revision, committed or not; None where that is not known."""
    differing = git(root, "diff", "--name-only", "--no-renames", revision, "--") if revision else None
    new = git(root, "ls-files", "--others", "--exclude-standard")
    return None if differing is None or new is None else set(differing.splitlines()) | set(new.splitlines())


def rotation(root: Path) -> int:
    """A number that grows with each commit; where there is no history, with each day."""
    count = git(root, "rev-list", "--count", "HEAD")
    return int(count) if count else int(time.time() // 86400)


def weeks_used(root: Path, week: str) -> set[str]:
    """A week and the weeks that its lesson crate is built on."""
    used: set[str] = set()
    waiting = [week]
    while waiting:
        name = waiting.pop()
        manifest = root / "lessons" / name / "Cargo.toml"
        if name in used or not manifest.is_file():
            continue
        used.add(name)
        dependencies = tomllib.loads(manifest.read_text()).get("dependencies", {})
        waiting += [key for key in dependencies if key.startswith("week")]
    return used


def has_changed(root: Path, notebook: Path, changed: set[str]) -> bool:
    """Whether a notebook's page, its week, or what all of them rest on is among the files."""
    page = notebook.relative_to(root).with_suffix("").as_posix()
    week = notebook.parent.name
    parts = [f"{page}."]
    parts += [f"{kind}/{used}/" for used in weeks_used(root, week) | {week} for kind in ("lessons", "solutions")]
    everything = ("src/base/", "datasets/", "Cargo.toml", "Cargo.lock", "rust-toolchain.toml", "tests/notebooks/")
    return any(name.startswith((*parts, *everything)) for name in changed)


def select(root: Path, notebooks: list[Path], changed: set[str] | None, turn: int) -> tuple[list[Path], list[Path]]:
    """The notebooks to run in any case, and the others in the order in which the budget is spent on them."""
    if changed is None:
        return notebooks, []
    due = [path for path in notebooks if has_changed(root, path, changed)]
    rest = [path for path in notebooks if path not in due]
    start = turn % len(rest) if rest else 0
    return due, rest[start:] + rest[:start]


# ---------------------------------------------------------------------------------------------------- self-test


def check(good: bool, what: str) -> None:
    """Ends the self-test where something does not hold."""
    if not good:
        raise Failure(f"the self-test fails: {what}")


def test_portable(original: nbformat.NotebookNode) -> None:
    """Each thing that ties a notebook to one program is noticed."""

    def kernel(notebook: nbformat.NotebookNode) -> None:
        notebook.metadata.kernelspec.name = "python3"

    def widgets(notebook: nbformat.NotebookNode) -> None:
        notebook.metadata["widgets"] = {}

    def media(notebook: nbformat.NotebookNode) -> None:
        code = next(cell for cell in notebook.cells if cell.cell_type == "code")
        widget = {"application/vnd.jupyter.widget-view+json": {}}
        code.outputs.append(nbformat.v4.new_output("display_data", data=widget))

    def same_id(notebook: nbformat.NotebookNode) -> None:
        notebook.cells[1].id = notebook.cells[0].id

    def magic(notebook: nbformat.NotebookNode) -> None:
        next(cell for cell in notebook.cells if cell.cell_type == "code").source += "\n%%timeit"

    def version(notebook: nbformat.NotebookNode) -> None:
        notebook.nbformat_minor = 4

    def field_of_ours(notebook: nbformat.NotebookNode) -> None:
        notebook.cells[0]["ours"] = 1

    check(portable(original) == [], "the notebook itself is portable")
    for break_it in (kernel, widgets, media, same_id, magic, version, field_of_ours):
        broken = copy.deepcopy(original)
        break_it(broken)
        check(portable(broken) != [], f"{break_it.__name__} is noticed")


def test_selection() -> None:
    """What has changed is run, the rest takes turns, and without history all is run."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for week, used in (("week01-one", ""), ("week02-two", "week01-one"), ("week03-three", "")):
            lesson, pages = root / "lessons" / week, root / "book" / "src" / week
            lesson.mkdir(parents=True)
            pages.mkdir(parents=True)
            (lesson / "Cargo.toml").write_text(f"[dependencies]\n{used and used + '.workspace = true'}\n")
            for page in ("01-a", "02-b"):
                (pages / f"{page}.md").write_text("page")
                (pages / f"{page}.ipynb").write_text("notebook")
        (root / "Cargo.lock").write_text("lock")
        notebooks = sorted(root.glob("book/src/*/*.ipynb"))

        def names(paths: list[Path]) -> list[str]:
            return [f"{path.parent.name[:6]}/{path.stem}" for path in paths]

        def due(*changed: str) -> list[str]:
            return names(select(root, notebooks, set(changed), 0)[0])

        check(changed_since(root, base(root)) is None, "no history is noticed")
        check(select(root, notebooks, None, 7) == (notebooks, []), "without history all is run")
        check(due("book/src/week01-one/02-b.md") == ["week01/02-b"], "a page brings its notebook")
        check(due("book/src/week01-one/02-b.ko.ipynb") == ["week01/02-b"], "so does its translation")
        check(due("lessons/week02-two/src/lib.rs") == ["week02/01-a", "week02/02-b"], "a week brings its notebooks")
        below = ["week01/01-a", "week01/02-b", "week02/01-a", "week02/02-b"]
        check(due("solutions/week01-one/src/a.rs") == below, "a week brings those that are built on it")
        check(due("README.md") == [], "nothing else brings any")
        for shared in ("Cargo.lock", "Cargo.toml", "datasets/text/tales.txt"):
            check(len(due(shared)) == 6, f"{shared} brings all")
        turns = [select(root, notebooks, {"book/src/week01-one/01-a.md"}, turn)[1] for turn in range(5)]
        check(len({paths[0] for paths in turns}) == 5, "each of the rest comes first once in five turns")
        check(all(len(set(paths)) == 5 and notebooks[0] not in paths for paths in turns), "none twice, none of the due")

        def commit() -> None:
            name = ("-c", "user.name=test", "-c", "user.email=test@example.org")
            check(git(root, "add", ".") is not None, "git add")
            check(git(root, *name, "commit", "--quiet", "--message", "test") is not None, "git commit")

        check(git(root, "init", "--quiet") is not None, "git init")
        commit()
        check(changed_since(root, base(root)) is None, "one commit is no history")
        (root / "book/src/week03-three/01-a.md").write_text("changed")
        commit()
        (root / "book/src/week03-three/03-new.md").write_text("new")
        (root / "lessons/week01-one/Cargo.toml").write_text("changed")
        changed = changed_since(root, base(root))
        week3, week1 = "book/src/week03-three", "lessons/week01-one"
        expected = {f"{week3}/01-a.md", f"{week3}/03-new.md", f"{week1}/Cargo.toml"}
        check(changed == expected, f"what has changed: {changed}")
        check(rotation(root) == 2, "commits are counted")


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


def test_budget() -> None:
    """What is due is run whatever it costs, the others while the budget lasts."""

    class Counting(Runner):
        ran: list[str] = []

        def notebook(self, path: Path, cwd: Path) -> list[str] | None:
            self.ran.append(path.stem)
            return []

    for budget, expected in ((-1.0, ["a", "b"]), (math.inf, ["a", "b", "c", "d"])):
        runner = Counting(KernelSpecManager(), {}, Path(), 0.0)
        runner.ran.clear()
        run_all(runner, [Path("w/a.ipynb"), Path("w/b.ipynb")], [Path("w/c.ipynb"), Path("w/d.ipynb")], budget)
        check(runner.ran == expected, f"with a budget of {budget} s: {runner.ran}")


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
    test_selection()
    test_budget()
    check(re.fullmatch(r"\d+\.\d+\.\d+", kernel_version()) is not None, "the kernel's version is found")
    test_portable(original)
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
    parser.add_argument("--budget", type=float, metavar="SECONDS", help="for the whole run, beyond what has changed")
    parser.add_argument("--since", metavar="REVISION", help="what has changed since then is run in any case")
    parser.add_argument("--limit", type=float, default=900.0, metavar="SECONDS", help="for a notebook (default: 900)")
    parser.add_argument("--self-test", action="store_true", help="break copies of the notebook; each must be noticed")
    args = parser.parse_args()
    if args.since and args.budget is None:
        parser.error("--since says what is run in any case, and without --budget all are: give --budget too")
    return args


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
        runner = Runner(specs, kernel_env(Path(folder), tmpdir), tmpdir, args.limit)
        if args.self_test:
            good = self_test(runner, args.notebooks[0].resolve())
            print("1 passed, 0 failed" if good else "0 passed, 1 failed")
            return 0 if good else 1
        notebooks = [path.resolve() for path in args.notebooks]
        if args.budget is None:
            return run_all(runner, notebooks, [], 0.0)
        root = next((folder for folder in notebooks[0].parents if (folder / "Cargo.lock").is_file()), None)
        if root is None or not all(path.is_relative_to(root) for path in notebooks):
            raise Failure("--budget chooses among the notebooks of the course: these lie elsewhere")
        revision = args.since or base(root)
        if args.since and git(root, "rev-parse", "--verify", f"{args.since}^{{commit}}") is None:
            raise Failure(f"Git knows no revision {args.since}")
        due, rest = select(root, notebooks, changed_since(root, revision), rotation(root))
        since = revision or "an unknown time"
        print(f"{len(due)} of {len(notebooks)} have changed since {since}; {args.budget:.0f} s for others")
        return run_all(runner, due, rest, args.budget)


def run_all(runner: Runner, due: list[Path], rest: list[Path], budget: float) -> int:
    """Runs the notebooks that are due, then others while the budget lasts; gives the exit code."""
    passed = failed = skipped = 0
    took: list[float] = []
    left_out: list[Path] = []
    start = time.monotonic()
    for number, path in enumerate(due + rest):
        # Another is begun where one like the others still fits.
        expected = statistics.median(took) if took else 0.0
        if number >= len(due) and time.monotonic() - start + expected > budget:
            left_out = rest[number - len(due) :]
            break
        print(f"{path}:", flush=True)
        begun = time.monotonic()
        try:
            problems = runner.notebook(path, path.parent)
        except Failure as failure:
            problems = [str(failure)]
        took.append(time.monotonic() - begun)
        if problems is None:
            skipped += 1
            continue
        passed, failed = passed + (not problems), failed + bool(problems)
        for problem in problems:
            print(f"  {problem}")
    if left_out:
        print(f"left out, for another turn: {', '.join(f'{path.parent.name}/{path.stem}' for path in left_out)}")
    for name, seconds in (("cold", runner.cold), ("warm", runner.warm)):
        if seconds:
            print(f"first cell {name}: {statistics.median(seconds):.1f} s (median of {len(seconds)})")
    counts = f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else "")
    print(f"{counts} in {time.monotonic() - start:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as failure:
        print(failure, file=sys.stderr)
        sys.exit(2)
