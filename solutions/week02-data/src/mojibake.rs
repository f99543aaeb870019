//! Mojibake undone: UTF-8 that was read as Windows-1252.
//!
//! Windows-1252 gives one sign to each byte. Five bytes, 81, 8D, 8F, 90 and 9D, have no sign in Microsoft's table. Here
//! they stand for the control characters of the same number, as browsers read them (WHATWG Encoding Standard), and as the
//! library ftfy does under the name "sloppy-windows-1252".

/// The signs of the bytes 80 to 9F in Windows-1252, in order. Every other byte stands for the sign of the same number.
pub const FROM_0X80: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', //
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

// ANCHOR: repair
/// The text that was meant, where `text` is UTF-8 read as Windows-1252, once or several times; `text` itself where it is not.
///
/// ```
/// use sol02_data::mojibake::repair;
/// assert_eq!(repair("ê°€"), "가");
/// assert_eq!(repair("café"), "café"); // the byte E9 alone is no UTF-8
/// ```
pub fn repair(text: &str) -> String {
    // SOLUTION: undo every reading of UTF-8 as Windows-1252, and leave what was read rightly
    let byte = |sign: char| match FROM_0X80.iter().position(|high| *high == sign) {
        Some(place) => u8::try_from(0x80 + place).ok(),
        None => u8::try_from(u32::from(sign)).ok().filter(|byte| !(0x80..0xa0).contains(byte)),
    };
    let mut meant = text.to_owned();
    loop {
        let bytes: Option<Vec<u8>> = meant.chars().map(byte).collect();
        match bytes.and_then(|bytes| String::from_utf8(bytes).ok()) {
            // Each reading makes two to four signs of one, so each undoing makes the text shorter, and this ends.
            Some(before) if before != meant => meant = before,
            _ => return meant,
        }
    }
    // END
}
// ANCHOR_END: repair

#[cfg(test)]
mod tests {
    use super::{FROM_0X80, repair};

    /// UTF-8 read as Windows-1252.
    fn misread(text: &str) -> String {
        let sign = |byte: u8| match byte {
            0x80..=0x9f => FROM_0X80[usize::from(byte - 0x80)],
            _ => char::from(byte),
        };
        text.bytes().map(sign).collect()
    }

    #[test]
    fn what_was_misread_up_to_three_times_comes_back() {
        for text in ["가", "한국어를 읽는다", "café", "“따옴표”", "👩‍💻", "\u{81}\u{9d}é", ""] {
            let mut bad = text.to_owned();
            for times in 0..=3 {
                assert_eq!(repair(&bad), text, "{times} times");
                bad = misread(&bad);
            }
        }
    }

    #[test]
    fn what_was_read_rightly_stays() {
        for text in ["plain", "café", "Ã", "한국어 Ã©", "\u{80}", "ì•", "é\u{fffd}", "ÇÑ±¹"] {
            assert_eq!(repair(text), text);
        }
        assert_eq!(repair("ï¿½"), "\u{fffd}");
    }
}
