"""Golden profiles and distances: n-grams by scikit-learn, places by NLTK.

Writes ../fixtures/week02/language.json: `profiles`, each with a `text`, a `size` and the `grams` that scikit-learn's
CountVectorizer finds with the analyser `char_wb` (words padded with one space), 1 to 3 signs, sorted by count and then by
sign; and `distances`, each with two profiles and the sum of what NLTK's TextCat says for each n-gram of the first. For an
n-gram that a language lacks, TextCat says "larger than any": in its place stands the length of the language's profile.

    pip install -r requirements.txt
"""

import json
import sys
from pathlib import Path

import nltk
import sklearn
from nltk.classify.textcat import TextCat
from sklearn.feature_extraction.text import CountVectorizer

KO = "아침에 비가 왔다. 비가 와서 학교에 걸어서 갔다. 학교에 가니 아무도 없었다."
EN = "it rained this morning and so we walked to the school in the rain and nobody was there"
JA = "朝は雨が降っていた。雨の中を学校まで歩いていった。"

PROFILES = {
    "one letter": ("a", 10),
    "one word": ("banana", 300),
    "two short words": ("ab ab c", 300),
    "a Korean word": ("가나가", 300),
    "Korean, the first 12": (KO, 12),
    "Korean": (KO, 300),
    "English, the first 20": (EN, 20),
    "English": (EN, 300),
    "Japanese, the first 15": (JA, 15),
    "lines and tabs": ("비가\n\n온다\t\t비가\u3000온다", 30),
    "capitals and digits": ("Aa aA 2026 2026", 300),
    "signs of four bytes": ("😀😀 😀é", 300),
    "no room": ("abc", 0),
    "nothing": ("", 5),
    "white space": (" \n ", 5),
}
DISTANCES = {
    "itself": ("Korean", "Korean"),
    "a language and its beginning": ("Korean, the first 12", "Korean"),
    "the other way round": ("Korean", "Korean, the first 12"),
    "Korean and English": ("Korean, the first 12", "English, the first 20"),
    "English and Korean": ("English, the first 20", "Korean, the first 12"),
    "a word and English": ("one word", "English"),
    "Japanese and Korean": ("Japanese, the first 15", "Korean"),
    "two short words and a word": ("two short words", "one word"),
    "nothing and English": ("nothing", "English"),
    "English and nothing": ("English, the first 20", "nothing"),
}


def profile(text: str, size: int) -> list[str]:
    if not text.split():
        return []
    vectorizer = CountVectorizer(analyzer="char_wb", ngram_range=(1, 3), lowercase=False)
    counts = vectorizer.fit_transform([text]).toarray()[0]
    ranked = sorted(zip(vectorizer.get_feature_names_out(), counts), key=lambda pair: (-pair[1], pair[0]))
    return [gram for gram, _ in ranked[:size]]


def distance(document: list[str], language: list[str]) -> int:
    class Corpus:
        def lang_freq(self, _):
            return {gram: len(language) - i for i, gram in enumerate(language)}

    textcat = TextCat.__new__(TextCat)  # without its own corpus
    textcat._corpus = Corpus()
    text = {gram: len(document) - i for i, gram in enumerate(document)}
    each = [textcat.calc_dist("any", gram, text) for gram in document]
    return sum(len(language) if one == sys.maxsize else one for one in each)


def main() -> None:
    profiles = {name: profile(text, size) for name, (text, size) in PROFILES.items()}
    golden = {
        "made_by": f"{Path(__file__).name}, scikit-learn {sklearn.__version__}, nltk {nltk.__version__}",
        "profiles": [
            {"name": name, "text": text, "size": size, "grams": profiles[name]}
            for name, (text, size) in PROFILES.items()
        ],
        "distances": [
            {"name": name, "document": profiles[a], "language": profiles[b],
             "distance": int(distance(profiles[a], profiles[b]))}
            for name, (a, b) in DISTANCES.items()
        ],
    }
    target = Path(__file__).parent.parent / "fixtures" / "week02" / "language.json"
    target.write_text(json.dumps(golden, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")
    counts = f"{len(profiles)} profiles, {len(DISTANCES)} distances"
    print(f"{target.name}: {counts}, {target.stat().st_size} bytes, {golden['made_by']}")


if __name__ == "__main__":
    main()
