//! Any text through a byte-level tokenizer of each pattern and back, and any ids as text.
#![no_main]

use std::sync::LazyLock;

use fancy_regex::Regex;
use libfuzzer_sys::fuzz_target;
use unicode_normalization::UnicodeNormalization as _;
use week03_tokenizer::split::Pattern;
use week03_tokenizer::stream::push_token;
use week03_tokenizer::tokenizer::{Normalizer, Tokenizer};

const TEXTS: [&str; 3] = [
    "나는 오늘 학교에 갔다. 학교에서 친구를 만났다! 학교는 집에서 멀다. 그래서 버스를 탄다.\n\n  두 칸, 새 줄\r\n\t끝",
    "It's 12345 steps, I'm told; they're the same steps that we've walked. The cat sat on the mat.",
    "ㅋㅋㅋㅋ 😀👨\u{200d}👩\u{200d}👧 한글과 English, 日本語 \u{1112}\u{1161}\u{11ab}",
];
const SPECIAL: [&str; 2] = ["<|endoftext|>", "<|im_end|>"];

static TOKENIZERS: LazyLock<Vec<(Tokenizer, Regex)>> = LazyLock::new(|| {
    let made = |pattern: Pattern| {
        let tokenizer = Tokenizer::train(&TEXTS, 320, pattern, &SPECIAL).ok()?;
        Some((tokenizer, Regex::new(pattern.regex()).ok()?))
    };
    Pattern::ALL.into_iter().filter_map(made).collect()
});

fn target(bytes: &[u8]) {
    let text = shared::text(bytes);
    assert_eq!(TOKENIZERS.len(), Pattern::ALL.len());
    for (i, (tokenizer, regex)) in TOKENIZERS.iter().enumerate() {
        let words: Vec<&str> = tokenizer.pattern.words(&text).collect();
        assert_eq!(words.concat(), text);
        assert!(words.iter().all(|word| !word.is_empty()));
        // Of the regular expressions, which are slow, one for each input. It may give up on a text.
        if i == bytes.len() % Pattern::ALL.len() {
            let theirs: Vec<&str> = regex.find_iter(&*text).map_while(|found| Some(found.ok()?.as_str())).collect();
            assert_eq!(theirs, words[..theirs.len()], "{:?}", tokenizer.pattern);
        }

        let ids = tokenizer.encode(&text);
        assert_eq!(tokenizer.decode(&ids), text);
        assert!(ids.iter().all(|id| (SPECIAL.len()..tokenizer.bpe.len()).contains(&(*id as usize))));
        assert_eq!(tokenizer.decode(&tokenizer.encode_with_special(&text)), text);
        let pieces = tokenizer.pieces(&text);
        assert!(pieces.windows(2).all(|two| two[0].start < two[0].end && two[0].end == two[1].start));
        assert_eq!(pieces.last().map_or(0, |last| last.end), text.len());
    }
    let Some((tokenizer, _)) = TOKENIZERS.first() else { return };
    let nfc = Tokenizer { normalizer: Normalizer::Nfc, ..tokenizer.clone() };
    assert_eq!(nfc.decode(&nfc.encode(&text)), text.nfc().collect::<String>());

    // Ids that no text has, and some that no token has.
    let ids: Vec<u32> =
        bytes.chunks(2).map(|two| two.iter().fold(0, |id, byte| id << 8 | u32::from(*byte)) % 330).collect();
    let mut waiting = vec![];
    let token = |id: &u32| tokenizer.bpe.token(*id).unwrap_or_default();
    let mut streamed: String = ids.iter().map(|id| push_token(&mut waiting, token(id))).collect();
    assert!(waiting.len() < 4);
    streamed += &String::from_utf8_lossy(&waiting);
    assert_eq!(streamed, tokenizer.decode(&ids));
}

fuzz_target!(init: shared::start(1 << 30), |bytes: &[u8]| shared::watched(|| target(bytes)));
