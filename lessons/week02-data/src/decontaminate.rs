//! Taking test sets out of the training data, by shared n-grams (Brown et al., 2020, appendix C).
//!
//! | paper | here |
//! |---|---|
//! | 13-grams of words, lower case, without punctuation | [`Unit::Words`], `n` |
//! | 200 characters around each match are cut out | `margin` |
//! | pieces under 200 characters are dropped | `shortest` |
//! | a document that falls into more than 10 pieces is dropped | `most_pieces` |
//!
//! What differs: the unit may be characters, white space left out. A Korean particle is written to the word before it, so
//! that 학교에 and 학교를 are two words; they share their characters. And where the paper passes over an n-gram that stands
//! in more than ten documents, nothing is passed over here.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// Why settings cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecontaminateError {
    /// Sequences without length.
    #[error("n is {0}: a sequence has at least 1 unit")]
    Length(usize),
    /// Nothing could be kept.
    #[error("most_pieces is 0, so every document that shares anything would be dropped: set action to remove")]
    Pieces,
}

/// What a sequence is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// What stands between white space.
    Words,
    /// Characters, white space left out.
    Characters,
}

/// What happens to a document that shares a sequence with a test set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// It is dropped.
    Remove,
    /// What it shares is cut out, with a margin.
    Cut,
}

/// How test sets are taken out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// What a sequence is made of.
    pub unit: Unit,
    /// How many units a sequence has.
    pub n: usize,
    /// What happens to what is found.
    pub action: Action,
    /// Characters that are cut out on each side of a match, too.
    pub margin: usize,
    /// The shortest piece that is kept, in characters.
    pub shortest: usize,
    /// The most pieces into which a document may fall.
    pub most_pieces: usize,
}

impl Settings {
    /// As in Brown et al. (2020), for English: 13 words.
    pub fn words() -> Self {
        Self { unit: Unit::Words, n: 13, action: Action::Cut, margin: 200, shortest: 200, most_pieces: 10 }
    }

    /// For Korean: 30 characters, about ten words with their particles.
    pub fn characters() -> Self {
        Self { unit: Unit::Characters, n: 30, ..Self::words() }
    }

    /// Whether they can be used.
    ///
    /// # Errors
    /// When `n` or `most_pieces` is 0.
    pub fn validate(&self) -> Result<(), DecontaminateError> {
        match self {
            Self { n: 0, .. } => Err(DecontaminateError::Length(0)),
            Self { most_pieces: 0, .. } => Err(DecontaminateError::Pieces),
            _ => Ok(()),
        }
    }
}

/// The sequences of the test sets, each as a number of 64 bits.
#[derive(Debug, Clone)]
pub struct TestSets {
    settings: Settings,
    hashes: BTreeSet<u64>,
    too_short: usize,
}

/// What became of a document.
#[derive(Debug, Clone, PartialEq)]
pub struct Cleaned {
    /// What is left: the document itself where nothing was found, nothing where it was dropped.
    pub pieces: Vec<String>,
    /// The share of its units that stand in a sequence of the test sets.
    pub overlap: f64,
}

impl TestSets {
    /// No test set yet.
    ///
    /// # Errors
    /// When the settings cannot be used.
    pub fn new(settings: Settings) -> Result<Self, DecontaminateError> {
        settings.validate()?;
        Ok(Self { settings, hashes: BTreeSet::new(), too_short: 0 })
    }

    /// Adds the sequences of one text of a test set. One that is too short for a sequence cannot be found, and is counted.
    pub fn add(&mut self, text: &str) {
        let units = units(text, self.settings.unit);
        if units.len() < self.settings.n {
            self.too_short += 1;
        }
        self.hashes.extend(units.windows(self.settings.n).map(hash));
    }

