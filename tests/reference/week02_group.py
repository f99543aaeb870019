"""Golden groups: what pandas makes of the same keys and values.

Writes ../fixtures/week02/group.json: for each case its name, the keys, the values (null where missing), and of each group
the key, the rows (`size`) and the mean (null where nothing is known).

    pip install -r requirements.txt
    python week02_group.py
"""

import json
import random
from pathlib import Path

import pandas as pd

KEYS = {
    "ports": ["S", "C", "Q"],
    "Korean words": ["남성", "여성", "아이", "모름"],
    "numbers as texts": ["9", "10", "1", "2", "11"],
    "capitals, spaces and an empty key": ["a", "A", "a ", "", "가"],
    "many groups": [f"{a}{b}" for a in "가나다라" for b in "123456"],
}


def main() -> None:
    rng = random.Random(20260201)
    cases = []
    for name, keys in KEYS.items():
        for rows in (8, 40):
            drawn = [rng.choice(keys) for _ in range(rows)]
            # Of the first key nothing is known; of the others about a quarter is missing.
            known = [key != keys[0] and rng.random() < 0.75 for key in drawn]
            values = [rng.randint(-50, 200) / 10 if is_known else None for is_known in known]
            table = pd.DataFrame({"key": drawn, "value": pd.array(values, dtype="Float64")})
            groups = table.groupby("key", sort=True)["value"].agg(["size", "mean"])
            groups = [[key, int(row["size"]), None if pd.isna(row["mean"]) else float(row["mean"])]
                      for key, row in groups.iterrows()]
            cases.append({"name": f"{name}, {rows} rows", "keys": drawn, "values": values, "groups": groups})
    write("group.json", cases, f"{Path(__file__).name}, pandas {pd.__version__}")


def write(file: str, cases: list, made_by: str) -> None:
    target = Path(__file__).parent.parent / "fixtures" / "week02" / file
    lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases)
    target.write_text(f'{{"made_by": {json.dumps(made_by)}, "cases": [\n{lines}\n]}}\n', encoding="utf-8")
    print(f"{target.name}: {len(cases)} cases, {target.stat().st_size} bytes, {made_by}")


if __name__ == "__main__":
    main()
