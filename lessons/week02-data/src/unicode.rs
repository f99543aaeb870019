//! One form for signs that look alike: what every text goes through before anything compares it.
//!
//! [`normalise`] makes the normal form NFC, in which a Hangul syllable is one sign (the piece
//! [`compose`](crate::compose)), turns odd spaces and line ends into plain ones, and removes what nobody sees. It keeps
//! emoji whole, and everything that NFKC would flatten: `ㅋㅋ`, `½`, `①`. What it did stands in [`Changes`].
//!
//! Mojibake is undone *before* this ([`crate::mojibake`]): the bytes of a misread syllable look like odd spaces and control
//! characters.

use serde::{Deserialize, Serialize};
use unicode_normalization::char::canonical_combining_class;
use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfc_quick};

use crate::compose::compose;

/// What [`normalise`] did to a text: how many signs of each kind it met.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// Signs that there are fewer since parts were put together, as jamo to syllables; 0 also where only an order changed.
    pub composed: usize,
    /// Line ends that became a line feed: CR LF, CR, NEL, and the line and paragraph separators.
    pub line_ends: usize,
    /// Spaces of other widths, or that do not break, which became plain ones.
    pub spaces: usize,
    /// Control characters and noncharacters, removed.
    pub controls: usize,
    /// Signs without width that mean nothing here, removed: the byte order mark, zero-width spaces and joiners, soft
    /// hyphens, marks of direction, stray variation selectors.
    pub invisible: usize,
    /// U+FFFD, which stands for bytes that were lost when the text was read. It is left where it is.
    pub lost: usize,
}

impl Changes {
    /// Adds what was done to another text.
    pub fn add(&mut self, other: &Self) {
        self.composed += other.composed;
        self.line_ends += other.line_ends;
        self.spaces += other.spaces;
        self.controls += other.controls;
        self.invisible += other.invisible;
        self.lost += other.lost;
    }

    /// Whether the text came out as it went in.
    pub fn is_none(&self) -> bool {
        *self == Self { lost: self.lost, ..Self::default() }
    }
}

/// The text in its one form, and what was changed. Doing it twice changes nothing more.
///
/// ```
/// use week02_data::unicode::normalise;
/// let (text, changes) = normalise("\u{feff}\u{1112}\u{1161}\u{11ab}글\u{a0}ㅋㅋ\r\n");
/// assert_eq!(text, "한글 ㅋㅋ\n");
/// assert_eq!((changes.composed, changes.spaces, changes.line_ends, changes.invisible), (2, 1, 1, 1));
/// ```
pub fn normalise(text: &str) -> (String, Changes) {
    let mut changes = Changes::default();
    let normal = nfc(&clean(text, &mut changes), &mut changes);
    if !normal.contains(is_joiner) {
        return (normal, changes);
    }
    // Accents that a joiner kept apart may now meet: once more.
    let joined = keep_joiners_in_place(&normal, &mut changes);
    (nfc(&joined, &mut changes), changes)
}

/// The normal form NFC, NFD, NFKC or NFKD of a text (Unicode Standard, Annex 15), all by the crate `unicode-normalization`.
pub fn normal_form(text: &str, form: Form) -> String {
    match form {
        Form::Nfc => text.nfc().collect(),
        Form::Nfd => text.nfd().collect(),
        Form::Nfkc => text.nfkc().collect(),
        Form::Nfkd => text.nfkd().collect(),
    }
}

/// The four normal forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Put together.
    Nfc,
    /// Taken apart.
    Nfd,
    /// Put together, and what only looks different made the same.
    Nfkc,
    /// Taken apart, and what only looks different made the same.
    Nfkd,
}

/// A text with every sign beyond ASCII that hides as its number: `"\u{1112}하 "` for a jamo and a syllable.
pub fn visible(text: &str) -> String {
    let hides = |sign: char| {
        matches!(sign, '\u{1100}'..='\u{11ff}' | '\u{80}'..='\u{a0}' | '\u{ad}' | '\u{2000}'..='\u{200f}' | '\u{3000}' | '\u{feff}')
            || (sign.is_control() && sign != '\n')
    };
    text.chars().map(|sign| if hides(sign) { sign.escape_unicode().to_string() } else { sign.to_string() }).collect()
}

