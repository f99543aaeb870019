"""Golden perplexities of a character n-gram model: NLTK's Lidstone.

Writes ../fixtures/week02/perplexity.json: a list of cases, each `name`, `texts` (counted), `n`, `k`, `vocabulary`,
`counts` (of sequences of n signs and of their histories), and `scored`: pairs of a text and its perplexity.

How NLTK maps to the piece: each text is padded by hand with n - 1 spaces in front and nothing behind, not with NLTK's
`<s>` and `</s>`; the model sees the n-grams of this order alone; `vocabulary` is `len(lm.vocab)`, which counts `<UNK>`,
the one name for all signs that it has not seen; NLTK's perplexity is 2 to the mean of -log2, the same number.

    pip install -r requirements.txt
    python week02_perplexity.py
"""

import json
from pathlib import Path

import nltk
from nltk.lm import Lidstone
from nltk.util import ngrams

SMALL = ["가나다", "가나", "나가"]
PROSE = ["비가 온다.", "비가 왔다.", "눈이 온다.", "오늘은 날씨가 좋다."]
JAMO = ["\u1112\u1161\u11ab\u1100\u1173\u11af", "\u1112\u1161\u1102\u1161"]
LONG = "오늘은 비가 온다. " * 60

CASES = {
    "one sign": (SMALL, 1, 1.0, ["가", "나다", "하"]),
    "two signs": (SMALL, 2, 1.0, ["가", "가나", "가나다", "다나가", "하"]),
    "two signs, little added": (SMALL, 2, 0.01, ["가나", "다가", "하하"]),
    "three signs": (SMALL, 3, 0.5, ["가나다", "나가나", "가"]),
    "sentences": (PROSE, 2, 0.1, ["비가 온다.", "눈이 왔다.", "ㅋㅋㅋㅋ", "rain"]),
    "sentences, three signs": (PROSE, 3, 0.05, ["오늘은 비가 온다.", "다온 가비", " ", "날"]),
    "sentences, four signs": (PROSE, 4, 0.2, ["오늘은 비가 온다.", "눈이"]),
    "single jamo": (JAMO, 3, 0.3, [JAMO[0], JAMO[1], JAMO[0][::-1]]),
    "a long text": (PROSE, 2, 0.05, [LONG, "ㅋ" * 700]),
}

cases = []
for name, (texts, n, k, scored) in CASES.items():
    def grams(text: str) -> list[tuple[str, ...]]:
        return list(ngrams(" " * (n - 1) + text, n))

    lm = Lidstone(k, n)
    signs = sorted({sign for text in texts for sign in " " * (n > 1) + text})
    lm.fit([grams(text) for text in texts], vocabulary_text=signs)
    counts: dict[str, int] = {}
    for history, following in (lm.counts[n].items() if n > 1 else [((), lm.counts.unigrams)]):
        counts["".join(history)] = following.N()
        for sign, count in following.items():
            counts["".join(history) + sign] = count
    cases.append({
        "name": name, "texts": texts, "n": n, "k": k, "vocabulary": len(lm.vocab),
        "counts": dict(sorted(counts.items())),
        "scored": [[text, lm.perplexity(grams(text))] for text in scored],
    })
target = Path(__file__).parent.parent / "fixtures" / "week02" / "perplexity.json"
target.write_text(json.dumps(cases, ensure_ascii=False, indent=0) + "\n")
print(f"{target.name}: {len(cases)} cases, {sum(len(c['scored']) for c in cases)} perplexities, nltk {nltk.__version__}")
