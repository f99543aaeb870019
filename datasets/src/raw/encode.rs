//! The ways in which a text gets damaged on its way, each the opposite of a repair.

/// The syllables of KS X 1001, in its order, which is that of Unicode: 25 rows of 94, one a line.
const SYLLABLES: &str = include_str!("../../text/raw/ks_x_1001.txt");

/// The signs of the bytes 80 to 9F in Windows-1252; where it has none, the control character of that number.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', //
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// UTF-8 read as Windows-1252.
pub(super) fn mojibake(text: &str) -> String {
    let sign = |byte: u8| match byte {
        0x80..=0x9f => WINDOWS_1252[usize::from(byte - 0x80)],
        _ => char::from(byte),
    };
    text.bytes().map(sign).collect()
}

/// The text in CP949, where it holds nothing but ASCII and the syllables of KS X 1001.
pub(super) fn cp949(text: &str) -> Option<Vec<u8>> {
    let mut bytes = vec![];
    for sign in text.chars() {
        if sign.is_ascii() {
            bytes.push(sign as u8);
            continue;
        }
        let (row, column) = SYLLABLES.lines().enumerate().find_map(|(row, line)| {
            let first = line.chars().next()?;
            let last = line.chars().next_back()?;
            let column = (first..=last).contains(&sign).then(|| line.chars().position(|other| other == sign))??;
            Some((row, column))
        })?;
        bytes.extend([0xb0 + row as u8, 0xa1 + column as u8]);
    }
    Some(bytes)
}

/// Each syllable as its two or three jamo: NFD.
pub(super) fn decompose(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 3);
    for sign in text.chars() {
        let Some(index) = u32::from(sign).checked_sub(0xac00).filter(|index| *index < 11_172) else {
            out.push(sign);
            continue;
        };
        let jamo = [Some(0x1100 + index / 588), Some(0x1161 + index % 588 / 28), Some(0x11a7 + index % 28)];
        out.extend(jamo.into_iter().flatten().filter(|code| *code != 0x11a7).filter_map(char::from_u32));
    }
    out
}

/// Every printable ASCII sign in full width.
pub(super) fn full_width(text: &str) -> String {
    let wide = |sign: char| match sign {
        ' ' => '\u{3000}',
        '!'..='~' => char::from_u32(u32::from(sign) + 0xfee0).unwrap_or(sign),
        _ => sign,
    };
    text.chars().map(wide).collect()
}

/// What has a meaning in HTML, written so that it has none.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_damage_is_what_its_standard_says() {
        assert_eq!(mojibake("가"), "ê°€");
        // 한 is C7 D1 and 글 is B1 DB in EUC-KR.
        assert_eq!(cp949("한글 a").as_deref(), Some(&[0xc7, 0xd1, 0xb1, 0xdb, b' ', b'a'][..]));
        assert_eq!(cp949("똠방"), None);
        assert_eq!(decompose("한가"), "\u{1112}\u{1161}\u{11ab}\u{1100}\u{1161}");
        assert_eq!(full_width("A 1."), "Ａ\u{3000}１．");
        assert_eq!(SYLLABLES.chars().filter(|sign| *sign != '\n').count(), 2350);
    }
}
