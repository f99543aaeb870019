//! From bytes to text: which encoding is it?
//!
//! In this order: a byte order mark; bytes that are valid UTF-8; what the page or the server declares, if the bytes fit
//! it; else the candidate that looks most like text, by the share of common syllables. Any bytes give a text, and
//! [`Decoded::reason`] says why this one.

use std::fmt;

use encoding_rs::{EUC_KR, Encoding, UTF_8, WINDOWS_1252};
use serde::Serialize;

/// Bytes read as text.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Decoded {
    /// The text, without a byte order mark.
    pub text: String,
    /// The encoding, by its name in the WHATWG Encoding Standard: there, `EUC-KR` means all of CP949.
    pub encoding: &'static str,
    /// Why this encoding.
    pub reason: Reason,
    /// How many places could not be read, each a U+FFFD in the text.
    pub lost: usize,
}

/// Why an encoding was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub enum Reason {
    /// The bytes begin with its byte order mark.
    ByteOrderMark,
    /// All bytes are valid UTF-8, which hardly happens by chance.
    ValidUtf8,
    /// The page or the server said so, and the bytes fit.
    Declared,
    /// It looks most like text of all candidates.
    LooksLikeText {
        /// Its [`score`], from -1 to 1.
        score: f64,
    },
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ByteOrderMark => write!(f, "a byte order mark"),
            Self::ValidUtf8 => write!(f, "valid UTF-8"),
            Self::Declared => write!(f, "declared, and the bytes fit"),
            Self::LooksLikeText { score } => write!(f, "looks most like text: {score:.2}"),
        }
    }
}

/// Bytes as text.
///
/// ```
/// use week02_data::decode::decode;
/// let cp949 = [0xc7, 0xd1, 0xb1, 0xb9]; // 한국
/// let decoded = decode(&cp949);
/// assert_eq!((decoded.text.as_str(), decoded.encoding), ("한국", "EUC-KR"));
/// ```
pub fn decode(bytes: &[u8]) -> Decoded {
    decode_declared(bytes, None)
}

/// Bytes as text, with the name of the encoding that the page or the server gives, such as `euc-kr`.
pub fn decode_declared(bytes: &[u8], declared: Option<&str>) -> Decoded {
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        let rest = bytes.get(length..).unwrap_or_default();
        return read(rest, encoding, |_| Reason::ByteOrderMark);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        let lost = lost_in(text);
        return Decoded { text: text.to_owned(), encoding: UTF_8.name(), reason: Reason::ValidUtf8, lost };
    }
    if let Some(encoding) = declared.and_then(|label| Encoding::for_label(label.trim().as_bytes())) {
        let decoded = read(bytes, encoding, |_| Reason::Declared);
        if decoded.lost == 0 {
            return decoded;
        }
    }
    let looks = |text: &str| Reason::LooksLikeText { score: score(text) };
    let mut best = read(bytes, UTF_8, looks);
    for encoding in [EUC_KR, WINDOWS_1252] {
        let other = read(bytes, encoding, looks);
        if score_of(&other) > score_of(&best) {
            best = other;
        }
    }
    best
}

/// Bytes read in the encoding of this name, rightly or wrongly: `windows-1252`, `euc-kr`. `None` where no encoding has it.
pub fn read_as(bytes: &[u8], label: &str) -> Option<String> {
    let (text, _) = Encoding::for_label(label.as_bytes())?.decode_without_bom_handling(bytes);
    Some(text.into_owned())
}

/// The bytes of a text in the encoding of this name; what it cannot hold is written as an HTML entity. `None` where no
/// encoding has that name.
pub fn write_as(text: &str, label: &str) -> Option<Vec<u8>> {
    let (bytes, _, _) = Encoding::for_label(label.as_bytes())?.encode(text);
    Some(bytes.into_owned())
}

fn read(bytes: &[u8], encoding: &'static Encoding, reason: impl FnOnce(&str) -> Reason) -> Decoded {
    let (text, _) = encoding.decode_without_bom_handling(bytes);
    Decoded { reason: reason(&text), lost: lost_in(&text), encoding: encoding.name(), text: text.into_owned() }
}

fn score_of(decoded: &Decoded) -> f64 {
    if let Reason::LooksLikeText { score } = decoded.reason { score } else { 1.0 }
}

fn lost_in(text: &str) -> usize {
    text.chars().filter(|sign| *sign == '\u{fffd}').count()
}

