"""Golden values of byte-pair encoding: what Hugging Face's tokenizers learns, and what it makes of words.

Writes to ../fixtures/week03:

- `pairs.json`: words with their counts in the middle of a training, and the pair that is merged next. How often the pair
  occurs is the largest `min_frequency` at which the trainer still merges it.
- `merge.json`: symbols, a pair, and what a model with this one merge makes of them.
- `bpe_encode.json`: merges that were learnt, words, and their tokens.

Symbols are numbers: the ids that the trainer gives, in the order of the characters. All sentences were written for this.

    pip install -r requirements.txt
    python week03_bpe.py
"""

import json
import random
from pathlib import Path

import tokenizers
from tokenizers import Tokenizer
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import WhitespaceSplit
from tokenizers.trainers import BpeTrainer

SCHOOL = """나는 학교에 간다 너는 학교에서 온다 우리는 학교로 간다 학교는 크다 학교가 좋다 동생은 집에 있다 집에서 학교까지 걷는다
학생은 학교에서 배운다 학생이 학교에 온다 선생님은 학생을 본다 학교에서는 뛰지 않는다 집에서는 뛴다 교실에서 학생들이 배운다"""
RAIN = """비가 온다 비가 그쳤다 눈이 온다 눈이 그쳤다 바람이 분다 바람이 그쳤다 비바람이 분다 눈비가 온다 온다던 비가 온다"""
LAUGH = "ㅋㅋㅋㅋㅋ ㅋㅋㅋ ㅎㅎㅎ ㅋㅋㅎㅎ ㅎㅋㅎㅋ ㅋㅋㅋㅋ ㅎㅎ ㅋ"


def as_bytes(text: str) -> str:
    """A word as characters that stand for its bytes."""
    return " ".join("".join(chr(0x100 + byte) for byte in word.encode()) for word in text.split())


def train(text: str, merges: int, least: int = 0) -> tuple[dict[str, int], list[tuple[str, str]]]:
    tokenizer = Tokenizer(BPE())
    tokenizer.pre_tokenizer = WhitespaceSplit()
    size = len(set("".join(text.split()))) + merges
    tokenizer.train_from_iterator([text], BpeTrainer(vocab_size=size, min_frequency=least, show_progress=False))
    model = json.loads(tokenizer.to_str())["model"]
    return model["vocab"], [tuple(pair) for pair in model["merges"]]


def ids(vocab: dict[str, int], merges: list[tuple[str, str]], word: str) -> list[int]:
    model = Tokenizer(BPE(vocab=vocab, merges=merges))
    return model.encode(word).ids if word else []


def counted(text: str) -> list[tuple[str, int]]:
    words = text.split()
    return [(word, words.count(word)) for word in dict.fromkeys(words)]


def pairs() -> dict:
    cases = []
    texts = {
        "words about a school": SCHOOL, "the same words as bytes": as_bytes(SCHOOL), "words about rain": RAIN,
        "laughter": LAUGH, "words that occur often or once": "가나 " * 5 + "나다 " * 3 + "다나가 다나가 다나",
        "pairs that occur equally often": "라마 다라 나다 가나 마가", "one pair, both ways round": "나가 나가 가나 가나 가나가",
    }
    for name, text in texts.items():
        vocab, merges = train(text, 30)
        for step in (0, 1, 2, 4, 7, 12):
            if step >= len(merges):
                break
            left, right = merges[step]
            count = 1
            while len(train(text, 30, count + 1)[1]) > step:
                count += 1
            words = [[ids(vocab, merges[:step], word), times] for word, times in counted(text)]
            cases.append({"name": f"{name}: merges {step}", "words": words,
                          "pair": [vocab[left], vocab[right]], "count": count})
    return {"cases": cases}


def merge() -> dict:
    cases = []

    def case(symbols: str, left: str, right: str) -> None:
        vocab = {c: i for i, c in enumerate("0123456789")} | {left + right: 10}
        numbers = [int(c) for c in symbols]
        got = ids(vocab, [(left, right)], symbols)
        cases.append({"symbols": numbers, "pair": [int(left), int(right)], "merged": 10, "result": got})

    for symbols, pair in [
        ("123", "12"), ("312", "12"), ("1212", "12"), ("21212", "12"), ("111", "11"), ("1111", "11"), ("11111", "11"),
        ("2111", "11"), ("3", "12"), ("", "12"), ("21", "12"), ("112", "12"), ("122", "12"), ("3456", "12"), ("31123", "12"),
        ("312123121", "12"), ("77277", "77"), ("1221", "12"), ("4125126", "12"), ("1113111", "11"),
    ]:
        case(symbols, *pair)
    rng = random.Random(20261121)
    for _ in range(8):
        symbols = "".join(rng.choice("123") for _ in range(rng.randint(8, 14)))
        case(symbols, *rng.choice(["12", "11", "23", "31", "22"]))
    return {"cases": cases}


def bpe_encode() -> dict:
    new = "학교 학교에서 학교에서는 학생들은 집에서도 교실에서는 배운다는 선생님에게 걷는다 는다는다 서에교학 에에에에 학"
    vocabularies = []
    for name, text, count, words in [
        ("words about a school", SCHOOL, 40, new.split()),
        ("words about rain", RAIN, 14, "비바람 온다온다 눈바람이 그쳤다던 비가온다 다온다비 람이분다".split()),
        ("laughter", LAUGH, 6, ["ㅋ" * n for n in (1, 2, 3, 5, 6, 7, 9)] + ["ㅎㅎㅋㅋㅎㅎㅋ", "ㅋㅎㅎㅎㅎㅋㅋㅋ"]),
        ("words about a school, as bytes", as_bytes(SCHOOL), 60,
         as_bytes("학교에서 학생들은 교실에 안녕 집집에서 뛰는다 a").split()),
    ]:
        vocab, merges = train(text, count)
        assert len({left + right for left, right in merges}) == len(merges), "two merges that make one token"
        # A character that the trainer has not seen has no id.
        cases = []
        for word in words:
            known = "".join(c for c in word if c in vocab)
            symbols = ids(vocab, [], known)
            cases.append({"symbols": symbols, "result": ids(vocab, merges, known)})
        # Words of characters in any order: what no text holds meets other merges.
        rng = random.Random(7)
        often = sorted(set(text) - set(" \n"), key=lambda c: (-text.count(c), c))[:6]
        for _ in range(6):
            word = "".join(rng.choice(often) for _ in range(rng.randint(5, 12)))
            cases.append({"symbols": ids(vocab, [], word), "result": ids(vocab, merges, word)})
        numbers = [[vocab[left], vocab[right], vocab[left + right]] for left, right in merges]
        vocabularies.append({"name": name, "merges": numbers, "cases": cases})
    return {"vocabularies": vocabularies}


def main() -> None:
    folder = Path(__file__).parent.parent / "fixtures" / "week03"
    made_by = f"{Path(__file__).name}, tokenizers {tokenizers.__version__}"
    for name, made in [("pairs", pairs()), ("merge", merge()), ("bpe_encode", bpe_encode())]:
        target = folder / f"{name}.json"
        target.write_text(json.dumps({"made_by": made_by} | made, separators=(",", ":")) + "\n", encoding="utf-8")
        print(f"{target.name}: {target.stat().st_size} bytes, {made_by}")


if __name__ == "__main__":
    main()
