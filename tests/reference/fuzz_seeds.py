"""The first inputs of tests/fuzz: small files of every kind that the readers know, and some that are nearly one.

    python tests/reference/fuzz_seeds.py
"""

import gzip
import io
import json
import struct
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

SEEDS = Path(__file__).parent.parent / "fuzz" / "seeds"


def seed(target, name, content):
    path = SEEDS / target / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def records():
    seed("records", "plain.txt", "첫 줄\n둘째 줄\r\n\nlast")
    seed("records", "tabs.tsv", "id\ttext\tlabel\r\n1\t좋아요\t1\n2\t별로\n3\t\t0\n")
    seed("records", "no-name.tsv", "\ttext\t\n1\ta\t\n")
    seed("records", "quotes.csv", 'id,text\n1,"a, ""b""\nc"\n2,plain\n3,"open\n4,x\n')
    seed("records", "reopened.csv", 'id,text\n' + 'a"b,"\n' * 8)
    seed("records", "array.json", '[{"id": 1, "text": "가"}, {"text": null, "more": [1, {"a": "]"}]}\n, 5,, {"text": "x"}]')
    seed("records", "open-array.json", '[{"text": "a"}, {"text": "b"} {"text": "\\u00e9\\n"}')
    seed("records", "lines.jsonl", '{"id": 1, "text": "가\\tb"}\n\n{"text": {"a": [1, 2]}, "text": 2}\n[1]\n{"text": "\\u0000"}\n')
    seed("records", "deep.jsonl", '{"text": ' + "[" * 130 + "]" * 130 + "}\n")
    seed("records", "long.txt", "a" * 101 + "\nb\n" + "한" * 40 + "\n")
    seed("records", "bom.csv", b"\xef\xbb\xbftext\n\xff\nok\n")
    seed("records", "text.gz", gzip.compress("id\ttext\n1\t가나다\n2\n".encode(), mtime=0))
    two = gzip.compress(b'{"text": "a"}\n', mtime=0) + gzip.compress(b'{"text": "b"}\n', mtime=0)
    seed("records", "two.gz", two)
    seed("records", "cut.gz", two[:-9])
    seed("records", "page.html", "<!doctype html><p>a")
    seed("records", "utf16.txt", "a\tb\n".encode("utf-16"))

    def parquet(name, columns, **options):
        file = io.BytesIO()
        table = pa.table(columns).replace_schema_metadata(None)
        pq.write_table(table, file, write_statistics=False, store_schema=False, **options)
        seed("records", name, file.getvalue())

    parquet("text.parquet", {"text": ["가", None, "b", "b"]}, compression="none")
    parquet("snappy.parquet", {"text": ["a" * 40, "b"], "n": [1, 2]}, compression="snappy", use_dictionary=False)
    parquet("gzip.parquet", {"x": [1.5, None, float("nan")]}, compression="gzip")
    parquet("zstd.parquet", {"flag": [True, False, None] * 9}, compression="zstd")
    parquet("list.parquet", {"list": [[1, 2], [], None]}, compression="none")
    parquet("group.parquet", {"g": [{"a": 1, "b": "x"}, None]}, compression="none")
    parquet("v2.parquet", {"text": ["ab", "abc", "b"]}, compression="none", data_page_version="2.0", use_dictionary=False,
            column_encoding={"text": "DELTA_BYTE_ARRAY"})


