"""Golden tables: what pandas makes of the same CSV file.

Writes ../fixtures/week02/table.json: a CSV file with missing values, and of it, as pandas has them, the summary of each
column of numbers, counts of values, group means, a pivot, a sort and a left join. And where ../../../ or WORKSHOP_CACHE
holds titanic/titanic.csv, the same figures of that file, without any of its rows.

    pip install -r requirements.txt
    WORKSHOP_CACHE=... python week02_table.py
"""

import io
import json
import os
import random
from pathlib import Path

import pandas as pd

SUMMARY = ["count", "mean", "std", "min", "25%", "50%", "75%", "max"]
PORTS = "port,city,hours\nS,Solhaven,0\nC,\"Carn, mouth\",7\nQ,Quillby,\nT,Tornsund,33\n"


def figures(table: pd.DataFrame, by: list[str], of: str) -> dict:
    described = table.describe(include="number")
    groups = {key: table.groupby(key, dropna=False)[of].agg(["size", "mean"]) for key in by}
    pivot = table.pivot_table(of, by[0], by[1])
    return {
        "describe": {name: [number(described[name][row]) for row in SUMMARY] for name in described},
        "missing": {name: int(table[name].isna().sum()) for name in table},
        "distinct": {name: int(table[name].nunique()) for name in table},
        "counts": {name: sorted([text(value), int(n)] for value, n in table[name].value_counts(dropna=False).items())
                   for name in by},
        "groups": {name: [[text(key), int(row["size"]), number(row["mean"])] for key, row in group.iterrows()]
                   for name, group in groups.items()},
        "pivot": {"rows": [text(key) for key in pivot.index], "columns": [text(key) for key in pivot.columns],
                  "means": [[number(x) for x in row] for row in pivot.to_numpy()]},
    }


def number(x) -> float | None:
    return None if pd.isna(x) else float(x)


def text(x) -> str:
    """A key as it stands in the file; of a missing one nothing."""
    if pd.isna(x):
        return ""
    return str(int(x)) if isinstance(x, float) and x == int(x) else str(x)


def made() -> str:
    rng = random.Random(20260204)
    lines = ["id,class,sex,port,age,fare,name"]
    for i in range(120):
        port = rng.choice(["S", "S", "C", "Q", "X", ""])
        age = rng.choice(["", str(rng.randint(0, 80)), f"{rng.randint(0, 80)}.5"])
        name = rng.choice(['"김, 하나"', "이둘", '"박 ""셋"""', "", "O'Neil"])
        # Means of classes 9 and 10 show whether numbers are sorted as numbers.
        lines.append(f"{i},{rng.choice([9, 10, 2])},{rng.choice(['male', 'female', 'female', ''])},{port},{age},"
                     f"{rng.randint(0, 2_000_000) / 10_000},{name}")
    return "\n".join(lines) + "\n"


def main() -> None:
    csv = made()
    table = pd.read_csv(io.StringIO(csv))
    ports = pd.read_csv(io.StringIO(PORTS))
    # A missing key of ours equals nothing; both tables lack it here, so that pandas agrees.
    joined = table.merge(ports, on="port", how="left")
    by_age = table.sort_values("age", ascending=False, kind="stable")["id"].tolist()
    golden = {
        "made_by": f"{Path(__file__).name}, pandas {pd.__version__}",
        "csv": csv,
        "ports": PORTS,
        "figures": figures(table, ["class", "sex", "port"], "age"),
        "oldest_first": by_age,
        "joined_hours": [number(x) for x in joined["hours"]],
        "joined_cities": [text(x) for x in joined["city"]],
    }
    cache = os.environ.get("WORKSHOP_CACHE")
    if cache and (file := Path(cache) / "titanic" / "titanic.csv").exists():
        golden["titanic"] = figures(pd.read_csv(file), ["Pclass", "Sex", "Embarked"], "Survived")
    target = Path(__file__).parent.parent / "fixtures" / "week02" / "table.json"
    target.write_text(json.dumps(golden, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(f"{target.name}: {target.stat().st_size} bytes, {golden['made_by']}")


if __name__ == "__main__":
    main()
