"""Golden Hangul: what Python's unicodedata makes of conjoining jamo.

Writes ../fixtures/week02/compose.json: `cases`, each with a `text` and its `composed` form (NFC; the texts hold nothing but
Hangul and signs that NFC leaves alone), and `decomposed`, a fingerprint (FNV-1a, 64 bits) of all 11,172 syllables in order,
each taken apart (NFD), in UTF-8: the check makes that text itself and proves by the fingerprint that it is this one.

Only Python's own library is needed.
"""

import json
import unicodedata
from pathlib import Path

L, V, T = "\u1112", "\u1161", "\u11ab"  # h, a, n

CASES = {
    "a word": "한글",
    "a sentence": "꽃이 피었습니다. 값싼 닭을 삶았다!",
    "nothing to do": "이미 모은 글 abc ㅋㅋ ㅎㅏㄴ 漢字 😀",
    "leading, vowel": L + V,
    "leading, vowel, trailing": L + V + T,
    "leading alone": L,
    "vowel alone": V,
    "trailing alone": T,
    "vowel and trailing": "가" + L + " " + V + T,
    "leading and trailing": L + T + L,
    "two leading": L + L + V,
    "two vowels": L + V + V + T,
    "two trailing": L + V + T + T,
    "open syllable and trailing": "하" + T + " 가" + "\u11af",
    "closed syllable and trailing": "한" + T + " 값" + "\u11ba",
    "syllable and vowel": "하" + V + " 한" + V,
    "leading and syllable": L + "아" + L + V,
    "trailing, not leading": "\u11ab" + V + " " + "\u11a8" + V,
    "a sign in between": L + " " + V + T + L + V + "-" + T + L + "\n" + V,
    "last of each": "\u1112\u1175\u11c2" + " " + "\u1112\u1175",
    "first of each": "\u1100\u1161\u11a8" + " " + "\u1100\u1161",
    "old leading": "\u1140\u1161\u11ab" + " " + "\u1113\u1161",
    "old vowel": "\u1112\u1176\u11ab" + " " + "\u1112\u119e",
    "old trailing": "\u1112\u1161\u11c3" + " 가\u11f0",
    "just before the trailing ones": "가\u11a7" + " " + "\u1112\u1161\u11a7",
    "the same in a word": "나\u11a7라",
    "fillers": "\u115f\u1161" + "\u1100\u1160",
    "extended jamo": "\ua960\u1161" + "\u1100\ud7b0" + "가\ud7cb",
    "three at once": "\u1109\u1162\u1109\u1162\u11af" + L + T + "\u1103\u1169",
    "nothing": "",
}


def fnv1a(data: bytes) -> int:
    value = 0xCBF29CE484222325
    for byte in data:
        value = ((value ^ byte) * 0x100000001B3) % 2**64
    return value


def main() -> None:
    nfd = lambda text: unicodedata.normalize("NFD", text)
    nfc = lambda text: unicodedata.normalize("NFC", text)
    cases = dict(CASES)
    for name in ("a word", "a sentence"):
        cases[name] = nfd(cases[name])
    syllables = [chr(code) for code in range(0xAC00, 0xAC00 + 11172)]
    cases["every 61st syllable, taken apart"] = "".join(nfd(s) for s in syllables[::61])
    everything = "".join(map(nfd, syllables))
    assert nfc(everything) == "".join(syllables)
    golden = {
        "made_by": f"{Path(__file__).name}, unicodedata {unicodedata.unidata_version}",
        "decomposed": fnv1a(everything.encode()),
        "cases": [{"name": name, "text": text, "composed": nfc(text)} for name, text in cases.items()],
    }
    target = Path(__file__).parent.parent / "fixtures" / "week02" / "compose.json"
    target.write_text(json.dumps(golden, indent=1) + "\n", encoding="utf-8", newline="\n")
    print(f"{target.name}: {len(cases)} cases, {target.stat().st_size} bytes, {golden['made_by']}")


if __name__ == "__main__":
    main()
