"""Golden segmentations: what the Unigram model of Hugging Face's `tokenizers` makes of texts.

Writes ../fixtures/week03/viterbi.json: for each case its name, the tokens with their log-probabilities, the score of an
unknown character, the texts, and of each text its tokens.

`tokenizers` joins unknown characters that are neighbours into one part; here they are taken apart again, since each of
them was scored by itself.

    pip install -r requirements.txt
    python week03_viterbi.py
"""

import json
import math
import random
from pathlib import Path

import tokenizers
from tokenizers import Tokenizer
from tokenizers.models import Unigram

# How much less than the least of all tokens an unknown character scores there.
PENALTY = 10.0


def segment(scores: dict[str, float], texts: list[str]) -> list[list[str]]:
    vocabulary = [("<unk>", 0.0), *scores.items()]
    tokenizer = Tokenizer(Unigram(vocabulary, unk_id=0, byte_fallback=False))
    results = []
    for text in texts:
        encoding = tokenizer.encode(text, add_special_tokens=False)
        tokens = []
        for identity, (start, end) in zip(encoding.ids, encoding.offsets):
            part = text[start:end]
            tokens.extend(part if identity == 0 else [part])
        assert "".join(tokens) == text, (text, tokens)
        results.append(tokens)
    return results


def main() -> None:
    rng = random.Random(20260302)
    cases = []

    def case(name: str, scores: dict[str, float], texts: list[str]) -> None:
        unknown = min(scores.values()) - PENALTY
        cases.append({"name": name, "scores": scores, "unknown": unknown, "texts": texts,
                      "tokens": segment(scores, texts)})

    # Quarters add up without rounding: what is equal on paper is equal here.
    school = {"학교": -2.0, "학": -3.0, "교": -5.0, "교에": -4.0, "에": -1.0, "에서": -2.5, "서": -3.5, "는": -1.5}
    case("one word", school, ["학교에", "학교에서", "학교에서는", "학", ""])
    case("the longest first token is not the best", {"사과나": -6.0, "사과": -2.0, "나무": -2.5, "무": -5.0, "나": -4.0},
         ["사과나무", "사과나", "나무사과나무"])
    case("fewer tokens are not always better", {"가나다": -9.0, "가": -1.0, "나": -2.0, "다": -1.5, "가나": -3.25, "나다": -6.0},
         ["가나다", "나다", "가나", "가나다가나다"])
    case("equal segmentations", {"가": -1.0, "나": -1.0, "다": -1.0, "가나": -2.0, "나다": -2.0, "가나다": -3.0},
         ["가나", "나다", "가나다", "가나가나", "다가나다"])
    case("equal segmentations, three ways", {"가": -2.0, "나": -2.0, "가나": -4.0, "나가": -4.0, "나가나": -6.0},
         ["가나가나", "나가나가", "가나가나가나"])
    case("unknown characters", school, ["학교뷁", "뷁학교", "뷁쀍", "학뷁교에서", "a학교b에", "😀😀"])
    case("unknown inside what would be a token", {"가": -1.0, "가뷁나": -3.0, "나": -2.0, "뷁나": -9.0},
         ["가뷁나", "뷁나", "뷁", "나뷁가", "뷁뷁나"])
    case("one token alone", {"가나": -1.0}, ["가나", "가", "나가", "가나가나", "가가나"])

    # Many tokens with scores as they come from counts.
    for syllables, size in (("가나다", 12), ("학교에서는", 30), ("가나다라마바사", 60)):
        tokens = set(syllables[:-1])
        while len(tokens) < size:
            tokens.add("".join(rng.choice(syllables) for _ in range(rng.randint(2, 4))))
        counts = {token: rng.randint(1, 1000) for token in sorted(tokens)}
        total = sum(counts.values())
        scores = {token: round(math.log(count / total), 6) for token, count in counts.items()}
        texts = ["".join(rng.choice(syllables) for _ in range(rng.randint(3, 16))) for _ in range(12)]
        case(f"{size} tokens of {len(syllables)} syllables", scores, texts)
    write("viterbi.json", cases, f"{Path(__file__).name}, tokenizers {tokenizers.__version__}")


def write(file: str, cases: list, made_by: str) -> None:
    target = Path(__file__).parent.parent / "fixtures" / "week03" / file
    lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases)
    target.write_text(f'{{"made_by": {json.dumps(made_by)}, "cases": [\n{lines}\n]}}\n', encoding="utf-8")
    print(f"{target.name}: {len(cases)} cases, {target.stat().st_size} bytes, {made_by}")


if __name__ == "__main__":
    main()
