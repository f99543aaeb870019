"""Golden records: what Python's own decoder and its csv module make of the same bytes.

Writes ../fixtures/week02/records.json: for each case its name, the file as hexadecimal digits, the number of columns, the
longest line, the records, and the numbers of the broken lines, from 1.

    python week02_records.py
"""

import csv
import io
import platform
import random
from pathlib import Path

from week02_group import write

WORDS = "좋아요 별로 최고 그냥 배우가 영화 ok 10점 음악이 😀 재미 있다 \"인용\" 'x".split()


def read(data: bytes, columns: int, longest: int) -> tuple[list, list]:
    records, broken = [], []
    for number, line in enumerate(io.BytesIO(data), 1):
        # Only a line feed ends a line here; a carriage return before it is part of the end.
        content = line[:-1].removesuffix(b"\r") if line.endswith(b"\n") else line
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError:
            broken.append(number)
            continue
        # csv gives no field for an empty line: a line without a tab is one field.
        fields = next(csv.reader([text], delimiter="\t", quoting=csv.QUOTE_NONE), []) or [""]
        if len(content) > longest or len(fields) != columns:
            broken.append(number)
        else:
            records.append(fields)
    return records, broken


def drawn(rng: random.Random, columns: int, longest: int, lines: int, end: bytes) -> bytes:
    """Mostly whole lines; some with a field too few or too many, in EUC-KR, cut inside a sign, empty, or too long."""
    data = b""
    for _ in range(lines):
        fields = [" ".join(rng.choices(WORDS, k=rng.randint(0, 3))) for _ in range(columns)]
        kind = rng.randint(0, 11)
        if kind == 0:
            fields = fields[:-1]
        elif kind == 1:
            fields += ["더"]
        elif kind == 2:
            fields = []
        elif kind == 3:
            fields[-1] = "길" * (longest // 3 + rng.randint(1, longest))
        line = "\t".join(fields).encode("utf-8")
        if kind == 4:
            line = "\t".join(["점수"] * columns).encode("euc-kr")
        elif kind == 5:
            line = line + "끝".encode("utf-8")[:2]
        data += line + end
    return data


def main() -> None:
    rng = random.Random(20260203)
    cases = []
    for columns, longest, lines, end in [
        (3, 200, 20, b"\n"), (3, 200, 20, b"\r\n"), (1, 60, 14, b"\n"), (2, 90, 16, b"\r\n"), (5, 500, 24, b"\n"),
    ]:
        data = drawn(rng, columns, longest, lines, end)
        if columns == 5:
            data = data.removesuffix(end) + "\t마지막".encode("utf-8") * 4  # no end after the last line
        records, broken = read(data, columns, longest)
        name = f"{lines} lines of {columns} columns, " + {b"\n": "LF", b"\r\n": "CRLF"}[end]
        cases.append({"name": name, "hex": data.hex(), "columns": columns, "longest": longest,
                      "records": records, "broken": broken})
    write("records.json", cases, f"{Path(__file__).name}, Python {platform.python_version()}")


if __name__ == "__main__":
    main()
