//! Personal data in Korean text: found by its shape, masked sign by sign.
//!
//! | kind | shape | what else must hold |
//! |---|---|---|
//! | resident number | `YYMMDD-SABCDEF` | the date exists: the piece [`mask_resident_numbers`] |
//! | card | 15 or 16 digits, in groups or not | the Luhn check digit |
//! | telephone | `010-1234-5678`, `02)123-4567`, `+82 10 …` | a prefix that is in use |
//! | bank account | 3 or 4 groups with hyphens, 10 to 16 digits | a word such as 계좌 shortly before |
//! | e-mail | `name@host.tld` | |
//! | IPv4 address | four numbers up to 255 | no "v" or 버전 before |
//!
//! Nothing may touch a digit on either side. What only looks alike stays: dates, prices, versions, order numbers, and
//! hotlines such as 1588-0000, which belong to companies.
//!
//! A shape is all that is looked at. A name, an address, "my number is zero one zero …" in words pass through.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;
use serde::{Deserialize, Serialize};

pub use sol02_data::personal::mask_resident_numbers;

/// A kind of personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A resident number, of a citizen or a foreigner.
    Resident,
    /// The number of a payment card.
    Card,
    /// The number of a mobile or a land-line telephone.
    Phone,
    /// The number of a bank account.
    Account,
    /// An e-mail address.
    Email,
    /// An IPv4 address.
    Address,
}

impl Kind {
    /// All kinds, in the order in which they are looked for: what an earlier one has taken, a later one does not see.
    pub const ALL: [Self; 6] = [Self::Resident, Self::Card, Self::Email, Self::Phone, Self::Account, Self::Address];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Resident => "resident number",
            Self::Card => "card",
            Self::Phone => "telephone",
            Self::Account => "bank account",
            Self::Email => "e-mail",
            Self::Address => "IPv4 address",
        }
    }
}

/// Something found in a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Found {
    /// What it is.
    pub kind: Kind,
    /// Where it stands, in bytes.
    pub at: Range<usize>,
}

/// A text without its personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Masked {
    /// The text: letters and digits of what was found are `*`, its other signs stay, and of a resident number the date.
    pub text: String,
    /// What was found, in the order of the text; the places are those of the text as it was given.
    pub found: Vec<Found>,
}

impl Masked {
    /// How many of a kind were found.
    pub fn count(&self, kind: Kind) -> usize {
        self.found.iter().filter(|found| found.kind == kind).count()
    }
}

// ANCHOR: mask
/// Finds and masks personal data of every kind.
pub fn mask(text: &str) -> Masked {
    mask_kinds(text, &Kind::ALL)
}

/// Finds and masks personal data of these kinds.
pub fn mask_kinds(text: &str, kinds: &[Kind]) -> Masked {
    let mut masked = text.to_owned();
    let mut found = vec![];
    for kind in Kind::ALL.into_iter().filter(|kind| kinds.contains(kind)) {
        // Every mask leaves the length in bytes as it is, so that places stay true.
        let places = if kind == Kind::Resident { residents(&mut masked) } else { matches(kind, &masked) };
        for at in places {
            if kind != Kind::Resident {
                let stars: String = masked[at.clone()].chars().map(star).collect();
                masked.replace_range(at.clone(), &stars);
            }
            found.push(Found { kind, at });
        }
    }
    found.sort_by_key(|found| found.at.start);
    Masked { text: masked, found }
}
// ANCHOR_END: mask

/// A digit or an ASCII letter becomes a star of the same length in bytes.
fn star(sign: char) -> char {
    if sign.is_ascii_alphanumeric() { '*' } else { sign }
}

/// Masks resident numbers by the piece, and returns where it did: the whole number, its date too.
fn residents(text: &mut String) -> Vec<Range<usize>> {
    let after = mask_resident_numbers(text);
    if after.len() != text.len() {
        // The piece is not right (it may be a learner's): what it returns is taken as it is.
        *text = after;
        return vec![];
    }
    let mut places: Vec<Range<usize>> = vec![];
    for (at, (old, new)) in text.bytes().zip(after.bytes()).enumerate() {
        match places.last_mut() {
            _ if old == new => {}
            Some(last) if last.end == at => last.end += 1,
            _ => places.push(at..at + 1),
        }
    }
    for place in &mut places {
        let before = text.as_bytes().get(..place.start).unwrap_or_default();
        let separator = usize::from(matches!(before.last(), Some(b'-' | b' ')));
        place.start = place.start.saturating_sub(6 + separator);
    }
    *text = after;
    places
}

