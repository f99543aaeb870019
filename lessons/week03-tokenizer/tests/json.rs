//! `tokenizer.json` beside Hugging Face's `tokenizers`: theirs read here, ours read there, the same ids.

use tokenizers::models::TrainerWrapper;
use tokenizers::models::bpe::{BPE, BpeTrainerBuilder};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::{AddedToken, Tokenizer as Theirs};
use week03_tokenizer::json;
use week03_tokenizer::split::Pattern;
use week03_tokenizer::tokenizer::{Normalizer, Tokenizer};

const TEXTS: [&str; 6] = [
    "나는 오늘 학교에 갔다. 학교에서 친구를 만났다!",
    "학교는 집에서 멀다. 그래서 버스를 탄다. It's 12345 steps, I'm told.",
    "오늘은 2026년 11월 21일이다.  두 칸\n\n새 줄\r\n\t끝   ",
    "ㅋㅋㅋㅋ 😀👨\u{200d}👩\u{200d}👧 한글과 English, 日本語",
    "\u{1112}\u{1161}\u{11ab}글 NFD",
    "<|endoftext|>학교<|endoftext|>",
];

#[test]
fn what_is_written_here_is_read_there() {
    for pattern in Pattern::ALL {
        for normalizer in [Normalizer::None, Normalizer::Nfc] {
            let ours = Tokenizer::train(&TEXTS, 330, pattern, &["<|endoftext|>"]).unwrap();
            let ours = Tokenizer { normalizer, ..ours };
            let written = json::write(&ours).unwrap();
            let theirs: Theirs = written.parse().unwrap();
            let again = json::read(&written).unwrap();
            for text in TEXTS {
                let ids = ours.encode_with_special(text);
                assert_eq!(theirs.encode(text, false).unwrap().get_ids(), ids, "{pattern:?} {text}");
                assert_eq!(theirs.decode(&ids, false).unwrap(), ours.decode(&ids), "{pattern:?} {text}");
                assert_eq!(again.encode_with_special(text), ids);
            }
        }
    }
}

#[test]
fn what_is_written_there_is_read_here() {
    let mut theirs = Theirs::new(BPE::default());
    theirs.with_pre_tokenizer(Some(ByteLevel::new(false, true, true)));
    let mut trainer: TrainerWrapper = BpeTrainerBuilder::new()
        .show_progress(false)
        .vocab_size(340)
        .special_tokens(vec![AddedToken::from("<|endoftext|>", true)])
        .initial_alphabet(ByteLevel::alphabet().into_iter().collect())
        .build()
        .into();
    theirs.train(&mut trainer, TEXTS.into_iter()).unwrap();
    let ours = json::read(&theirs.to_string(false).unwrap()).unwrap();
    for text in TEXTS {
        assert_eq!(ours.encode_with_special(text), theirs.encode(text, false).unwrap().get_ids(), "{text}");
    }
}

#[test]
fn what_is_no_such_tokenizer_is_refused_by_name() {
    let whole = json::write(&Tokenizer::train(&TEXTS, 300, Pattern::Gpt2, &["<s>"]).unwrap()).unwrap();
    let change = |from: &str, to: &str| {
        assert!(whole.contains(from), "{from}");
        json::read(&whole.replace(from, to)).expect_err(from).to_string()
    };
    assert!(json::read("").unwrap_err().to_string().contains("no JSON"));
    assert!(json::read("[]").unwrap_err().to_string().contains("model.type is null"));
    assert!(change("\"BPE\"", "\"Unigram\"").contains("model.type is \"Unigram\""));
    assert!(change("\"add_prefix_space\": false", "\"add_prefix_space\": true").contains("pre_tokenizer"));
    assert!(change("\"Ġ\":", "\"学\":").contains("學".replace('學', "学").as_str()));
    assert!(change("\"id\": 0", "\"id\": 7").contains("7"));
    assert!(change("\"byte_fallback\": false", "\"byte_fallback\": true").contains("byte_fallback"));
    for end in (0..whole.len()).filter(|end| whole.is_char_boundary(*end)).step_by(97) {
        assert!(json::read(&whole[..end]).is_err());
    }
}

#[test]
fn special_tokens_are_written_as_they_are() {
    let whole = Tokenizer::train(&TEXTS, 256 + 3, Pattern::Gpt2, &["<s>", " ", "a "]).unwrap();
    let written = json::write(&whole).unwrap();
    // In a merge, too, the one that is a space is no `Ġ`.
    let merged = written.replace("\"merges\": []", "\"merges\": [[\"a\", \" \"]]");
    let read = json::read(&merged).unwrap();
    assert_eq!(read.bpe.merges().len(), 1);
    let again = json::read(&json::write(&read).unwrap()).unwrap();
    assert_eq!(again.bpe.merges(), read.bpe.merges());
    assert_eq!(again.bpe.tokens(), read.bpe.tokens());

    // Of two that have one name, only one could be written.
    let twice = written.replacen("\"content\": \" \"", "\"content\": \"<s>\"", 1);
    assert!(json::read(&twice).unwrap_err().to_string().contains("\"<s>\" stands in added_tokens twice"));
}
