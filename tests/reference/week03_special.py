"""Golden parts: how tokenizers cuts added special tokens out of a text.

Writes ../fixtures/week03/special.json: for each case the text, the special tokens, and the parts, each with whether it is
a special token.

    pip install -r requirements.txt
    python week03_special.py
"""

import json
from pathlib import Path

import tokenizers
from tokenizers import AddedToken, Tokenizer
from tokenizers.models import WordLevel

CHAT = ["<|im_start|>", "<|im_end|>", "<|endoftext|>"]

CASES = {
    "nothing": ("", CHAT),
    "no special token in the text": ("안녕하세요.", CHAT),
    "no special tokens at all": ("안녕<|im_end|>", []),
    "only a special token": ("<|im_end|>", CHAT),
    "at the end": ("안녕<|im_end|>", CHAT),
    "at the start": ("<|im_start|>안녕", CHAT),
    "in the middle": ("안녕<|im_end|>하세요", CHAT),
    "two in a row": ("<|im_end|><|im_start|>", CHAT),
    "the same twice": ("가<|im_end|>나<|im_end|>다", CHAT),
    "a line end between two": ("<|im_end|>\n<|im_start|>", CHAT),
    "spaces around one": ("가 <|im_end|> 나", CHAT),
    "a message": ("<|im_start|>user\n안녕?<|im_end|>\n<|im_start|>assistant\n", CHAT),
    "one begins with another": ("a<s>b<s>>c", ["<s>", "<s>>"]),
    "one begins with another, the longer listed first": ("a<s>>b<s>c", ["<s>>", "<s>"]),
    "three that begin alike": ("가가가나가가", ["가", "가가", "가가가"]),
    "one within another": ("<a><b>|<b>", ["<b>", "<a><b>"]),
    "two that overlap": ("xabcx bc", ["ab", "bc"]),
    "two that overlap, the later longer": ("xabcdx", ["ab", "bcd"]),
    "the earlier before the longer": ("가나다라 나다라 가나", ["가나", "나다라"]),
    "two that overlap, listed from the end": ("abc abc", ["bc", "ab"]),
    "three that overlap, listed from the end": ("<x<y<z", ["y<z", "x<y", "<x"]),
    "half of one": ("<|im_<|im_end|>", CHAT),
    "a space within one": ("안녕<|im_ end|>", CHAT),
    "capitals": ("안녕<|IM_END|>", CHAT),
    "a start that is cut off": ("안녕<|im_start|", CHAT),
    "Korean special tokens": ("[질문]몇 시?[답]세 시.[끝]", ["[질문]", "[답]", "[끝]"]),
    "one sign": ("a|b||c", ["|"]),
}

golden = {}
for name, (text, special) in CASES.items():
    tokenizer = Tokenizer(WordLevel({"?": 0}, unk_token="?"))
    tokenizer.add_special_tokens([AddedToken(token, normalized=False) for token in special])
    encoding = tokenizer.encode(text)
    # Without a pre-tokenizer all text between two special tokens is one unknown word.
    parts = [[id != 0, text[start:end]] for id, (start, end) in zip(encoding.ids, encoding.offsets)]
    assert "".join(part for _, part in parts) == text, name
    assert all((part in special) or not is_special for is_special, part in parts), name
    golden[name] = {"text": text, "special": special, "parts": parts}

target = Path(__file__).parent.parent / "fixtures" / "week03" / "special.json"
made_by = f"{Path(__file__).name}, tokenizers {tokenizers.__version__}"
target.write_text(json.dumps({"made_by": made_by, "cases": golden}, indent=1, ensure_ascii=False) + "\n")
print(f"{target.name}: {len(golden)} cases, {target.stat().st_size} bytes, {made_by}")