/// The shapes. Digits are `[0-9]`: `\d` would take those of every script.
struct Shapes {
    card: Regex,
    email: Regex,
    phone: Regex,
    account: Regex,
    address: Regex,
}

static SHAPES: LazyLock<Option<Shapes>> = LazyLock::new(|| {
    Some(Shapes {
        card: Regex::new(r"[0-9]{4}[- ]?[0-9]{4}[- ]?[0-9]{4}[- ]?[0-9]{4}|[0-9]{4}[- ]?[0-9]{6}[- ]?[0-9]{5}").ok()?,
        email: Regex::new(r"[A-Za-z0-9][A-Za-z0-9._%+-]*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}").ok()?,
        // +82 or a 0 (or both), then a prefix without its 0, then 3 or 4 digits and 4 digits.
        phone: Regex::new(concat!(
            r"(?:\+ ?82[-. ]?\(?0?\)?|\(?0)",
            r"(?:1[016789]|2|3[1-3]|4[1-4]|5[1-5]|6[1-4]|70|50[2-8])\)?",
            r"[-. ]{0,2}[0-9]{3,4}[-. ]?[0-9]{4}"
        ))
        .ok()?,
        account: Regex::new(r"[0-9]{2,6}(?:-[0-9]{2,8}){2,3}").ok()?,
        address: Regex::new(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}").ok()?,
    })
});

/// Where a kind stands, as its shape and what else must hold say. The shapes are constants and do compile: a test says so.
fn matches(kind: Kind, text: &str) -> Vec<Range<usize>> {
    let Some(shapes) = SHAPES.as_ref() else { return vec![] };
    let shape = match kind {
        Kind::Resident => return vec![],
        Kind::Card => &shapes.card,
        Kind::Phone => &shapes.phone,
        Kind::Account => &shapes.account,
        Kind::Email => &shapes.email,
        Kind::Address => &shapes.address,
    };
    let mut places = vec![];
    let mut start = 0;
    while let Some(found) = shape.find_at(text, start) {
        let (before, after) = (&text[..found.start()], &text[found.end()..]);
        if stands_alone(kind, found.as_str(), before, after) && holds(kind, found.as_str(), before) {
            places.push(found.range());
            start = found.end();
        } else {
            // The next match may begin inside this one; the first sign of each shape is one byte.
            start = found.start() + 1;
        }
    }
    places
}

/// Whether neither side goes on. An e-mail address is found from its first letter on, and what stands before that is no part
/// of it: the hyphen of a list, or an address that was found already. A plus begins a number, whatever stands before it.
fn stands_alone(kind: Kind, found: &str, before: &str, after: &str) -> bool {
    let (last, next) = (before.chars().next_back(), after.chars().next());
    let is_digit = |sign: Option<char>| sign.is_some_and(|sign| sign.is_ascii_digit());
    // A joint, and a digit behind it: the number goes on.
    let joint = |sign: Option<char>| sign.is_some_and(|sign| "-.".contains(sign));
    let goes_on = is_digit(next) || (joint(next) && is_digit(after.chars().nth(1)));
    let came_from = is_digit(last) || (joint(last) && is_digit(before.chars().nth_back(1)));
    kind == Kind::Email || (!goes_on && (!came_from || found.starts_with('+')))
}

/// What must hold besides the shape.
fn holds(kind: Kind, found: &str, before: &str) -> bool {
    let digits: Vec<u32> = found.chars().filter_map(|sign| sign.to_digit(10)).collect();
    let shortly_before = |signs: usize| {
        let start = before.char_indices().rev().nth(signs - 1).map_or(0, |(at, _)| at);
        &before[start..]
    };
    match kind {
        Kind::Card => passes_luhn(&digits),
        Kind::Account => {
            let words = ["계좌", "은행", "뱅크", "입금", "송금", "이체", "예금주", "농협", "신협", "수협", "우체국"];
            (10..=16).contains(&digits.len()) && words.iter().any(|word| shortly_before(20).contains(word))
        }
        Kind::Address => {
            let parts_fit = found.split('.').all(|part| part.parse::<u16>().is_ok_and(|part| part <= 255));
            let close = shortly_before(8).to_lowercase();
            let close = close.trim_end();
            let is_version = ["v", "ver", "ver.", "version", "버전", "판"].iter().any(|word| close.ends_with(word));
            parts_fit && !is_version
        }
        Kind::Resident | Kind::Phone | Kind::Email => true,
    }
}

