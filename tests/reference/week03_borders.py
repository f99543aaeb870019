"""Golden borders of tokens, and their precision and recall.

Writes ../fixtures/week03/borders.json: for each case the tokens of a text and of what it should be cut into, the places of
their borders by itertools.accumulate over the lengths that Python's len gives (code points), and precision and recall by
nltk.metrics.

    pip install -r requirements.txt
    python week03_borders.py
"""

import json
import unicodedata
from itertools import accumulate
from pathlib import Path

import nltk
from nltk.metrics import precision, recall


def nfd(text: str) -> str:
    return unicodedata.normalize("NFD", text)


# name: (tokens, morphemes), of one text
CASES = {
    "a particle cut off": (["학교", "에서"], ["학교", "에서"]),
    "one cut too many": (["학교", "에", "서"], ["학교", "에서"]),
    "one cut of two": (["먹었", "습니다"], ["먹", "었", "습니다"]),
    "cut at another place": (["학", "교에서", "는"], ["학교", "에서", "는"]),
    "Korean and English": (["GPU", "에서", " run", "ning"], ["GPU", "에서", " ", "run", "ning"]),
    "a long word, cut by characters": (list("돌아가셨겠습니다만"), ["돌", "아", "가", "셨", "겠", "습니다", "만"]),
    "signs beyond the first plane": (["😀", "나", "는😀"], ["😀", "나", "는", "😀"]),
    "jamo, each a character": ([nfd("한"), nfd("글") + "은"], [nfd("한글"), "은"]),
}


def places(tokens: list[str]) -> list[int]:
    return list(accumulate(len(token) for token in tokens))[:-1]


def main() -> None:
    cases = []
    for name, (tokens, morphemes) in CASES.items():
        assert "".join(tokens) == "".join(morphemes), name
        predicted, right = places(tokens), places(morphemes)
        cases.append({
            "name": name, "tokens": tokens, "morphemes": morphemes, "predicted": predicted, "right": right,
            "precision": precision(set(right), set(predicted)), "recall": recall(set(right), set(predicted)),
        })
    target = Path(__file__).parent.parent / "fixtures" / "week03" / "borders.json"
    made_by = f"{Path(__file__).name}, nltk {nltk.__version__}"
    target.write_text(json.dumps({"made_by": made_by, "cases": cases}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(f"{target.name}: {len(cases)} cases, {target.stat().st_size} bytes, {made_by}")


if __name__ == "__main__":
    main()
