"""Golden alphabet of bytes: what transformers' `bytes_to_unicode` and the tokens of tokenizers' `ByteLevel` are.

Writes ../fixtures/week03/byte_alphabet.json: `characters`, for each byte the character that stands for it.

    pip install -r requirements.txt
    python week03_byte_alphabet.py
"""

import json
from pathlib import Path

import tokenizers
import transformers
from tokenizers.pre_tokenizers import ByteLevel
from transformers.convert_slow_tokenizer import bytes_to_unicode

table = bytes_to_unicode()
characters = [table[byte] for byte in range(256)]
# A second opinion, on what text can hold: every byte but those that no UTF-8 has.
level = ByteLevel(add_prefix_space=False, use_regex=False)
for code_point in [*range(0x800), 0x1000, 0xAC00, 0xD7A3, 0xE000, 0xF000, 0xFFFD, 0x10000, 0x40000, 0x80000, 0xC0000, 0x10FFFF]:
    text = chr(code_point)
    [(written, _)] = level.pre_tokenize_str(text)
    assert written == "".join(characters[byte] for byte in text.encode()), hex(code_point)
assert sorted(characters) == sorted(ByteLevel.alphabet())

target = Path(__file__).parent.parent / "fixtures" / "week03" / "byte_alphabet.json"
made_by = f"{Path(__file__).name}, transformers {transformers.__version__}, tokenizers {tokenizers.__version__}"
target.parent.mkdir(exist_ok=True)
target.write_text(json.dumps({"made_by": made_by, "characters": "".join(characters)}, ensure_ascii=False) + "\n")
print(f"{target.name}: {target.stat().st_size} bytes, {made_by}")
