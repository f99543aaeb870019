"""A golden unigram model: what SentencePiece trains on counted words, and how it cuts words by it.

Writes ../fixtures/week03/unigram.json: the words with their counts, the vocabulary's size, SentencePiece's tokens with their
scores (control tokens left out), and words, some with characters that are no tokens, with the parts that SentencePiece
cuts them into. tests/unigram.rs of the lesson crate cuts by the same tokens, and trains on the same words.

    pip install -r requirements.txt
    python week03_unigram.py
    python week03_unigram.py compare TOKENS.json TEXT    # a model of ours beside SentencePiece and tokenizers, on a real text
"""

import io
import json
import math
import random
import sys
import time
from collections import Counter
from pathlib import Path

import sentencepiece
import tokenizers

VOCABULARY = 260
NOUNS = ("학교 친구 집 시장 바다 나무 사과 책 도서관 선생님 고양이 강아지 버스 기차 아침 저녁 가을 겨울 봄 비 눈 바람 창문 마당 "
         "가방 편지 그림 노래 이야기 동생 할머니 아버지 어머니 자전거 운동장 공원 우산 연필 시계 밥").split()
PARTICLES = "이 가 은 는 을 를 에 에서 에게 으로 로 까지 부터 도 만 의 와 과 이다 입니다 에는 에서는 처럼 보다".split()
VERBS = "걷 읽 먹 웃 앉 찾 받 잡 놓 숨 씻 벗 심 안 남 볶 닦 묻 깎 엮".split()
ENDINGS = "는다 었다 았다 고 지만 으면 어서 아서 는데 겠다 을까 습니다 었습니다 았습니다 으니까 는 은 을".split()


def train(lines: list[str], vocabulary: int, **settings) -> sentencepiece.SentencePieceProcessor:
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines), model_writer=model, vocab_size=vocabulary, model_type="unigram",
        character_coverage=1.0, normalization_rule_name="identity", split_by_unicode_script=False,
        split_by_number=False, num_threads=1, minloglevel=2, **settings,
    )
    return sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())


def tokens_of(model: sentencepiece.SentencePieceProcessor) -> list[list]:
    ids = range(model.get_piece_size())
    return [[model.id_to_piece(i), model.get_score(i)] for i in ids if not (model.is_control(i) or model.is_unknown(i))]


def golden() -> None:
    rng = random.Random(20260304)
    counts: Counter = Counter()
    while len(counts) < 900:
        noun = rng.random() < 0.65
        stem, end = (NOUNS, PARTICLES) if noun else (VERBS, ENDINGS)
        # A few words are much more frequent than the others.
        word = stem[int(len(stem) * rng.random() ** 2)] + end[int(len(end) * rng.random() ** 2)]
        if noun and rng.random() < 0.25:
            word = rng.choice(NOUNS) + word
        counts[word] += 1
    lines = [word for word in sorted(counts) for _ in range(counts[word])]
    model = train(lines, VOCABULARY + 3)
    texts = sorted(counts)[::3]
    texts += [rng.choice(NOUNS) + rng.choice(PARTICLES) + rng.choice(["", "뷁", "a1", "😀"]) for _ in range(150)]
    texts += ["".join(rng.choice("학교친구에서는이가을고었다") for _ in range(rng.randint(1, 12))) for _ in range(150)]
    cut = [[text, " ".join(model.encode(text, out_type=str))] for text in texts]
    made = {
        "made_by": f"{Path(__file__).name}, sentencepiece {sentencepiece.__version__}",
        "vocabulary": VOCABULARY, "words": sorted(counts.items()), "tokens": tokens_of(model), "cut": cut,
    }
    target = Path(__file__).parent.parent / "fixtures" / "week03" / "unigram.json"
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in made.items())
    target.write_text(f"{{{lines}}}\n", encoding="utf-8")
    print(f"{target.name}: {len(counts)} words, {len(made['tokens'])} tokens, {len(cut)} cut, {target.stat().st_size} bytes")


def quality(tokens: list, words: Counter) -> tuple[float, float]:
    """Log-likelihood for each character over all segmentations, and tokens for each word of the best one."""
    scores = {token: score for token, score in tokens}
    longest = max(map(len, scores))
    likelihood, characters, parts = 0.0, 0, 0
    for word, count in words.items():
        forward, best = [0.0], [(0.0, 0)]
        for end in range(1, len(word) + 1):
            starts = [(s, scores[word[s:end]]) for s in range(max(0, end - longest), end) if word[s:end] in scores]
            top = max(forward[s] + score for s, score in starts)
            forward.append(top + math.log(sum(math.exp(forward[s] + score - top) for s, score in starts)))
            best.append(max((best[s][0] + score, -best[s][1] - 1) for s, score in starts))
            best[-1] = (best[-1][0], -best[-1][1])
        likelihood += count * forward[-1]
        characters += count * len(word)
        parts += count * best[-1][1]
    return likelihood / characters, parts / sum(words.values())


def compare(tokens_file: str, text_file: str) -> None:
    ours = json.loads(Path(tokens_file).read_text(encoding="utf-8"))
    # Runs of spaces are one space, as in SentencePiece.
    lines = [" ".join(line.split()) for line in Path(text_file).read_text(encoding="utf-8").splitlines()]
    words = Counter("▁" + word for line in lines for word in line.split())
    print(f"{len(lines)} lines, {sum(words.values())} words, {len(words)} of them different, {len(ours)} tokens")

    def row(name: str, tokens: list, seconds: float | None) -> None:
        likelihood, parts = quality(tokens, words)
        shared = len({t for t, _ in tokens} & {t for t, _ in ours})
        time_taken = "" if seconds is None else f"  trained in {seconds:.1f} s"
        print(f"{name:14} {likelihood:.4f} nats a character  {parts:.4f} tokens a word  {shared} tokens as ours{time_taken}")

    row("ours", ours, None)
    start = time.monotonic()
    model = train(lines, len(ours) + 3, max_sentence_length=1_000_000)
    row("sentencepiece", tokens_of(model), time.monotonic() - start)
    theirs = tokenizers.Tokenizer(tokenizers.models.Unigram())
    theirs.pre_tokenizer = tokenizers.pre_tokenizers.Metaspace(prepend_scheme="always")
    trainer = tokenizers.trainers.UnigramTrainer(
        vocab_size=len(ours) + 1, unk_token="<unk>", special_tokens=["<unk>"], show_progress=False)
    start = time.monotonic()
    theirs.train_from_iterator(lines, trainer)
    seconds = time.monotonic() - start
    pairs = json.loads(theirs.to_str())["model"]["vocab"]
    row("tokenizers", [pair for pair in pairs if pair[0] != "<unk>"], seconds)


if __name__ == "__main__":
    compare(*sys.argv[2:]) if sys.argv[1:2] == ["compare"] else golden()
