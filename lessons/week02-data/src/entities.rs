//! The entities of HTML: `&amp;`, `&#44032;`, `&#xAC00;`.
//!
//! Numbers are read as the HTML standard says (§13.2.5.80): 128 to 159 as Windows-1252, what is no sign as U+FFFD. Of the
//! 2,231 names, those that stand in text of our languages; another stays as it is written.

use crate::mojibake::FROM_0X80;

/// The names, the ones that need no `;` first.
const NAMES: [(&str, &str); 64] = [
    ("amp", "&"),
    ("lt", "<"),
    ("gt", ">"),
    ("quot", "\""),
    ("nbsp", "\u{a0}"),
    ("copy", "©"),
    ("reg", "®"),
    ("laquo", "«"),
    ("raquo", "»"),
    ("middot", "·"),
    ("deg", "°"),
    ("plusmn", "±"),
    ("times", "×"),
    ("divide", "÷"),
    ("sect", "§"),
    ("para", "¶"),
    ("shy", "\u{ad}"),
    ("cent", "¢"),
    ("pound", "£"),
    ("yen", "¥"),
    ("frac12", "½"),
    ("frac14", "¼"),
    ("sup2", "²"),
    ("sup3", "³"),
    ("eacute", "é"),
    ("egrave", "è"),
    ("agrave", "à"),
    ("aacute", "á"),
    ("ccedil", "ç"),
    ("ouml", "ö"),
    ("uuml", "ü"),
    ("auml", "ä"),
    ("szlig", "ß"),
    ("ntilde", "ñ"),
    ("apos", "'"),
    ("hellip", "…"),
    ("ndash", "–"),
    ("mdash", "—"),
    ("lsquo", "‘"),
    ("rsquo", "’"),
    ("ldquo", "“"),
    ("rdquo", "”"),
    ("sbquo", "‚"),
    ("bdquo", "„"),
    ("lsaquo", "‹"),
    ("rsaquo", "›"),
    ("bull", "•"),
    ("euro", "€"),
    ("trade", "™"),
    ("larr", "←"),
    ("uarr", "↑"),
    ("rarr", "→"),
    ("darr", "↓"),
    ("infin", "∞"),
    ("ne", "≠"),
    ("le", "≤"),
    ("ge", "≥"),
    ("minus", "−"),
    ("zwnj", "\u{200c}"),
    ("zwj", "\u{200d}"),
    ("ensp", "\u{2002}"),
    ("emsp", "\u{2003}"),
    ("thinsp", "\u{2009}"),
    ("hearts", "♥"),
];
/// How many of the names need no `;`, as pages of the nineties wrote them.
const BARE: usize = 34;
/// Signs of the longest name or number, so that a lone `&` is passed quickly.
const LONGEST: usize = 10;

/// The text with its entities as the signs they stand for, once: `&amp;lt;` gives `&lt;`.
///
/// ```
/// use week02_data::entities::decode;
/// assert_eq!(decode("&#54620;&#xae00; &lt;b&gt; R&D"), "한글 <b> R&D");
/// ```
pub fn decode(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, entity) = rest.split_at(at);
        decoded.push_str(before);
        let inner = entity.get(1..).unwrap_or_default();
        let found = match inner.strip_prefix('#') {
            Some(number) => number_of(number).map(|(sign, length)| (sign.to_string(), length + 1)),
            None => name_of(inner).map(|(signs, length)| (signs.to_owned(), length)),
        };
        match found {
            Some((signs, length)) => {
                decoded.push_str(&signs);
                rest = inner.get(length..).unwrap_or_default();
            }
            None => {
                decoded.push('&');
                rest = inner;
            }
        }
    }
    decoded.push_str(rest);
    decoded
}

/// The sign of a number, and how many bytes it took.
fn number_of(text: &str) -> Option<(char, usize)> {
    let (digits, radix, before) = match text.strip_prefix(['x', 'X']) {
        Some(hex) => (hex, 16, 1),
        None => (text, 10, 0),
    };
    let length = digits.chars().take_while(|digit| digit.is_digit(radix)).count();
    let digits = digits.get(..length).filter(|digits| !digits.is_empty())?;
    let code = u32::from_str_radix(digits, radix).unwrap_or(u32::MAX);
    let sign = match code {
        0 => '\u{fffd}',
        0x80..=0x9f => FROM_0X80.get(code as usize - 0x80).copied().unwrap_or('\u{fffd}'),
        _ => char::from_u32(code).unwrap_or('\u{fffd}'),
    };
    let end = before + length;
    Some((sign, end + usize::from(text.get(end..).is_some_and(|rest| rest.starts_with(';')))))
}

/// The signs of a name, and how many bytes it took.
fn name_of(text: &str) -> Option<(&'static str, usize)> {
    let length = text.bytes().take(LONGEST).take_while(u8::is_ascii_alphanumeric).count();
    let name = text.get(..length)?;
    if text.get(length..)?.starts_with(';') {
        let (_, signs) = NAMES.iter().find(|(known, _)| *known == name)?;
        return Some((signs, length + 1));
    }
    let bare = NAMES.iter().take(BARE);
    bare.filter(|(known, _)| *known == name).map(|(known, signs)| (*signs, known.len())).next()
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn entities_as_browsers_read_them() {
        for (text, expected) in [
            ("&amp;&AMP;", "&&AMP;"),
            ("&amp;lt;", "&lt;"),
            ("&nbsp;", "\u{a0}"),
            ("a&copy b", "a© b"),
            ("?a=1&lang=ko", "?a=1&lang=ko"),
            ("?a=1&copyright=2", "?a=1&copyright=2"),
            ("&hellip &hellip;", "&hellip …"),
            ("&#8364;&#128;&#x80;", "€€€"),
            ("&#0;&#xd800;&#x110000;&#99999999999;", "\u{fffd}\u{fffd}\u{fffd}\u{fffd}"),
            ("&#44032 &#x;&#;&;&", "가 &#x;&#;&;&"),
            ("&한;", "&한;"),
        ] {
            assert_eq!(decode(text), expected, "{text}");
        }
    }
}
