"""Golden overlaps: n-grams by NLTK, the words that they cover by pandas.

Writes ../fixtures/week02/contamination.json: a list of cases, each `name`, `document`, `test` (n-grams joined by a space),
`n` and `overlap`.

    pip install -r requirements.txt
    python week02_contamination.py
"""

import json
import random
from pathlib import Path

import nltk
import pandas
from nltk.util import ngrams

ITEM = "한국의 수도는 어디인가 서울이다"
CASES = {
    "the whole item": (ITEM, [ITEM], 2),
    "an item inside a text": (f"어제 시험에 나온 문제는 {ITEM} 라고 한다", [ITEM], 2),
    "half of the item": ("한국의 수도는 서울에 있고 바다는 없다", [ITEM], 2),
    "other particles": ("한국에 수도가 어디인가를 서울이라", [ITEM], 2),
    "single words": ("서울이다 부산이다 서울이다 대구이다", [ITEM], 1),
    "the same words in another order": ("서울이다 어디인가 수도는 한국의", [ITEM], 2),
    "one sequence at the end": ("우리가 물은 것은 수도는 어디인가", [ITEM], 2),
    "one sequence twice": ("수도는 어디인가 하고 다시 수도는 어디인가 하고", [ITEM], 2),
    "two spaces and a line break": ("한국의  수도는\n어디인가\t라고 물었다", [ITEM], 3),
    "a full stop is part of a word": ("수도는 어디인가. 어디인가 서울이다", [ITEM], 2),
    "two items that meet": ("하나 둘 셋 넷 다섯 여섯", ["하나 둘 셋", "넷 다섯 여섯"], 3),
    "fewer words than n": ("한국의 수도는", [ITEM], 3),
    "as many words as n": ("한국의 수도는 어디인가", [ITEM], 3),
    "capital letters": ("What is the Capital of Korea ?", ["what is the capital of korea ?"], 3),
    "an empty test set": ("아무 글이나 좋다", [], 2),
}


def drawn() -> dict[str, tuple[str, list[str], int]]:
    rng = random.Random(20260602)
    words = ["가", "나무", "바다는", "정말", "x"]
    draw = lambda length: " ".join(rng.choices(words, k=length))
    return {f"{length} drawn words, n = {n}": (draw(length), [draw(9)], n) for n in (2, 3) for length in (12, 40, 41)}


cases = []
for name, (document, items, n) in (CASES | drawn()).items():
    test = sorted({" ".join(gram) for item in items for gram in ngrams(item.split(), n)})
    words = document.split()
    hits = pandas.Series([" ".join(words[i : i + n]) in test and i + n <= len(words) for i in range(len(words))])
    covered = hits.astype(int).rolling(n, min_periods=1).max()
    cases.append({"name": name, "document": document, "test": test, "n": n, "overlap": float(covered.mean())})
target = Path(__file__).parent.parent / "fixtures" / "week02" / "contamination.json"
target.write_text(json.dumps(cases, ensure_ascii=False, indent=0) + "\n")
print(f"{target.name}: {len(cases)} cases, nltk {nltk.__version__}, pandas {pandas.__version__}")
