"""Golden mojibake: UTF-8 read as Windows-1252 by Python's and ftfy's codecs.

Writes ../fixtures/week02/mojibake.json: `cases`, each with a `text` and what was `meant`. Windows-1252 has five bytes without a
sign (81, 8D, 8F, 90, 9D). Python's own cp1252 refuses them; ftfy's `sloppy-windows-1252` reads them as the control
characters of the same number, as browsers do (WHATWG Encoding Standard). The golden values follow the latter; where none
of the five takes part, both are asked and must agree. One thing of ftfy's is left out: it writes U+FFFD as the byte 1A; here
no byte stands for it.

    pip install -r requirements.txt
"""

import json
from pathlib import Path

import ftfy
import ftfy.bad_codecs

ftfy.bad_codecs.ok()  # registers the codec
SLOPPY = "sloppy-windows-1252"
UNDEFINED = set("\x81\x8d\x8f\x90\x9d")

# What was meant, and how often it was misread.
MISREAD = {
    "one syllable": ("가", 1),
    "a word with none of the five": ("나라의 강", 1),
    "an accent": ("café", 1),
    "quotation marks": ("“말” ‘말’ …", 1),
    "the euro": ("3 €", 1),
    "syllables with the five bytes": ("한국말 읽기 공부", 1),
    "a sentence": ("비가 와서 학교에 못 갔다.", 1),
    "twice": ("한글", 2),
    "an accent, twice": ("déjà vu", 2),
    "three times": ("글 é", 3),
    "emoji": ("좋다 😀👩‍💻", 1),
    "ASCII around it": ("<p>물\tx=1</p>\r\n", 1),
    "a sign that was lost before": ("깨\ufffd짐", 1),
    "soft hyphen and no-break space": ("\xad\xa0ÿ", 1),
    "the sign of the number 129": ("\x81", 1),
}
# Not UTF-8 read as Windows-1252: to be left as it is.
OTHER = {
    "nothing": "",
    "ASCII": "plain text, 100%",
    "Korean": "한국말을 읽는다.",
    "an accent read rightly": "café",
    "quotation marks read rightly": "“quoted” – dash",
    "Korean beside mojibake": "한글 cafÃ©",
    "half a sign": "ê°",
    "a broken sequence": "Ã©Ã",
    "CP949 read as Windows-1252": "한국".encode("cp949").decode(SLOPPY),
    "UTF-8 read as Latin-1": "글“".encode().decode("latin-1"),
    "a capital read as Latin-1": "À la carte".encode().decode("latin-1"),
    "a number 128 alone": "\x80\x80",
    "a replacement character": "caf\ufffd Ã©",
    "a surrogate in bytes": b"\xed\xa0\x80".decode(SLOPPY),
    "too long a form": b"\xc0\xaf".decode(SLOPPY),
}


def misread(text: str) -> str:
    read = text.encode().decode(SLOPPY)
    if not set(read) & UNDEFINED:
        assert read == text.encode().decode("cp1252"), text
    return read


def repaired(text: str) -> str:
    """By the codecs alone."""
    while "\ufffd" not in text:
        try:
            before = text.encode(SLOPPY).decode()
        except UnicodeError:
            return text
        if before == text:
            return text
        text = before
    return text


def main() -> None:
    cases = []
    for name, (meant, times) in MISREAD.items():
        text = meant
        for _ in range(times):
            text = misread(text)
        assert repaired(text) == meant, name
        cases.append({"name": name, "text": text, "meant": meant})
    for name, text in OTHER.items():
        assert repaired(text) == text, name
        cases.append({"name": name, "text": text, "meant": text})
    golden = {"made_by": f"{Path(__file__).name}, ftfy {ftfy.__version__}", "cases": cases}
    target = Path(__file__).parent.parent / "fixtures" / "week02" / "mojibake.json"
    target.write_text(json.dumps(golden, indent=1) + "\n", encoding="utf-8", newline="\n")
    print(f"{target.name}: {len(cases)} cases, {target.stat().st_size} bytes, {golden['made_by']}")


if __name__ == "__main__":
    main()
