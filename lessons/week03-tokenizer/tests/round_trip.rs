//! `decode(encode(x)) == x`, for real and for random text, without normalisation and for every pattern.
//!
//! `ROUND_TRIPS` says how many texts there are; without it, 200,000.

use rayon::prelude::*;
use week00_workbench::datasets::corpus;
use week03_tokenizer::split::Pattern;
use week03_tokenizer::tokenizer::Tokenizer;

/// xorshift64*: enough to draw signs.
struct Draw(u64);

impl Draw {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % end
    }

    /// Any character, or one of those at which patterns turn, or a part of a real text.
    fn text(&mut self, real: &[String]) -> String {
        const SIGNS: &str = "aB가나ㅋ\u{1112}\u{1161}\u{11ab}09½ .,!'’-_/#\t\n\r\u{a0}\u{3000}\u{85}\u{200d}😀日🇰\u{fe0f}\u{301}sStTmMdD\0\u{7f}\u{fffd}";
        match self.below(3) {
            0 => {
                let length = self.below(24);
                (0..length).filter_map(|_| char::from_u32(self.below(0x11_0000) as u32)).collect()
            }
            1 => {
                let signs: Vec<char> = SIGNS.chars().collect();
                let length = self.below(40);
                (0..length).map(|_| signs[self.below(signs.len())]).collect()
            }
            _ => {
                let text = &real[self.below(real.len())];
                let (start, length) = (self.below(text.chars().count().max(1)), self.below(60));
                text.chars().skip(start).take(length).collect()
            }
        }
    }
}

#[test]
fn what_is_decoded_is_what_was_encoded() {
    let times: u64 = std::env::var("ROUND_TRIPS").ok().and_then(|times| times.parse().ok()).unwrap_or(200_000);
    let real: Vec<String> = (0..300).map(|index| corpus::document(1, index).text).collect();
    let tokenizers: Vec<Tokenizer> = Pattern::ALL
        .into_iter()
        .map(|pattern| Tokenizer::train(&real, 1000, pattern, &["<|endoftext|>", "<|im_end|>"]).unwrap())
        .collect();
    (0..times).into_par_iter().for_each(|number| {
        let text = Draw(number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1).text(&real);
        let tokenizer = &tokenizers[(number % tokenizers.len() as u64) as usize];
        let ids = tokenizer.encode(&text);
        assert_eq!(tokenizer.decode(&ids), text, "{:?}", tokenizer.pattern);
        assert!(ids.iter().all(|id| *id >= 2), "no text is a special token: {text:?}");
    });
}
