"""Golden expected counts, in two ways that nobody here wrote.

Writes ../fixtures/week03/expectation.json: for each case its name, the tokens with their log-probabilities, the texts, and
of each text the log-probability over all segmentations (null where there is none) and the expected counts.

The expected count of a token is the derivative of the text's log-probability by the token's score. So the counts come from
PyTorch: `torch.logsumexp` from the left to the right in double precision, and `backward`. On every short text they are
compared with SentencePiece, which lists all segmentations with their scores (`nbest_size`).

    pip install -r requirements.txt
    python week03_expectation.py
"""

import json
import math
import random
from collections import Counter
from pathlib import Path

import sentencepiece
import torch
from sentencepiece import sentencepiece_model_pb2 as model_pb2


def expected(text: str, scores: dict[str, float]) -> tuple[float | None, dict[str, float]]:
    """The log-probability by `logsumexp`, and the counts as its gradient."""
    by_token = {token: torch.tensor(score, dtype=torch.float64, requires_grad=True) for token, score in scores.items()}
    ways = [torch.zeros((), dtype=torch.float64)]
    for end in range(1, len(text) + 1):
        terms = [ways[start] + by_token[text[start:end]] for start in range(end)
                 if ways[start] is not None and text[start:end] in by_token]
        ways.append(torch.logsumexp(torch.stack(terms), 0) if terms else None)
    if ways[-1] is None:
        return None, {}
    if text:
        ways[-1].backward()
    counts = {token: by_token[token].grad.item() for token in sorted(scores) if by_token[token].grad is not None}
    return ways[-1].item(), {token: count for token, count in counts.items() if count > 0.0}


def listed(text: str, scores: dict[str, float]) -> tuple[float, dict[str, float]]:
    """The same, from SentencePiece's list of all segmentations."""
    model = model_pb2.ModelProto()
    model.trainer_spec.model_type = 1  # UNIGRAM
    model.normalizer_spec.add_dummy_prefix = False
    model.normalizer_spec.remove_extra_whitespaces = False
    model.normalizer_spec.escape_whitespaces = False
    for token, kind in (("<unk>", 2), ("<s>", 3), ("</s>", 3)):
        model.pieces.add(piece=token, score=0.0, type=kind)
    for token, score in scores.items():
        model.pieces.add(piece=token, score=score, type=1)
    processor = sentencepiece.SentencePieceProcessor(model_proto=model.SerializeToString())
    segmentations = processor.nbest_encode(text, nbest_size=512, out_type=str)
    assert len(segmentations) < 512, text
    # One with an unknown character is no segmentation here; unknown neighbours, which are joined, may look like a token.
    segmentations = sorted({tuple(tokens) for tokens in segmentations if all(token in scores for token in tokens)})
    weights = [math.exp(sum(scores[token] for token in tokens)) for tokens in segmentations]
    total = sum(weights)
    counts: Counter = Counter()
    for tokens, weight in zip(segmentations, weights):
        for token in tokens:
            counts[token] += weight / total
    return math.log(total) if total else -math.inf, dict(counts)


def main() -> None:
    rng = random.Random(20260303)
    cases, compared = [], 0

    def case(name: str, scores: dict[str, float], texts: list[str]) -> None:
        nonlocal compared
        results = []
        for text in texts:
            log, counts = expected(text, scores)
            if 0 < len(text) <= 9 and log is not None:
                log_listed, counts_listed = listed(text, scores)
                assert math.isclose(log, log_listed, rel_tol=1e-9), (text, log, log_listed)
                assert counts.keys() == counts_listed.keys(), (text, counts, counts_listed)
                assert all(math.isclose(counts[t], counts_listed[t], rel_tol=1e-9) for t in counts), (text, counts)
                compared += 1
            results.append({"log": log, "counts": counts})
        cases.append({"name": name, "scores": scores, "texts": texts, "results": results})

    half = round(math.log(0.5), 6)
    case("two ways", {"가": half, "나": half, "가나": half}, ["가나", "나가", "가", "가나가나"])
    case("three syllables", {"학": -3.0, "교": -5.0, "에": -1.0, "학교": -2.0, "교에": -4.0, "학교에": -6.0},
         ["학교에", "학교", "교에", "학교에학교에"])
    case("a token in several places", {"가": -1.0, "가가": -2.5, "가가가": -3.0}, ["가", "가가", "가가가", "가가가가가가"])
    case("no segmentation", {"가": -1.0, "나": -2.0, "가나": -2.5}, ["가뷁", "뷁", "가나뷁나", "가나"])
    case("no segmentation, and tokens everywhere", {"가나": -1.0, "나다": -1.5}, ["가나다", "다가나", "가나나다", "나다나"])
    case("a character that is a token only in company", {"가나": -1.0, "다": -1.5, "나다": -2.0, "가": -3.0},
         ["가나다", "가나", "나다", "나", "가다가나다"])
    case("empty texts, and one of a token", {"가": -1.0}, ["", "가", ""])
    case("unequal probabilities", {"가": -1.0, "나": -7.0, "다": -2.0, "가나": -1.5, "나다": -6.0, "가나다": -9.0},
         ["가나다", "나다가", "다가나다"])
    for syllables, size in (("가나다", 14), ("학교에서는", 30)):
        tokens = set(syllables)
        while len(tokens) < size:
            tokens.add("".join(rng.choice(syllables) for _ in range(rng.randint(2, 4))))
        counts = {token: rng.randint(1, 1000) for token in sorted(tokens)}
        total = sum(counts.values())
        scores = {token: round(math.log(count / total), 6) for token, count in counts.items()}
        short = ["".join(rng.choice(syllables) for _ in range(rng.randint(3, 9))) for _ in range(6)]
        case(f"{size} tokens of {len(syllables)} syllables", scores, short)
        # Rare tokens, as in a large vocabulary: e to the power of -745 is the smallest double above 0.
        rare = {token: round(score - 8.0, 6) for token, score in scores.items()}
        long = "".join(rng.choice(syllables) for _ in range(200))
        assert expected(long, rare)[0] < -760.0
        case(f"a long text, {size} tokens of {len(syllables)} syllables", rare, [long])
    made_by = f"{Path(__file__).name}, torch {torch.__version__}, sentencepiece {sentencepiece.__version__}"
    print(f"{compared} texts compared with SentencePiece's lists")
    write("expectation.json", cases, made_by)


def write(file: str, cases: list, made_by: str) -> None:
    target = Path(__file__).parent.parent / "fixtures" / "week03" / file
    lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases)
    target.write_text(f'{{"made_by": {json.dumps(made_by)}, "cases": [\n{lines}\n]}}\n', encoding="utf-8")
    print(f"{target.name}: {len(cases)} cases, {target.stat().st_size} bytes, {made_by}")


if __name__ == "__main__":
    main()
