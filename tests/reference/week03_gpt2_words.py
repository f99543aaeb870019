"""Golden words: how tokenizers' `ByteLevel` and the package `regex` cut texts by GPT-2's pattern.

Writes ../fixtures/week03/gpt2_words.json: for each case the text and its words.

    pip install -r requirements.txt
    python week03_gpt2_words.py
"""

import json
from pathlib import Path

import regex
import tokenizers
from tokenizers.pre_tokenizers import ByteLevel

PATTERN = regex.compile(r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")

CASES = {
    "nothing": "",
    "one word": "학교",
    "a sentence": "나는 오늘 학교에 갔다.",
    "English": "Hello world, it is me!",
    "one space": " ",
    "three spaces": "   ",
    "a space at the start": " 학교",
    "a space at the end": "학교 ",
    "two spaces between words": "나는  갔다",
    "four spaces between words": "나는    갔다",
    "two spaces at the end": "갔다.  ",
    "a line end": "갔다.\n왔다.",
    "a line end and spaces": "갔다.\n\n  왔다.\n",
    "tabs": "\t\t갔다\t왔다",
    "a tab before a word": "a\tb",
    "a space and a tab": "a \tb",
    "a tab and a space": "a\t b",
    "a wide space": "가\u3000나",
    "two wide spaces": "가\u3000\u3000나",
    "digits": "12345",
    "digits and letters": "2026년 11월 21일",
    "digits within a word": "abc123def",
    "a price": "값은 3,500원!",
    "signs": "뭐?!?! -- 아...",
    "signs after a space": "그래 ... 응 !",
    "English endings": "it's don't we're I've I'm he'll she'd",
    "English endings in capitals": "IT'S DON'T WE'RE I'VE I'M HE'LL SHE'D",
    "endings in mixed case": "Don'T say I'Ll, he'D",
    "an ending before other letters": "'style 'tis 'really 'more 'ddd",
    "an ending alone": "'s",
    "an ending after a space": " 's 't",
    "a quotation": "'좋아' 'yes' '나'",
    "an ending in Korean": "it's학교",
    "an apostrophe that is none": "it’s",
    "an apostrophe at the end": "the boys' '",
    "faces": "좋아😀😀 👍",
    "jamo": "ㅋㅋㅋ ㅠㅠ",
    "Chinese and Japanese": "漢字とかな",
    "fractions and Roman numbers": "½ Ⅳ ²",
    "code": "let x = f(a_1, 'b');\n    return x;",
}

golden = {}
level = ByteLevel(add_prefix_space=False, use_regex=True)
for name, text in CASES.items():
    words = [text[start:end] for _, (start, end) in level.pre_tokenize_str(text)] if text else []
    assert words == PATTERN.findall(text), name
    assert "".join(words) == text, name
    golden[name] = {"text": text, "words": words}

target = Path(__file__).parent.parent / "fixtures" / "week03" / "gpt2_words.json"
made_by = f"{Path(__file__).name}, tokenizers {tokenizers.__version__}, regex {regex.__version__}"
target.write_text(json.dumps({"made_by": made_by, "cases": golden}, indent=1, ensure_ascii=False) + "\n")
print(f"{target.name}: {len(golden)} cases, {target.stat().st_size} bytes, {made_by}")
