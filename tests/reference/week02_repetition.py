"""Golden shares of repeated characters: n-grams counted by scikit-learn, what they cover by pandas.

Writes ../fixtures/week02/repetition.json: a list of cases, each `name`, `words`, `n`, `top` (the share of the characters in
the most frequent n-gram, 0 where none occurs twice) and `duplicate` (the share in n-grams that occur more than once).

Rae et al. (2021), table A1, as RedPajama-V2 (Weber et al., 2024) computes the second: words are marked, and the
characters of the marked words are counted. Other programs count n-grams instead: there a share may exceed 1, or leave out
the first occurrence.

    pip install -r requirements.txt
    python week02_repetition.py
"""

import json
import random
from pathlib import Path

import pandas
import sklearn
from sklearn.feature_extraction.text import CountVectorizer

BETWEEN = "\x1f"  # stands in no word

CASES = {
    "nothing repeated": ("오늘은 비가 왔고 내일은 눈이 온다고 한다", 2),
    "one word again and again": ("정말 정말 정말 정말 정말", 2),
    "a pair twice": ("좋은 날 참 좋은 날 또", 2),
    "a sentence twice": ("나는 밥을 먹었다 그리고 나는 밥을 먹었다", 3),
    "overlapping pairs": ("가 나 가 나 가 다", 2),
    "two pairs equally often, one longer": ("가 나 그러니까 말이야 다 가 나 그러니까 말이야", 2),
    "keywords": ("서울 맛집 추천 서울 맛집 순위 서울 맛집 후기 부산 맛집", 2),
    "words of one": ("하나 둘 하나 셋 하나 둘", 1),
    "three, in the middle": ("처음 가나다 라 마바 다른 가나다 라 마바 끝맺음", 3),
    "fewer words than n": ("짧은 글", 3),
    "as many words as n": ("꼭 세 낱말", 3),
    "English and numbers": ("page 1 of 9 next page 1 of 9 next", 3),
}


def drawn() -> dict[str, tuple[str, int]]:
    rng = random.Random(20260601)
    words = ["가", "나무", "바다는", "정말", "x", "안녕하세요"]
    texts = {}
    for n in (1, 2, 3, 4):
        for length in (9, 30):
            texts[f"{length} drawn words, n = {n}"] = (" ".join(rng.choices(words[: 3 + n // 2], k=length)), n)
    return texts


def shares(words: list[str], n: int) -> tuple[float, float]:
    if len(words) < n:
        return 0.0, 0.0
    counter = CountVectorizer(
        tokenizer=lambda text: text.split(BETWEEN), token_pattern=None, lowercase=False, ngram_range=(n, n)
    )
    counts = counter.fit_transform([BETWEEN.join(words)]).toarray()[0]
    times = dict(zip(counter.get_feature_names_out(), counts))
    grams = pandas.Series([" ".join(words[i : i + n]) for i in range(len(words))])
    grams[len(words) - n + 1 :] = None  # too short: not an n-gram
    lengths = pandas.Series([len(word) for word in words])

    def covered(starts: pandas.Series) -> float:
        inside = starts.astype(int).rolling(n, min_periods=1).max() > 0
        return float(lengths[inside].sum() / lengths.sum())

    most = max(times.values())
    tops = [gram for gram, count in times.items() if count == most] if most > 1 else []
    top = max((covered(grams == gram) for gram in tops), default=0.0)
    return top, covered(grams.map(lambda gram: times.get(gram, 0) > 1))


cases = []
for name, (text, n) in (CASES | drawn()).items():
    words = text.split(" ")
    top, duplicate = shares(words, n)
    cases.append({"name": name, "words": words, "n": n, "top": top, "duplicate": duplicate})
target = Path(__file__).parent.parent / "fixtures" / "week02" / "repetition.json"
target.write_text(json.dumps(cases, ensure_ascii=False, indent=0) + "\n")
print(f"{target.name}: {len(cases)} cases, scikit-learn {sklearn.__version__}, pandas {pandas.__version__}")