/// The normal form NFC: Hangul by the piece, everything else by the crate.
fn nfc(text: &str, changes: &mut Changes) -> String {
    let composed = compose(text);
    let normal = match is_nfc_quick(composed.chars()) {
        IsNormalized::Yes => composed,
        // What is no Hangul: e and its accent, say.
        _ => composed.nfc().collect(),
    };
    changes.composed += text.chars().count().saturating_sub(normal.chars().count());
    normal
}

/// Full-width Latin letters, digits and signs as the usual ones, and half-width jamo as compatibility jamo.
///
/// A step of its own: in Korean text a full-width comma is a slip, in Japanese and Chinese text it is the comma.
///
/// ```
/// assert_eq!(week02_data::unicode::fold_width("ＡＢＣ１２３！ ﾡ"), "ABC123! ㄱ");
/// ```
pub fn fold_width(text: &str) -> String {
    let moved = |sign: char, from: char, to: char| char::from_u32(u32::from(sign) - u32::from(from) + u32::from(to));
    text.chars()
        .map(|sign| {
            let usual = match sign {
                '！'..='～' => moved(sign, '！', '!'),
                '\u{ffa1}'..='\u{ffbe}' => moved(sign, '\u{ffa1}', 'ㄱ'),
                '\u{ffc2}'..='\u{ffc7}' => moved(sign, '\u{ffc2}', 'ㅏ'),
                '\u{ffca}'..='\u{ffcf}' => moved(sign, '\u{ffca}', 'ㅕ'),
                '\u{ffd2}'..='\u{ffd7}' => moved(sign, '\u{ffd2}', 'ㅛ'),
                '\u{ffda}'..='\u{ffdc}' => moved(sign, '\u{ffda}', 'ㅡ'),
                _ => None,
            };
            usual.unwrap_or(sign)
        })
        .collect()
}

/// Everything that can be decided sign by sign.
fn clean(text: &str, changes: &mut Changes) -> String {
    let mut cleaned = String::with_capacity(text.len());
    let mut signs = text.chars().peekable();
    while let Some(sign) = signs.next() {
        match sign {
            '\n' | '\t' | ' '..='~' => cleaned.push(sign),
            '\r' => {
                signs.next_if_eq(&'\n');
                changes.line_ends += 1;
                cleaned.push('\n');
            }
            '\u{85}' | '\u{2028}' | '\u{2029}' => {
                changes.line_ends += 1;
                cleaned.push('\n');
            }
            // The last two are fillers: letters of Hangul by name, and blank to look at.
            '\u{a0}'
            | '\u{1680}'
            | '\u{2000}'..='\u{200a}'
            | '\u{202f}'
            | '\u{205f}'
            | '\u{3000}'
            | '\u{3164}'
            | '\u{ffa0}' => {
                changes.spaces += 1;
                cleaned.push(' ');
            }
            '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fdd0}'..='\u{fdef}' => changes.controls += 1,
            _ if u32::from(sign) & 0xfffe == 0xfffe => changes.controls += 1,
            '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' => {
                changes.invisible += 1;
            }
            '\u{fffd}' => {
                changes.lost += 1;
                cleaned.push(sign);
            }
            _ => cleaned.push(sign),
        }
    }
    cleaned
}

const JOINER: char = '\u{200d}';
const NON_JOINER: char = '\u{200c}';
const EMOJI_STYLE: char = '\u{fe0f}';

/// Joiners, variation selectors, tags: what means something beside some signs, and nothing beside others.
fn is_joiner(sign: char) -> bool {
    matches!(sign, NON_JOINER | JOINER | '\u{fe00}'..=EMOJI_STYLE | '\u{e0000}'..='\u{e0fff}')
}

