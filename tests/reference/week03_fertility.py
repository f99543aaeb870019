"""Golden fertility: tokens a word and bytes a token, with the counts of a tokenizer of Hugging Face.

Writes ../fixtures/week03/fertility.json: for each case texts, how many tokens a byte-level BPE of Hugging Face's `tokenizers`
makes of each, and the two ratios as exact fractions, rounded once. Words are what str.split() gives.

    pip install -r requirements.txt
    python week03_fertility.py
"""

import json
from fractions import Fraction
from pathlib import Path

import tokenizers
from tokenizers import ByteLevelBPETokenizer

TRAIN = [
    "나는 오늘 학교에 갔다. 학교에서 친구를 만났다.",
    "학교는 집에서 멀다. 그래서 버스를 탄다.",
    "친구는 오늘 집에서 책을 읽었다. 책은 재미있었다.",
]
# name: texts
CASES = {
    "two sentences": ["학교에서 책을 읽었다.", "나는 친구를 만났다."],
    "a short text and a long one": ["집", "오늘은 버스를 타고 학교에 가서 친구를 만나고 집에서 책을 읽었다. 책은 재미있었다."],
    "Korean and English": ["나는 GPU를 샀다.", "The quick brown fox jumps over the lazy dog."],
    "line ends, tabs, several spaces": ["  학교에\t갔다.\n\n집에  왔다. ", "책을\r\n읽었다"],
    "an empty text among others": ["", "친구는 멀다."],
    "emoji": ["ㅋㅋㅋ 😀😀", "와!"],
}


def main() -> None:
    tokenizer = ByteLevelBPETokenizer()
    tokenizer.train_from_iterator(TRAIN, vocab_size=320, min_frequency=1, show_progress=False)
    cases = []
    for name, texts in CASES.items():
        counts = [len(tokenizer.encode(text).ids) for text in texts]
        words = sum(len(text.split()) for text in texts)
        size = sum(len(text.encode()) for text in texts)
        cases.append({
            "name": name, "texts": texts, "counts": counts,
            "tokens_a_word": float(Fraction(sum(counts), words)), "bytes_a_token": float(Fraction(size, sum(counts))),
        })
    target = Path(__file__).parent.parent / "fixtures" / "week03" / "fertility.json"
    made_by = f"{Path(__file__).name}, tokenizers {tokenizers.__version__}"
    target.write_text(json.dumps({"made_by": made_by, "cases": cases}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(f"{target.name}: {len(cases)} cases, {target.stat().st_size} bytes, {made_by}")


if __name__ == "__main__":
    main()