def clean_text():
    text = "오늘은 비가 와서 집에서 책을 읽었다. 뷁이라는 글자도 있었다."
    for name, content in {
        "korean": text,
        "cp949": text.encode("cp949"),
        "utf16": text.encode("utf-16"),
        "cut": text.encode()[1:-2],
        "western": "“Café”, naïve – déjà vu".encode("cp1252"),
        "mojibake": "한국어를 읽는다".encode().decode("latin-1"),
        "mojibake-line": "ê°€ and 가\nÃ©\n",
        "jamo": "\u1112\u1161\u11ab\u1100\u1173\u11af ㅋㅋ ﾡ ＡＢＣ １２３！",
        "odd-signs": "\ufeff가\u200b나\u00ad다\r\n1\u20282\u00a0b\u3164c\u0000d\ufffe\ufffd",
        "emoji": "👩‍💻 ❤️‍🔥 1️⃣ 🏴\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f 葛\U000e0100 a\u200d\u0301\u200c",
        "accents": "e\u0301 \u0323\u0301 =\u0338 ↔\u0338\u200d \u0344 \u2126 \uf900",
        "page.html": '<!DOCTYPE html><html lang="ko"><meta charset=euc-kr><title>a &amp; b</title><nav><a href=x>menu</a></nav>'
        "<h1>제목</h1><p>오늘은 비가 와서 집에서 책을 읽었다.<br>그리고 &lt;b&gt; &#54620;&#xae00; &nbsp;끝.<pre>a\n b</pre>",
        "broken.html": "<div><p hidden>x</div a='<b c=\"><a href=><a href='y>z</ a><!--><script>if (a</b) </script ><td>1<td>2</3>&#x;&copy",
        "personal": "번호: 990101-1000000, 전화 010-0000-0001 (+82 10 0000 0002), 카드 4111-1111-1111-1111, 메일 a.b@example.co.kr, "
        "계좌 000-00-000001, 192.0.2.255, v1.2.3.4",
        "touching": "9901011000000-010-0000-0001@b.com.4111111111111111.a@b.cc.192.0.2.1 계좌 000-00-990101-1000000",
        "two-languages": "나는 학교에 간다. I walk to school every day. 私は学校へ行きます。我去学校。",
        "repeated": "좋은 날 참 좋은 날 또\n" * 6 + "...\n끝…\nhttp://example.com www.example.org 12345 ♥♥ㅋㅋ",
        "filters.json": '{"rules": [{"measure": "characters", "at_least": 10.0}, {"measure": {"top-ngram": 4}, "at_most": 0.3}]}',
    }.items():
        seed("clean_text", name, content)


def byte_level():
    for name, content in {
        "korean": "나는 오늘 학교에 갔다. 학교에서 친구를 만났다!",
        "contractions": "It's I'M they'rE we'LL 's 'ſ x'd",
        "spaces": "a  b\n\n\n  c\r\n \t d   \u00a0\u3000e\u2028 ",
        "numbers": "1 12 123 1234 ٣½Ⅳ  5 x6",
        "signs": " !!\n/// -- #tag @a (b)\n\r ʰAbCǅé\u0301\u0300",
        "emoji": "👩‍💻1️⃣🇰🇷\ufe0f\u200d",
        "jamo": "\u1112\u1161\u11ab글 ㅋㅋ",
        "special": "<|endoftext|>a<|im_end|>",
        "no-text": bytes(range(256)),
        "long-word": "가나다" * 40 + "ab" * 60,
    }.items():
        seed("byte_level", name, content)


def tokenizer_json():
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "use_regex": True}
    llama3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
              r"|\s*[\r\n]+|\s+(?!\S)|\s+")
    split = {"type": "Split", "pattern": {"Regex": llama3}, "behavior": "Isolated"}

    def document(name, vocab, merges, added=(), pre=byte_level, normalizer=None, **model):
        model = {"type": "BPE", "vocab": {"@": 0} | vocab, "merges": merges} | model
        added = [{"id": i, "content": content} for i, content in added]
        document = {"added_tokens": added, "normalizer": normalizer, "pre_tokenizer": pre, "model": model}
        seed("tokenizer_json", name, json.dumps(document, ensure_ascii=False, separators=(",", ":")))

    document("bytes.json", {}, [])
    document("merges.json", {"ab": 256, "abab": 257, "Ġab": 258}, [["a", "b"], ["ab", "ab"], ["Ġ", "ab"]])
    document("old-merges.json", {"ab": 256}, ["a b"], normalizer={"type": "NFC"})
    document("special.json", {"<s>": 256}, [], [(256, "<s>"), (257, "</s>")])
    document("special-in-merge.json", {" ": 256, "a ": 257}, [["a", " "]], [(256, " ")])
    document("special-twice.json", {}, [], [(256, "<s>"), (257, "<s>")])
    document("special-byte.json", {}, [], [(32, "Ġ")])
    document("whole.json", {"ab": 256, "aba": 257}, [["a", "b"]], ignore_merges=True)
    document("llama3.json", {}, [], pre={"type": "Sequence", "pretokenizers": [split, byte_level | {"use_regex": False}]})
    digits = {"type": "Digits", "individual_digits": True}
    document("smollm.json", {}, [], pre={"type": "Sequence", "pretokenizers": [digits, byte_level]})
    document("wrong-id.json", {"ab": 300}, [["a", "b"]])
    document("unigram.json", {}, [], type="Unigram")
    seed("tokenizer_json", "empty.json", "{}")


