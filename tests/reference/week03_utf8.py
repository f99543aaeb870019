"""Golden bytes of characters: Python's own encoder.

Writes ../fixtures/week03/utf8.json: for each case its name, the character and its bytes.

    python week03_utf8.py
"""

import json
import platform
from pathlib import Path

CASES = {
    "a": "a letter of ASCII, a", "~": "a sign of ASCII, ~", "\0": "the number 0", "\x7f": "the last of one byte, U+007F",
    "\x80": "the first of two bytes, U+0080", "é": "é", "я": "a Cyrillic letter, я", "\u07ff": "the last of two bytes, U+07FF",
    "\u0800": "the first of three bytes, U+0800", "ㄱ": "a jamo, ㄱ", "ㅎ": "a jamo, ㅎ", "가": "the first syllable, 가",
    "한": "한", "글": "글", "힣": "the last syllable, 힣", "学": "a Chinese character, 学", "€": "€",
    "\uffff": "the last of three bytes, U+FFFF", "\U00010000": "the first of four bytes, U+10000", "😀": "an emoji, 😀",
    "🇰": "a half of a flag, U+1F1F0", "𠀀": "a rare Chinese character, U+20000", "\U0010ffff": "the last of all, U+10FFFF",
}


def main() -> None:
    cases = [{"name": name, "character": c, "bytes": list(c.encode("utf-8"))} for c, name in CASES.items()]
    target = Path(__file__).parent.parent / "fixtures" / "week03" / "utf8.json"
    made_by = f"{Path(__file__).name}, Python {platform.python_version()}"
    text = json.dumps({"made_by": made_by, "cases": cases}, separators=(",", ":"), ensure_ascii=True)
    target.write_text(text + "\n", encoding="utf-8")
    print(f"{target.name}: {len(cases)} cases, {target.stat().st_size} bytes, {made_by}")


if __name__ == "__main__":
    main()
