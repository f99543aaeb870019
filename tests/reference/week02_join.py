"""Golden joins: which rows pandas puts beside each other.

Writes ../fixtures/week02/join.json: for each case its name, the keys of both tables, and the pairs of row numbers of
`merge(how="left")`, null where the right table has no such key.

    pip install -r requirements.txt
    python week02_join.py
"""

import random
from pathlib import Path

import pandas as pd

from week02_group import write

# name: (keys of the left table, keys of the right table, rows on the left, rows on the right)
CASES = {
    "every port once": ("SCQ", "SCQT", 12, None),
    "some keys on the left alone": ("SCQXY", "QCS", 12, None),
    "keys twice and three times on the right": ("abc", "abcd", 8, 10),
    "Korean keys, many on both sides": (["서울", "부산", "제주", "여수"], ["부산", "제주", "목포"], 15, 7),
    "no key in common": ("ab", "cd", 4, 3),
    "one key": ("a", "a", 3, 3),
    "capitals and spaces count": (["a", "A", "a "], ["A", "a "], 7, 4),
}


def main() -> None:
    rng = random.Random(20260202)
    cases = []
    for name, (left, right, rows, others) in CASES.items():
        left = [rng.choice(left) for _ in range(rows)]
        right = list(right) if others is None else [rng.choice(right) for _ in range(others)]
        pairs = pd.merge(
            pd.DataFrame({"key": left, "left": range(len(left))}),
            pd.DataFrame({"key": right, "right": range(len(right))}),
            on="key", how="left",
        )
        pairs = [[int(i), None if pd.isna(j) else int(j)] for i, j in zip(pairs["left"], pairs["right"])]
        cases.append({"name": name, "left": left, "right": right, "pairs": pairs})
    write("join.json", cases, f"{Path(__file__).name}, pandas {pd.__version__}")


if __name__ == "__main__":
    main()
