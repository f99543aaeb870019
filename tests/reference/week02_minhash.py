"""Golden MinHash signatures, by datasketch.

Writes ../fixtures/week02/minhash.json: cases with `name`, `hashes`, `permutations` (pairs a, b) and `signature`; and cases
with `name`, `a`, `b` (two signatures) and `similarity`.

datasketch computes ((a x + b) mod (2^61 - 1)) mod 2^32 under `scheme="legacy"`, its only scheme before version 2. It
multiplies in 64 bits and loses what is above. Here a is below 2^31 and b below 2^60, so that nothing is lost: there the two
must be the same to the last bit. The cases named "large" have a of any size, and their signatures come from Python's whole
numbers, which lose nothing.

    pip install -r requirements.txt
    python week02_minhash.py
"""

import json
from pathlib import Path

import datasketch
import numpy as np
from datasketch import MinHash

PRIME = (1 << 61) - 1
rng = np.random.default_rng(20260301)


def minhash(hashes: list[int], permutations: list[tuple[int, int]]) -> MinHash:
    a, b = (np.array(column, dtype=np.uint64) for column in zip(*permutations))
    for x in hashes:
        for a_, b_ in permutations:
            assert a_ * x + b_ < 1 << 64, "datasketch would lose the upper bits"
    sketch = MinHash(len(permutations), hashfunc=lambda x: x, permutations=(a, b), scheme="legacy")
    for x in hashes:
        sketch.update(x)
    return sketch


def by_whole_numbers(hashes: list[int], permutations: list[tuple[int, int]]) -> list[int]:
    return [min((a * x + b) % PRIME % (1 << 32) for x in hashes) for a, b in permutations]


def draw(count: int, low: int, high: int) -> list[int]:
    return [int(x) for x in rng.integers(low, high, count, dtype=np.uint64)]


def small(count: int) -> list[tuple[int, int]]:
    return list(zip(draw(count, 1, 1 << 31), draw(count, 0, 1 << 60)))


def large(count: int) -> list[tuple[int, int]]:
    return list(zip(draw(count, 1 << 58, PRIME), draw(count, 0, PRIME)))


def main() -> None:
    signatures = []
    for name, hashes, permutations in [
        ("one shingle", draw(1, 0, 1 << 32), small(4)),
        ("three shingles", draw(3, 0, 1 << 32), small(6)),
        ("forty shingles", draw(40, 0, 1 << 32), small(16)),
        ("0 and the largest", [0, (1 << 32) - 1], small(8)),
        ("one permutation", draw(20, 0, 1 << 32), small(1)),
    ]:
        sketch = minhash(hashes, permutations)
        signature = [int(value) for value in sketch.hashvalues]
        assert signature == by_whole_numbers(hashes, permutations)
        signatures.append((name, hashes, permutations, signature))
    for name, hashes, permutations in [
        ("large, three shingles", draw(3, 1 << 31, 1 << 32), large(6)),
        ("large, twenty shingles", draw(20, 0, 1 << 32), large(8)),
    ]:
        signatures.append((name, hashes, permutations, by_whole_numbers(hashes, permutations)))

    similarities = []
    for name, common, each in [("half in common", 20, 10), ("most in common", 40, 2), ("little in common", 3, 30)]:
        permutations = small(32)
        shared = draw(common, 0, 1 << 32)
        one, other = (minhash(shared + draw(each, 0, 1 << 32), permutations) for _ in range(2))
        a, b = ([int(value) for value in sketch.hashvalues] for sketch in (one, other))
        similarities.append({"name": name, "a": a, "b": b, "similarity": one.jaccard(other)})

    golden = {
        "made_by": f"{Path(__file__).name}, datasketch {datasketch.__version__}",
        "signatures": [
            dict(zip(("name", "hashes", "permutations", "signature"), case)) for case in signatures
        ],
        "similarities": similarities,
    }
    target = Path(__file__).parent.parent / "fixtures" / "week02" / "minhash.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(golden) + "\n", encoding="utf-8", newline="\n")
    print(f"{target.name}: {len(signatures)} and {len(similarities)} cases, {target.stat().st_size} bytes, {golden['made_by']}")


if __name__ == "__main__":
    main()
