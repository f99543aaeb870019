//! Hangul composition: conjoining jamo to syllables (Unicode Standard §3.12).
//!
//! | standard | here | range |
//! |---|---|---|
//! | leading consonant, L | `0..19`, from U+1100 | U+1100 to U+1112 |
//! | vowel, V | `0..21`, from U+1161 | U+1161 to U+1175 |
//! | trailing consonant, T | `1..28`, from U+11A7, which itself means "none" | U+11A8 to U+11C2 |
//! | syllable, S | U+AC00 + (L · 21 + V) · 28 + T | U+AC00 to U+D7A3 |
//!
//! This is the part of the normal form NFC that concerns Hangul, and no other part of it.

// ANCHOR: compose
/// The text with every sequence of a leading consonant, a vowel and perhaps a trailing consonant as one syllable; all else as it is.
///
/// ```
/// use sol02_data::compose::compose;
/// assert_eq!(compose("\u{1112}\u{1161}\u{11ab}"), "한");
/// ```
pub fn compose(text: &str) -> String {
    // SOLUTION: every leading consonant, vowel and perhaps trailing consonant that stand side by side as one syllable
    let number = |sign: char, first: u32, count: u32| u32::from(sign).checked_sub(first).filter(|n| *n < count);
    let mut composed = String::with_capacity(text.len());
    let mut last: Option<char> = None; // read, and perhaps the beginning of a syllable
    for sign in text.chars() {
        let joined = last.and_then(|last| {
            if let (Some(l), Some(v)) = (number(last, 0x1100, 19), number(sign, 0x1161, 21)) {
                return char::from_u32(0xac00 + (l * 21 + v) * 28);
            }
            // A syllable without a trailing consonant stands at a multiple of 28.
            let open = number(last, 0xac00, 11_172).filter(|s| s % 28 == 0)?;
            let t = number(sign, 0x11a7, 28).filter(|t| *t > 0)?;
            char::from_u32(0xac00 + open + t)
        });
        if joined.is_none() {
            composed.extend(last);
        }
        last = joined.or(Some(sign));
    }
    composed.extend(last);
    composed
    // END
}
// ANCHOR_END: compose

#[cfg(test)]
mod tests {
    use super::compose;

    #[test]
    fn jamo_become_syllables_and_all_else_stays() {
        for (text, expected) in [
            ("\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}", "한글"),
            ("\u{1112}\u{1161}", "하"),
            ("하\u{11ab}", "한"),
            ("한\u{11ab}", "한\u{11ab}"),
            ("\u{1112}\u{1112}\u{1161}\u{1161}", "\u{1112}하\u{1161}"),
            ("가\u{11a7}", "가\u{11a7}"),
            ("ㅎㅏㄴ", "ㅎㅏㄴ"),
            ("\u{1140}\u{1161}", "\u{1140}\u{1161}"),
            ("\u{1112}", "\u{1112}"),
            ("", ""),
        ] {
            assert_eq!(compose(text), expected, "{text:?}");
        }
    }

    #[test]
    fn every_syllable_comes_back() {
        let syllables: String = ('가'..='힣').collect();
        let number = |base: u32, n: u32| char::from_u32(base + n).into_iter();
        let apart: String = (0..11_172_u32)
            .flat_map(|s| {
                let (l, v, t) = (s / 588, s / 28 % 21, s % 28);
                number(0x1100, l).chain(number(0x1161, v)).chain(number(0x11a7, t).filter(move |_| t > 0))
            })
            .collect();
        assert_eq!(compose(&apart), syllables);
    }
}
