"""Golden text from bytes that come in parts: what Python's incremental UTF-8 decoder gives back after each.

Writes ../fixtures/week03/stream.json: for each case the parts, as lists of bytes, the text that is given back after each
part, and how many bytes wait in the end.

    python week03_stream.py
"""

import codecs
import json
import platform
from pathlib import Path

han = "한".encode()
smile = "😀".encode()
sentence = "한국어! ok 😀".encode()

CASES = {
    "plain letters": [b"He", b"llo", b" there"],
    "whole syllables": ["한국".encode(), "어".encode()],
    "a syllable in two tokens": [han[:2], han[2:]],
    "a syllable in three tokens": [han[:1], han[1:2], han[2:]],
    "a syllable and the start of the next": [han + "글".encode()[:1], "글".encode()[1:]],
    "a sign of four bytes in four tokens": [smile[i : i + 1] for i in range(4)],
    "a sentence, byte by byte": [sentence[i : i + 1] for i in range(len(sentence))],
    "a sentence, two bytes at a time": [sentence[i : i + 2] for i in range(0, len(sentence), 2)],
    "a sentence, five bytes at a time": [sentence[i : i + 5] for i in range(0, len(sentence), 5)],
    "an end that never comes": [b"ok ", han[:2]],
    "a start that something else follows": [han[:1], b"A"],
    "two starts, then letters": [han[:2], han[:2], b"ab"],
    "a syllable whose end is another's start": [han[:2], han],
    "a byte that never stands in UTF-8": [b"a\xffb", b"c"],
    "a byte without a start": [b"\x9c", b"!"],
    "an overlong slash": [b"\xc0\xaf", b"/"],
    "half of a surrogate": [b"\xed", b"\xa0\x80", b"."],
    "a sign beyond the last": [b"\xf4", b"\x90\x80\x80"],
    "three bytes of four, then a letter": [smile[:3], b"x"],
    "an empty token while a syllable waits": [han[:1], b"", han[1:]],
    "the mark that Rust writes, as text": ["\ufffd".encode()[:1], "\ufffd".encode()[1:]],
    "NUL and control signs": [b"\x00", b"\x7f\x1b"],
}

golden = {}
for name, parts in CASES.items():
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    texts = [decoder.decode(part) for part in parts]
    waiting = len(decoder.getstate()[0])
    # In parts and whole the text is the same.
    assert "".join(texts) + decoder.decode(b"", final=True) == b"".join(parts).decode(errors="replace"), name
    golden[name] = {"parts": [list(part) for part in parts], "texts": texts, "waiting": waiting}

target = Path(__file__).parent.parent / "fixtures" / "week03" / "stream.json"
made_by = f"{Path(__file__).name}, Python {platform.python_version()}"
target.write_text(json.dumps({"made_by": made_by, "cases": golden}, indent=1, ensure_ascii=False) + "\n")
print(f"{target.name}: {len(golden)} cases, {target.stat().st_size} bytes, {made_by}")