/// How much a text looks like text: the mean over its signs beyond ASCII, each of which counts from 1 (a common Korean
/// syllable) to -1 (U+FFFD, a control character); the first two thousand are enough. 1 where there is none.
pub fn score(text: &str) -> f64 {
    let beyond = text.chars().filter(|sign| !sign.is_ascii()).take(2_000);
    let (sum, count) = beyond.fold((0.0, 0_u32), |(sum, count), sign| (sum + worth(sign), count + 1));
    if count == 0 { 1.0 } else { sum / f64::from(count) }
}

fn worth(sign: char) -> f64 {
    match sign {
        '가'..='힣' => {
            if COMMON.contains(sign) {
                1.0
            } else {
                0.1
            }
        }
        // Letters of Western Europe are likelier than its rarer signs; so are quotation marks and dots of any text.
        'À'..='ÿ' if sign.is_alphabetic() => 0.3,
        '\u{2010}'..='\u{2027}' | '·' | '\u{3000}'..='\u{303f}' | 'ㄱ'..='ㅣ' => 0.5,
        '\u{3040}'..='\u{30ff}' => 0.3,
        '\u{4e00}'..='\u{9fff}' => 0.1,
        '\u{fffd}' | '\u{80}'..='\u{9f}' => -1.0,
        _ => 0.0,
    }
}

/// Syllables that make up most of any Korean text, in no order.
const COMMON: &str = "\
이다는고의에을하가지를은한도로기사서어아나리그들시있자수대해것부일보정인라제장전주과만게으구상었면여동\
았했말때니더안생거오무소려없모저우우조신원선지진유경연심성실비물공내미바두까요던너방러문며마단각국개년학교식당중간물날집사람길산강음악책\
같알좋많작크새큰느꼈봤왔갔됐난든된될할갈볼줄올을받찾못잘좀참정말왜누뭐네데은른린늘운온와워위외왕열역영예용월\
결계관광군권금급남녀노농높능달담답돈돌돕되두뒤등따땅떠또뜻란람량래력련령례록론료류률름마막맞매머먹며명목몸민밀밖반발밤배백번법변별병복본북분불\
빛빠빨뿐산살삼색석설세션속손송순술쉬스습승십싶써쓰씨아앞야약양얼업엄엇에였외욕육율응의입잊작잡재적절점접족존종죽준즐증질집짓째찍차찬창채처천철첫청체초총최추축출충치친카코크키타터토통투트특파판펴편평포표품프피필하학함합항해행향허험현협형호혼화확환활회효후훈휴흐흔희히힘";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_encoding_is_told_by_its_bytes() {
        let korean = "오늘은 비가 와서 집에서 책을 읽었다. 뷁이라는 글자도 있었다.";
        let (cp949, _, _) = EUC_KR.encode(korean);
        let mut with_bom = vec![0xef, 0xbb, 0xbf];
        with_bom.extend(korean.bytes());
        let utf16: Vec<u8> = [0xfeff].into_iter().chain(korean.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        let (western, _, _) = WINDOWS_1252.encode("“Café”, naïve – déjà vu");
        for (bytes, text, encoding) in [
            (korean.as_bytes(), korean, "UTF-8"),
            (&*with_bom, korean, "UTF-8"),
            (&*utf16, korean, "UTF-16LE"),
            (&*cp949, korean, "EUC-KR"),
            (&*western, "“Café”, naïve – déjà vu", "windows-1252"),
            (b"plain", "plain", "UTF-8"),
            (b"", "", "UTF-8"),
        ] {
            let decoded = decode(bytes);
            assert_eq!(
                (decoded.text.as_str(), decoded.encoding, decoded.lost),
                (text, encoding, 0),
                "{}",
                decoded.reason
            );
        }
    }

    #[test]
    fn utf8_that_was_cut_stays_utf8() {
        let whole = "오늘은 비가 와서 집에서 책을 읽었다.";
        let cut = &whole.as_bytes()[1..whole.len() - 2];
        let decoded = decode(cut);
        assert_eq!(decoded.encoding, "UTF-8");
        assert!(decoded.text.contains("늘은 비가") && decoded.lost > 0);
    }

    #[test]
    fn what_is_declared_is_believed_where_the_bytes_fit() {
        let (sjis, _, _) = encoding_rs::SHIFT_JIS.encode("こんにちは、世界");
        let decoded = decode_declared(&sjis, Some(" Shift_JIS"));
        assert_eq!((decoded.text.as_str(), decoded.reason), ("こんにちは、世界", Reason::Declared));
        // A page that says EUC-KR and is UTF-8.
        assert_eq!(decode_declared("한글".as_bytes(), Some("euc-kr")).text, "한글");
        assert_eq!(decode_declared(&[0xc7, 0xd1, 0xb1, 0xdb], Some("no such")).text, "한글");
    }
}
