"""Golden shingles and Jaccard similarities, by nltk.

Writes ../fixtures/week02/shingles.json: cases with `name`, `text`, `k` and `shingles`, and cases with `name`, `a`, `b` (two
texts), `k` and `jaccard`.

    pip install -r requirements.txt
    python week02_shingles.py
"""

import json
from pathlib import Path

import nltk
from nltk.metrics.distance import jaccard_distance
from nltk.util import ngrams

TEXTS = {
    "letters": ("banana bread", 3),
    "Korean, 2 signs": ("비가 온다", 2),
    "Korean, 5 signs": ("어제 동생은 시장에서 귤을 샀다.", 5),
    "one sign each": ("가나다가나", 1),
    "repeated": ("ㅋㅋㅋㅋㅋㅋ", 2),
    "one after the other again": ("가나가나가나", 2),
    "exactly one": ("안녕하세요", 5),
    "shorter than k": ("네.", 5),
    "one sign, k of 3": ("응", 3),
    "other planes": ("좋아요 👍🏽 좋아요", 3),
    "two lines": ("첫 줄\n둘째 줄", 4),
}
PAIRS = {
    "one word more": ("나는 오늘 학교에 갔다.", "나는 오늘 아침에 학교에 갔다.", 2),
    "another particle": ("동생은 시장에서 귤을 샀다.", "동생이 시장에서 귤을 샀다.", 3),
    "nothing in common": ("가나다라", "마바사", 2),
    "the same": ("같은 글이다.", "같은 글이다.", 5),
    "one within the other": ("비가 온다", "어제부터 비가 온다", 2),
    "another order": ("사과와 배", "배와 사과", 1),
}


def shingles(text: str, k: int) -> set[str]:
    # nltk gives nothing for a text that is too short; here the text is its own shingle.
    return {"".join(gram) for gram in ngrams(text, min(k, len(text)))}


def main() -> None:
    single = [
        {"name": name, "text": text, "k": k, "shingles": sorted(shingles(text, k))} for name, (text, k) in TEXTS.items()
    ]
    pairs = [
        {"name": name, "a": a, "b": b, "k": k, "jaccard": 1 - jaccard_distance(shingles(a, k), shingles(b, k))}
        for name, (a, b, k) in PAIRS.items()
    ]
    target = Path(__file__).parent.parent / "fixtures" / "week02" / "shingles.json"
    target.parent.mkdir(exist_ok=True)
    made_by = f"{Path(__file__).name}, nltk {nltk.__version__}"
    golden = {"made_by": made_by, "shingles": single, "jaccard": pairs}
    target.write_text(json.dumps(golden, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")
    print(f"{target.name}: {len(single)} and {len(pairs)} cases, {target.stat().st_size} bytes, {made_by}")


if __name__ == "__main__":
    main()