// ANCHOR: luhn
/// Whether the last digit is the check digit of the others: from the right, every second digit is doubled, the digits of
/// all are added up, and the sum ends in 0 (Luhn, 1960; ISO/IEC 7812-1).
pub fn passes_luhn(digits: &[u32]) -> bool {
    let doubled = |digit: u32| if digit > 4 { 2 * digit - 9 } else { 2 * digit };
    let value = |(place, digit): (usize, &u32)| if place % 2 == 1 { doubled(*digit) } else { *digit };
    let sum: u32 = digits.iter().rev().enumerate().map(value).sum();
    digits.iter().any(|digit| *digit > 0) && sum.is_multiple_of(10)
}
// ANCHOR_END: luhn

// ANCHOR: check_digit
/// The check digit of a resident number that was given out before October 2020, from its first twelve digits.
///
/// It is of no use for finding numbers: those given out since have a last digit drawn at random.
pub fn check_digit(twelve: &[u32; 12]) -> u32 {
    let weights = [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5];
    let sum: u32 = twelve.iter().zip(weights).map(|(digit, weight)| digit * weight).sum();
    (11 - sum % 11) % 10
}
// ANCHOR_END: check_digit

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shapes_compile_and_each_finds_its_own() {
        assert!(SHAPES.is_some());
        for (text, expected) in [
            ("010-0000-0001", "***-****-****"),
            ("+82-10-0000-0001", "+**-**-****-****"),
            ("메일 a@example.com, 끝", "메일 *@*******.***, 끝"),
            ("192.0.2.255", "***.*.*.***"),
            ("990101-1000000", "990101-*******"),
            ("4111111111111111", "****************"),
            ("계좌 000-00-000001", "계좌 ***-**-******"),
        ] {
            let masked = mask(text);
            assert_eq!((masked.text.as_str(), masked.found.len()), (expected, 1), "{text}");
        }
    }

    #[test]
    fn what_goes_on_on_either_side_stays() {
        for text in [
            "1010-0000-0001",
            "010-0000-00012",
            "010-0000-0001-2",
            "192.0.2.256",
            "192.0.2.1.5",
            "v192.0.2.1",
            "4111111111111112",
            "1588-0000",
            "000-00-000001",
            "99010111000000",
            "a@b",
            "2031-01-01",
        ] {
            assert_eq!(mask(text).text, text);
        }
    }

    #[test]
    fn a_kind_that_is_not_asked_for_stays_and_places_are_those_of_the_text() {
        let text = "가 010-0000-0001 나 a@example.com";
        let masked = mask_kinds(text, &[Kind::Email]);
        assert!(masked.text.contains("010-0000-0001"));
        let both = mask(text);
        assert_eq!(
            both.found.iter().map(|found| &text[found.at.clone()]).collect::<Vec<_>>(),
            ["010-0000-0001", "a@example.com"]
        );
        assert_eq!((both.count(Kind::Phone), both.count(Kind::Card)), (1, 0));
        assert_eq!(mask(&both.text).found, []);
    }

    #[test]
    fn addresses_that_touch_something_are_masked_at_once() {
        for (text, expected) in [
            ("-a@b.cc _d@e.ff_", "-*@*.** _*@*.**_"),
            ("a@b.cc1.d@e.ff", "*@*.***.*@*.**"),
            ("_010-0000-0001a@b.cc", "_***-****-*****@*.**"),
            ("192.0.2.1+82 10 0000 0002", "***.*.*.*+** ** **** ****"),
        ] {
            let masked = mask(text);
            assert_eq!(masked.text, expected);
            assert_eq!(mask(&masked.text).found, []);
        }
        // Looked at again from each of its signs, the name of this address would take very long.
        let text = format!("%{}@b.cc", "a".repeat(300_000));
        assert_eq!(mask(&text).text, format!("%{}@*.**", "*".repeat(300_000)));
    }

    #[test]
    fn check_digits() {
        let digits = |text: &str| text.chars().filter_map(|sign| sign.to_digit(10)).collect::<Vec<_>>();
        assert!(passes_luhn(&digits("4242 4242 4242 4242")) && !passes_luhn(&digits("4242 4242 4242 4243")));
        assert!(!passes_luhn(&[]) && !passes_luhn(&[0, 0]));
        // The sum is 2 * 9 + 3 * 9 = 45, and 11 - 45 % 11 = 10, of which 0 is left.
        assert_eq!(check_digit(&[9, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), 0);
        assert_eq!(check_digit(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), 1);
    }
}