    /// How many different sequences there are.
    pub fn len(&self) -> usize {
        self.hashes.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    /// How many texts were too short.
    pub fn too_short(&self) -> usize {
        self.too_short
    }

    // ANCHOR: clean
    /// Takes what the test sets hold out of a document.
    pub fn clean(&self, document: &str) -> Cleaned {
        let units = units(document, self.settings.unit);
        let mut held = vec![false; units.len()];
        for (start, sequence) in units.windows(self.settings.n).enumerate() {
            if self.hashes.contains(&hash(sequence)) {
                held[start..start + self.settings.n].fill(true);
            }
        }
        let count = held.iter().filter(|held| **held).count();
        if count == 0 {
            return Cleaned { pieces: vec![document.to_owned()], overlap: 0.0 };
        }
        let pieces = match self.settings.action {
            Action::Remove => vec![],
            Action::Cut => self.cut(document, &units, &held),
        };
        Cleaned { pieces, overlap: count as f64 / units.len() as f64 }
    }
    // ANCHOR_END: clean

    /// What is left of a document when the units that are held are cut out, with the margin.
    fn cut(&self, document: &str, units: &[Piece], held: &[bool]) -> Vec<String> {
        let signs: Vec<char> = document.chars().collect();
        let mut kept = vec![true; signs.len()];
        for (place, unit) in units.iter().enumerate().filter(|(place, _)| held[*place]) {
            // What stands between two units that are held goes with them.
            let next = units.get(place + 1).filter(|_| held[place + 1]);
            let start = unit.start.saturating_sub(self.settings.margin);
            let end = next.map_or(unit.end + self.settings.margin, |next| next.start).min(signs.len());
            kept[start..end].fill(false);
        }
        let mut pieces = vec![String::new()];
        for (sign, kept) in signs.iter().zip(kept) {
            match pieces.last_mut() {
                Some(piece) if kept => piece.push(*sign),
                Some(piece) if !piece.is_empty() => pieces.push(String::new()),
                _ => {}
            }
        }
        pieces.retain(|piece| piece.chars().any(char::is_alphanumeric));
        if pieces.len() > self.settings.most_pieces {
            return vec![];
        }
        let pieces = pieces.iter().map(|piece| piece.trim().to_owned());
        pieces.filter(|piece| piece.chars().count() >= self.settings.shortest.max(1)).collect()
    }
}

/// A unit of a text: how it is compared, and where it stands, in characters.
struct Piece {
    text: String,
    start: usize,
    end: usize,
}

/// The units of a text in lower case, without punctuation.
fn units(text: &str, unit: Unit) -> Vec<Piece> {
    let mut units: Vec<Piece> = vec![];
    let mut goes_on = false;
    for (at, sign) in text.chars().enumerate() {
        if sign.is_whitespace() {
            goes_on = false;
        } else if sign.is_alphanumeric() {
            let lower = sign.to_lowercase();
            match units.last_mut() {
                Some(last) if goes_on && unit == Unit::Words => {
                    last.text.extend(lower);
                    last.end = at + 1;
                }
                _ => units.push(Piece { text: lower.collect(), start: at, end: at + 1 }),
            }
            goes_on = true;
        }
    }
    units
}

/// FNV-1a of the units, a byte that no text holds between them: the same on every machine, which std's hasher is not.
fn hash(sequence: &[Piece]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for unit in sequence {
        for byte in unit.text.bytes().chain([0xff]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(unit: Unit, n: usize, action: Action) -> Settings {
        Settings { unit, n, action, margin: 0, shortest: 1, most_pieces: 10 }
    }

    #[test]
    fn what_is_shared_is_cut_out_and_the_rest_stays() -> Result<(), DecontaminateError> {
        let mut tests = TestSets::new(settings(Unit::Words, 2, Action::Cut))?;
        tests.add("둘 셋");
        tests.add("하나");
        assert_eq!((tests.len(), tests.too_short(), tests.is_empty()), (1, 1, false));
        let cleaned = tests.clean("하나 둘, 셋! 넷 다섯");
        assert_eq!(cleaned.pieces, ["하나", "! 넷 다섯"]);
        assert!((cleaned.overlap - 0.4).abs() < 1e-12);
        assert_eq!(tests.clean("둘 넷 셋"), Cleaned { pieces: vec!["둘 넷 셋".into()], overlap: 0.0 });
        assert_eq!(tests.clean("").pieces, [""]);
        Ok(())
    }

    #[test]
    fn characters_see_through_particles_and_spaces() -> Result<(), DecontaminateError> {
        let item = "학교에 가서 책을 읽었다";
        for (unit, n, found) in [(Unit::Words, 3, false), (Unit::Characters, 5, true)] {
            let mut tests = TestSets::new(settings(unit, n, Action::Remove))?;
            tests.add(item);
            assert!(tests.clean("어제 학교에가서 책을 읽었다.").overlap > 0.0 || unit == Unit::Words);
            assert_eq!(tests.clean("우리는 학교에서 책을 읽었다고 한다").pieces.is_empty(), found, "{unit:?}");
        }
        Ok(())
    }

    #[test]
    fn margins_short_pieces_and_too_many_pieces() -> Result<(), DecontaminateError> {
        let cut = Settings { margin: 2, shortest: 3, ..settings(Unit::Characters, 2, Action::Cut) };
        let mut tests = TestSets::new(cut.clone())?;
        tests.add("가나");
        assert_eq!(tests.clean("12345가나12345").pieces, ["123", "345"]);
        assert_eq!(tests.clean("1234가나12345").pieces, ["345"]);
        let mut tests = TestSets::new(Settings { most_pieces: 1, ..cut })?;
        tests.add("가나");
        assert!(tests.clean("12345가나12345").pieces.is_empty());
        assert!(TestSets::new(settings(Unit::Words, 0, Action::Cut)).is_err());
        assert!(TestSets::new(Settings { most_pieces: 0, ..Settings::words() }).is_err());
        assert_eq!((Settings::words().validate(), Settings::characters().validate()), (Ok(()), Ok(())));
        assert!(serde_json::from_str::<Settings>(r#"{"unit": "words", "m": 13}"#).is_err());
        Ok(())
    }
}
