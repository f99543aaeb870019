"""MinHash and LSH of the lines of a file: ours beside datasketch, in one run, against the exact truth.

    pip install -r requirements.txt
    cargo build --release -p week02-data --example dedup_bench
    python week02_datasketch_bench.py FILE          # such as $WORKSHOP_CACHE/nsmc/raw.txt

Both sides get the same lines (normalised, exact duplicates taken away), the same shingles (5 signs), 128 permutations and the
same bands, and give candidates. Truth: all pairs with a Jaccard similarity of at least 0.7, found exactly by our program,
which is tested against comparing all pairs; here it is compared once more, with Python's sets, on the first lines.

datasketch is measured twice: as it comes (its hash of a shingle is SHA-1), and with CRC-32 of the standard library, which is
quicker. Its scheme is `affine32`, the default since version 2. It has one thread; ours has one and two.
"""

import json
import platform
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path

import datasketch
import numpy as np
from datasketch import MinHash, MinHashLSH

K, PLACES, THRESHOLD = 5, 128, 0.7
LAYOUTS = [(25, 5), (16, 8)]
PROGRAM = Path(__file__).parents[2] / "target" / "release" / "examples" / "dedup_bench"


def ours(*args: str) -> dict:
    out = subprocess.run([str(PROGRAM), *args], check=True, capture_output=True, text=True).stdout
    return json.loads(out) if out else {}


def pairs_of(file: Path) -> set[tuple[int, int]]:
    return {tuple(map(int, line.split())) for line in file.read_text().splitlines()}


def shingles(text: str) -> set[str]:
    k = min(K, len(text))
    return {text[i : i + k] for i in range(len(text) - k + 1)}


def check_truth(lines: list[str], truth: set[tuple[int, int]], first: int) -> int:
    sets = [shingles(line) for line in lines[:first]]
    found = set()
    for j, b in enumerate(sets):
        for i, a in enumerate(sets[:j]):
            common = len(a & b)
            if common and common / (len(a) + len(b) - common) >= THRESHOLD:
                found.add((i, j))
    expected = {(i, j) for i, j in truth if j < first}
    assert found == expected, (sorted(found - expected)[:3], sorted(expected - found)[:3])
    return len(found)


def sketches(lines: list[str], hashfunc) -> list[MinHash]:
    # What its documentation advises for many: the permutations are made once, and the shingles of a text go in at once.
    one = MinHash(PLACES, hashfunc=hashfunc)
    made = []
    for line in lines:
        sketch = MinHash(PLACES, hashfunc=hashfunc, permutations=one.permutations, scheme=one.scheme)
        sketch.update_batch([shingle.encode() for shingle in shingles(line)])
        made.append(sketch)
    return made


def candidates(made: list[MinHash], bands: int, rows: int) -> set[tuple[int, int]]:
    lsh = MinHashLSH(num_perm=PLACES, params=(bands, rows))
    found = set()
    # Each is looked up before it is inserted, so that every pair comes once.
    for j, sketch in enumerate(made):
        found.update((i, j) for i in lsh.query(sketch))
        lsh.insert(j, sketch, check_duplication=False)
    return found


def main() -> None:
    file = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        lines_file, truth_file, found_file = work / "lines", work / "truth", work / "found"
        ours("prepare", file, str(lines_file))
        lines = lines_file.read_text(encoding="utf-8").split("\n")[:-1]
        made = ours("truth", str(lines_file), str(truth_file), str(THRESHOLD))
        truth = pairs_of(truth_file)
        first = 3000
        checked = check_truth(lines, truth, first)
        print(f"{len(lines)} different lines, {len(truth)} pairs from {THRESHOLD} on ({made['seconds']:.1f} s, exact);")
        print(f"compared with Python's sets on the first {first} lines: {checked} pairs, the same")
        print(f"datasketch {datasketch.__version__}, numpy {np.__version__}, Python {platform.python_version()}\n")

        rows_of_table = []

        def note(name: str, layout: tuple[int, int], minhash: float, lsh: float, found: set[tuple[int, int]]) -> None:
            right = len(found & truth)
            rows_of_table.append((layout, name, minhash, lsh, len(found), right / len(truth), right / max(len(found), 1)))

        whole = {}
        for layout in LAYOUTS:
            for threads in (1, 2):
                # The better of three, as other programs may run.
                runs = [
                    ours("find", str(lines_file), str(found_file), *map(str, layout), str(threads)) for _ in range(3)
                ]
                minhash, lsh = (min(run[part] for run in runs) for part in ("minhash", "lsh"))
                note(f"ours, {threads} thread{'s' * (threads > 1)}", layout, minhash, lsh, pairs_of(found_file))
                whole[layout, threads] = min(run["whole"] for run in runs), runs[0]
        for name, hashfunc in [
            ("datasketch", datasketch.hashfunc.sha1_hash32),
            ("datasketch, CRC-32", zlib.crc32),
        ]:
            began = time.perf_counter()
            sketched = sketches(lines, hashfunc)
            minhash = time.perf_counter() - began
            for layout in LAYOUTS:
                began = time.perf_counter()
                found = candidates(sketched, *layout)
                note(name, layout, minhash, time.perf_counter() - began, found)

        print("| bands × rows | | MinHash (s) | LSH (s) | both (s) | ratio | candidates | recall | precision |")
        print("|---|---|---:|---:|---:|---:|---:|---:|---:|")
        for layout in LAYOUTS:
            mine = [row for row in rows_of_table if row[0] == layout]
            base = mine[0][2] + mine[0][3]
            for _, name, minhash, lsh, count, recall, precision in mine:
                both = minhash + lsh
                print(
                    f"| {layout[0]} × {layout[1]} | {name} | {minhash:.2f} | {lsh:.2f} | {both:.2f} | {both / base:.1f} "
                    f"| {count} | {recall:.4f} | {precision:.4f} |"
                )
        print()
        for (layout, threads), (seconds, run) in whole.items():
            print(
                f"the whole job, {layout[0]} × {layout[1]}, threads {threads}: {seconds:.2f} s, {run['near']} near duplicates, "
                f"largest cluster {run['largest']}; candidates not compared: {run['near_unverified']}, "
                f"largest {run['largest_unverified']}"
            )


if __name__ == "__main__":
    main()
