"""Golden candidates, by datasketch's MinHashLSH; and the curve, by scipy's binomial distribution.

Writes ../fixtures/week02/lsh.json: cases with `name`, `signatures`, `bands`, `rows` and `pairs`; and cases with
`similarity`, `bands`, `rows` and `probability`.

    pip install -r requirements.txt
    python week02_lsh.py
"""

import json
from pathlib import Path

import datasketch
import numpy as np
import scipy
from datasketch import MinHash, MinHashLSH
from scipy.stats import binom

rng = np.random.default_rng(20260302)


def pairs(signatures: list[list[int]], bands: int, rows: int) -> list[tuple[int, int]]:
    places = len(signatures[0])
    lsh = MinHashLSH(num_perm=places, params=(bands, rows))
    sketches = [MinHash(hashvalues=np.array(s, dtype=np.uint32), scheme="affine32") for s in signatures]
    for i, sketch in enumerate(sketches):
        lsh.insert(i, sketch)
    return sorted({(min(i, j), max(i, j)) for i, sketch in enumerate(sketches) for j in lsh.query(sketch) if i != j})


def draw(count: int, places: int, kinds: int) -> list[list[int]]:
    """Signatures whose places hold few different numbers, so that many bands agree."""
    return rng.integers(1, kinds + 1, (count, places)).tolist()


def near(count: int, places: int, agree: float) -> list[list[int]]:
    """Signatures in pairs that agree in about this share of their places."""
    one = rng.integers(0, 1 << 32, (count, places))
    other = np.where(rng.random((count, places)) < agree, one, rng.integers(0, 1 << 32, (count, places)))
    return np.concatenate([one, other]).tolist()


def main() -> None:
    found = []
    for name, signatures, bands, rows in [
        ("two bands of two", [[1, 2, 3, 4], [1, 2, 9, 9], [9, 9, 3, 4], [3, 4, 1, 2], [2, 1, 4, 3]], 2, 2),
        ("the same three times", [[5, 5, 5, 5]] * 3 + [[5, 5, 1, 1]], 2, 2),
        ("bands of one number", draw(5, 4, 6), 4, 1),
        ("two long bands", near(5, 8, 0.9), 2, 4),
        ("four bands of two, of nine places", draw(7, 9, 3), 4, 2),
        ("three bands of four, of thirteen places", draw(10, 13, 2), 3, 4),
        ("16 bands of 2, near pairs", near(6, 32, 0.6), 16, 2),
    ]:
        found.append(
            {
                "name": name,
                "signatures": signatures,
                "bands": bands,
                "rows": rows,
                "pairs": pairs(signatures, bands, rows),
            }
        )
    curve = [
        # At least one of so many bands agrees.
        {"similarity": s, "bands": b, "rows": r, "probability": float(binom.sf(0, b, s**r))}
        for s, b, r in [(0.5, 2, 1), (0.7, 16, 8), (0.7, 25, 5), (0.3, 32, 4), (0.9, 9, 13), (0.8, 1, 6), (0.2, 20, 1)]
    ]
    golden = {
        "made_by": f"{Path(__file__).name}, datasketch {datasketch.__version__}, scipy {scipy.__version__}",
        "candidates": found,
        "curve": curve,
    }
    target = Path(__file__).parent.parent / "fixtures" / "week02" / "lsh.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(golden) + "\n", encoding="utf-8", newline="\n")
    print([(case["name"], len(case["pairs"])) for case in found])
    print(f"{target.name}: {len(found)} and {len(curve)} cases, {target.stat().st_size} bytes, {golden['made_by']}")


if __name__ == "__main__":
    main()
