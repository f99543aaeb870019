"""Golden cuts: what Hugging Face's `tokenizers` makes of words with a WordPiece vocabulary.

Writes ../fixtures/week03/wordpiece.json: for each case its name, the vocabulary, the longest word, the words, and of each
word its tokens.

    pip install -r requirements.txt
    python week03_wordpiece.py
"""

import json
import random
from pathlib import Path

import tokenizers
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.trainers import WordPieceTrainer

KOREAN = ["학교", "학", "학생", "교", "##교", "##생", "##에서", "##에", "##서", "##는", "집", "##이", "나", "나는", "##를", "친구"]
# "사과나무" (an apple tree) begins with "사과나", and then there is no "##무".
GREEDY = ["사과나", "사과", "나무", "##나", "##나무", "##무를", "배", "배나", "##를", "##를팔", "##았다", "물", "물고", "##고기"]
ENGLISH = ["un", "##aff", "##able", "##a", "##ff", "play", "##ing", "##ed", "play##", "the", "t", "##h", "##e", "i", "##n"]
SHARP = ["#", "##", "###", "####", "a", "##a", "b", "##b"]


def cut(vocabulary: list[str], longest: int, words: list[str]) -> list[list[str]]:
    ids = {token: i for i, token in enumerate(["[UNK]", *vocabulary])}
    model = WordPiece(vocab=ids, unk_token="[UNK]", max_input_chars_per_word=longest)
    tokenizer = Tokenizer(model)
    return [tokenizer.encode(word, add_special_tokens=False).tokens for word in words]


def main() -> None:
    rng = random.Random(20260301)
    cases = []

    def case(name: str, vocabulary: list[str], words: list[str], longest: int = 100) -> None:
        vocabulary = sorted(set(vocabulary))
        cases.append({"name": name, "vocabulary": vocabulary, "longest": longest, "words": words,
                      "tokens": cut(vocabulary, longest, words)})

    case("words that can be cut", KOREAN, ["학교에서", "학교에", "집에서", "나는", "학생이", "학교", "학"])
    case("words with a part that is no token", KOREAN, ["학교의", "뷁교에서", "학생뷁이", "에서", "친", "x"])
    case("a longest token that leaves a bad rest", GREEDY,
         ["사과나무", "사과나무를", "배나무", "사과를팔았다", "물고기", "배를"])
    case("a shorter token would have saved the word", ["una", "un", "##able", "##bl", "re", "red", "##do"],
         ["unable", "redo", "red", "un", "unabl"])
    case("English", ENGLISH, ["unaffable", "playing", "played", "play", "the", "thee", "in", "inn", "plays", "then"])
    case("tokens made of #", SHARP, ["#", "##", "###", "#a", "##a", "a#", "a##b", "ab#", "####"])
    case("an empty word", KOREAN, ["", "학", ""])
    case("an empty word, and nothing known", [], ["", "학교", "a"])
    case("words at the limit", KOREAN, ["학교에서", "학교에", "학교에서는", "학", "나", ""], longest=4)
    case("a limit of one", KOREAN, ["학", "집", "학교", "나는", ""], longest=1)
    case("long words", ["가", "##가", "##가가가"], ["가" * 100, "가" * 101, "가" * 34, "가" * 35])
    case("characters of four bytes", ["😀", "##😀", "##😀😀", "a", "##a"], ["😀", "😀😀😀", "a😀a", "😀b", "😀" * 26])

    # Vocabularies as they come out of training, on words that were and were not seen.
    stems = ["학교", "학생", "친구", "집", "시장", "바다", "나무", "사과", "책", "도서관", "선생님", "고양이"]
    endings = ["", "은", "는", "이", "가", "을", "를", "에", "에서", "에는", "으로", "까지", "부터", "이다", "입니다"]
    for size in (45, 70, 110):
        seen = [rng.choice(stems) + rng.choice(endings) for _ in range(400)]
        tokenizer = Tokenizer(WordPiece(unk_token="[UNK]"))
        tokenizer.train_from_iterator(seen, WordPieceTrainer(vocab_size=size, special_tokens=["[UNK]"], show_progress=False))
        words = [rng.choice(stems) + rng.choice(endings) + rng.choice(["", "", rng.choice(endings)]) for _ in range(24)]
        words += ["학교뷁", "도서관에서는", "고양이까지", "바다가을"]
        vocabulary = [token for token in tokenizer.get_vocab() if token != "[UNK]"]
        case(f"a trained vocabulary of {len(vocabulary)}", vocabulary, words)
    write("wordpiece.json", cases, f"{Path(__file__).name}, tokenizers {tokenizers.__version__}")


def write(file: str, cases: list, made_by: str) -> None:
    target = Path(__file__).parent.parent / "fixtures" / "week03" / file
    lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases)
    target.write_text(f'{{"made_by": {json.dumps(made_by)}, "cases": [\n{lines}\n]}}\n', encoding="utf-8")
    print(f"{target.name}: {len(cases)} cases, {target.stat().st_size} bytes, {made_by}")


if __name__ == "__main__":
    main()
