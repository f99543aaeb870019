"""A small parquet file, written by pyarrow, and what stands in it.

Writes ../fixtures/week02/reviews.parquet (two groups of rows, compressed with zstd; texts, numbers, missing values, a list,
a list of groups, a date and a time) and reviews.json, the same rows as pyarrow reads them again.

    pip install -r requirements.txt
    python week02_parquet.py
"""

import datetime
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

ROWS = 7


def main() -> None:
    schema = pa.schema([
        ("id", pa.int64()), ("document", pa.string()), ("label", pa.int8()), ("score", pa.float64()),
        ("weight", pa.float32()), ("seen", pa.bool_()), ("tags", pa.list_(pa.string())),
        ("turns", pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))),
        ("day", pa.date32()), ("at", pa.timestamp("us")),
    ])
    rows = [
        {
            "id": 9_007_199_254_740_993 + i, "document": None if i == 2 else f"{i}번 감상: 좋아요, \"최고\"\n둘째 줄",
            "label": None if i == 4 else i % 2, "score": i / 4, "weight": 0.1 * i, "seen": i % 3 == 0,
            "tags": None if i == 1 else ["영화", "음악"][: i % 3],
            "turns": [{"role": "user", "content": f"질문 {j}"} for j in range(i % 3)],
            "day": datetime.date(2026, 2, 1 + i), "at": datetime.datetime(2026, 2, 1 + i, 12, 30, 15, 250_000),
        }
        for i in range(ROWS)
    ]
    folder = Path(__file__).parent.parent / "fixtures" / "week02"
    target = folder / "reviews.parquet"
    pq.write_table(pa.Table.from_pylist(rows, schema), target, row_group_size=4, compression="zstd")
    read = pq.read_table(target).to_pylist()
    kept = [{key: row[key] for key in ("id", "document", "label", "score", "seen", "tags", "turns")} for row in read]
    (folder / "reviews.json").write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(f"{target.name}: {ROWS} rows, {target.stat().st_size} bytes, pyarrow {pa.__version__}")


if __name__ == "__main__":
    main()