/// Removes joiners, variation selectors and tags, except where they belong: inside an emoji, after an ideograph, and in the
/// scripts that are written with joiners. What counts is the sign before, accents passed over: these change their order.
fn keep_joiners_in_place(text: &str, changes: &mut Changes) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut last = None; // the last sign that was kept and is no accent
    let mut signs = text.chars().peekable();
    while let Some(sign) = signs.next() {
        let next = signs.peek().copied();
        let stays = match (last, sign) {
            (Some(last), JOINER) if is_emoji(last) || last == EMOJI_STYLE => next.is_some_and(is_emoji),
            (Some(last), JOINER | NON_JOINER) => is_written_with_joiners(last),
            (Some(last), '\u{fe00}'..=EMOJI_STYLE) => {
                is_emoji(last) || is_ideograph(last) || matches!(last, '#' | '*' | '0'..='9')
            }
            (Some(last), '\u{e0100}'..='\u{e01ef}') => is_ideograph(last),
            // The flags of England, Scotland and Wales: a black flag and letters nobody sees.
            (Some(last), '\u{e0020}'..='\u{e007f}') => last == '🏴' || matches!(last, '\u{e0020}'..='\u{e007e}'),
            _ => !is_joiner(sign),
        };
        if stays {
            kept.push(sign);
            if canonical_combining_class(sign) == 0 {
                last = Some(sign);
            }
        } else {
            changes.invisible += 1;
        }
    }
    kept
}

/// Whether a sign may take part in an emoji: a rough test by blocks, enough to keep what holds emoji together.
pub fn is_emoji(sign: char) -> bool {
    matches!(sign,
        '\u{1f000}'..='\u{1faff}' | '\u{2190}'..='\u{21ff}' | '\u{2300}'..='\u{23ff}' | '\u{2460}'..='\u{24ff}'
        | '\u{25a0}'..='\u{27bf}' | '\u{2934}' | '\u{2935}' | '\u{2b00}'..='\u{2bff}'
        | '©' | '®' | '‼' | '⁉' | '™' | 'ℹ' | '〰' | '〽' | '㊗' | '㊙')
}

fn is_ideograph(sign: char) -> bool {
    matches!(sign, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Arabic to Myanmar, Khmer, Mongolian: the blocks whose writing needs joiners and their opposite.
fn is_written_with_joiners(sign: char) -> bool {
    matches!(sign, '\u{600}'..='\u{109f}' | '\u{1780}'..='\u{18af}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_removed_replaced_and_kept() {
        for (text, expected) in [
            ("\u{feff}가", "가"),
            ("가\u{200b}나\u{ad}다\u{2060}", "가나다"),
            ("a\u{a0}b\u{3000}c\u{2009}d\u{3164}e", "a b c d e"),
            ("1\r\n2\r3\u{85}4\u{2028}5\n", "1\n2\n3\n4\n5\n"),
            ("a\u{0}b\u{8}c\u{7f}d\u{9d}e\u{fffe}f\u{1ffff}", "abcdef"),
            ("\tx\n", "\tx\n"),
            ("e\u{301}", "é"),
            ("가\u{323}\u{301}", "가\u{323}\u{301}"),
            ("ㅋㅋ ½ ① ﬁ ＡＢ", "ㅋㅋ ½ ① ﬁ ＡＢ"),
            ("깨\u{fffd}짐", "깨\u{fffd}짐"),
            ("\u{202e}뒤\u{202c}", "뒤"),
        ] {
            assert_eq!(normalise(text).0, expected, "{text:?}");
        }
    }

    #[test]
    fn emoji_stay_whole() {
        let flag_of_wales = "🏴\u{e0067}\u{e0062}\u{e0077}\u{e006c}\u{e0073}\u{e007f}";
        for text in ["👩‍💻", "❤️‍🔥", "👨‍👩‍👧‍👦", "👍🏽", "🇰🇷", "1️⃣", "☎︎", flag_of_wales, "葛\u{e0100}", "می\u{200c}خواهم"]
        {
            let (normal, changes) = normalise(text);
            assert_eq!(normal, text);
            assert!(changes.is_none(), "{text:?}: {changes:?}");
        }
        for (text, expected) in
            [("가\u{200d}나", "가나"), ("a\u{fe0f}", "a"), ("👩\u{200d}", "👩"), ("가\u{e0041}", "가")]
        {
            assert_eq!(normalise(text).0, expected, "{text:?}");
        }
    }

    #[test]
    fn jamo_of_half_width_are_those_of_the_keyboard() {
        let jamo: String = ('ㄱ'..='ㅣ').collect();
        let half: String = ('\u{ffa1}'..='\u{ffdc}').filter(|c| !c.nfkc().eq(std::iter::once(*c))).collect();
        assert_eq!(fold_width(&half), jamo);
        assert_eq!(fold_width("（주） ～"), "(주) ~");
    }
}