def packed_and_gguf():
    def packed(name, pattern, kind, tokens, merges=()):
        content = b"WSVOCAB1" + bytes([pattern, kind]) + struct.pack("<I", len(tokens))
        content += b"".join(struct.pack("<H", len(token)) for token in tokens) + b"".join(tokens)
        if kind == 1:
            content += struct.pack("<I", len(merges)) + b"".join(struct.pack("<III", *merge) for merge in merges)
        seed("packed_and_gguf", name, content)

    singles = [bytes([byte]) for byte in range(256)]
    packed("ranks.bin", 2, 0, singles + [b"ab", b"abab"])
    packed("merges.bin", 5, 1, [b"a", b"b", b"ab", b"", b" "], [(0, 1, 2), (2, 2, 0), (4, 2, 3)])
    packed("empty.bin", 0, 1, [])
    seed("packed_and_gguf", "claims.bin", b"WSVOCAB1\0\1\xff\xff\xff\xff")

    def text(content):
        return struct.pack("<Q", len(content.encode())) + content.encode()

    def pair(key, kind, value):
        return text(key) + struct.pack("<I", kind) + value

    def texts(items):
        return struct.pack("<IQ", 8, len(items)) + b"".join(map(text, items))

    def gguf(name, pairs, count=None):
        head = b"GGUF" + struct.pack("<IQQ", 3, 0, len(pairs) if count is None else count)
        seed("packed_and_gguf", name, head + b"".join(pairs))

    def tokenizer(pre, tokens, merges, types=()):
        pairs = [pair("tokenizer.ggml.model", 8, text("gpt2")), pair("tokenizer.ggml.pre", 8, text(pre))]
        pairs.append(pair("tokenizer.ggml.tokens", 9, texts(tokens)))
        if types:
            pairs.append(pair("tokenizer.ggml.token_type", 9, struct.pack(f"<IQ{len(types)}i", 5, len(types), *types)))
        return pairs + [pair("tokenizer.ggml.merges", 9, texts(merges))]

    gguf("smollm.gguf", tokenizer("smollm", ["<s>", "a", "b", "ab", "Ġ", "Ġab"], ["a b", "Ġ ab"], [3, 1, 1, 1, 1, 1]))
    gguf("llama.gguf", tokenizer("llama-bpe", ["a", "b", "ab"], ["a b"]))
    gguf("special.gguf", tokenizer("gpt-2", ["a", " ", "", "a "], ["a ", " a"], [4, 3, 3, 1]))
    numbers = [pair(f"n{kind}", kind, bytes(size)) for kind, size in [(0, 1), (3, 2), (5, 4), (6, 4), (7, 1), (11, 8), (12, 8)]]
    gguf("numbers.gguf", numbers)
    gguf("many.gguf", [pair("a", 9, struct.pack("<IQ", 8, 1 << 60))], 1 << 62)


def unigram_wordpiece():
    for name, content in {
        "korean": "학교에서 친구를 만났다. 학교는 멀다.",
        "english": "the cat sat on the mat",
        "unknown": "학😀😀교에 x",
        "vocabulary": "학교\n학\n##교\n##에서\n##에\n에\n\n학교에서 학교에 학생",
        "overlapping": "a\naa\naaa\n##a\n##aa\n\naaaaaaaa aab",
        "odd-vocabulary": "\n##\n####\n[UNK]\na\na\n\n## #### [UNK] a##a",
        "wide": "한\n한국\n😀\n\u0301\n\n한국한😀\u0301e\u0301",
    }.items():
        seed("unigram_wordpiece", name, content)
    seed("unigram_wordpiece", "no-text", bytes(range(128, 256)))


for target in [records, clean_text, byte_level, tokenizer_json, packed_and_gguf, unigram_wordpiece]:
    target()
for path in sorted(SEEDS.glob("*/*")):
    if path.stat().st_size > 1000:
        print(path, path.stat().st_size)
