//! Hangul syllables, the last sound of any text, and the particles that follow it.
//!
//! A syllable of the block U+AC00..=U+D7A3 is `0xAC00 + (lead * 21 + vowel) * 28 + final`, where the final 0 is "none".

const FIRST: u32 = 0xAC00;
const LAST: u32 = 0xD7A3;

/// The number of the final consonant ㄹ.
pub const RIEUL: u32 = 8;

/// A syllable taken apart: the numbers of its lead, its vowel and its final (0: none).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Syllable {
    /// ㄱ is 0, ㅎ is 18.
    pub lead: u32,
    /// ㅏ is 0, ㅣ is 20.
    pub vowel: u32,
    /// none is 0, ㄱ is 1, ㅎ is 27.
    pub tail: u32,
}

impl Syllable {
    /// Takes a syllable apart; `None` for any other character.
    ///
    /// ```
    /// # use workshop_datasets::hangul::Syllable;
    /// assert_eq!(Syllable::of('한').map(|s| (s.lead, s.vowel, s.tail)), Some((18, 0, 4)));
    /// assert_eq!(Syllable::of('A'), None);
    /// ```
    pub fn of(letter: char) -> Option<Self> {
        let code = letter as u32;
        (FIRST..=LAST).contains(&code).then(|| {
            let place = code - FIRST;
            Self { lead: place / 588, vowel: place / 28 % 21, tail: place % 28 }
        })
    }

    /// The character of these parts; numbers out of range give U+FFFD.
    pub fn letter(self) -> char {
        char::from_u32(FIRST + (self.lead * 21 + self.vowel) * 28 + self.tail).unwrap_or(char::REPLACEMENT_CHARACTER)
    }
}

/// How a text ends when it is read aloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastSound {
    /// A vowel: 나무, 2, V.
    Vowel,
    /// The consonant ㄹ, before which 으 falls away: 물, 7, L.
    Rieul,
    /// Another consonant: 책, 3, N.
    Consonant,
}

/// The last sound of `text`. Closing quotes, brackets and spaces are passed over; a text without a sound counts as a vowel.
pub fn last_sound(text: &str) -> LastSound {
    let mut rest =
        text.chars().rev().skip_while(|letter| !letter.is_alphanumeric() && *letter != '%' && *letter != '℃');
    let Some(last) = rest.next() else { return LastSound::Vowel };
    if let Some(syllable) = Syllable::of(last) {
        return match syllable.tail {
            0 => LastSound::Vowel,
            RIEUL => LastSound::Rieul,
            _ => LastSound::Consonant,
        };
    }
    match last {
        // 일 칠 팔 end in ㄹ; 영 삼 육 and 십 백 천 만 in other consonants.
        '1' | '7' | '8' => LastSound::Rieul,
        '0' | '3' | '6' => LastSound::Consonant,
        _ if last.is_ascii_alphabetic() => last_letter(last, rest.next()),
        'ㄱ'..='ㅎ' => {
            if last == 'ㄹ' {
                LastSound::Rieul
            } else {
                LastSound::Consonant
            }
        }
        _ => LastSound::Vowel,
    }
}

/// A Latin letter is read by its name when it is a capital (엘, 엠, 엔, 알); in a word, by its usual sound. Units (km, kg)
/// are read out (킬로미터, 킬로그램).
fn last_letter(last: char, before: Option<char>) -> LastSound {
    match (last, before) {
        ('m', Some('k' | 'c' | 'm' | '0'..='9')) => LastSound::Vowel,
        ('g', Some('k' | 'm' | 'n' | '0'..='9')) | ('M' | 'N' | 'm' | 'n', _) => LastSound::Consonant,
        ('L' | 'R' | 'l', _) => LastSound::Rieul,
        ('b' | 'c' | 'k' | 'p' | 't', Some(letter)) if letter.is_ascii_alphabetic() => LastSound::Consonant,
        _ => LastSound::Vowel,
    }
}

/// Whether `text` ends in a consonant when it is read aloud.
pub fn has_final(text: &str) -> bool {
    last_sound(text) != LastSound::Vowel
}

/// A particle (or a form of 이다) in its two shapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Particle {
    /// After a consonant.
    pub closed: &'static str,
    /// After a vowel; for 으로 and its kin after ㄹ too.
    pub open: &'static str,
}

impl Particle {
    /// Looks a particle up by either of its shapes (`은` or `는`); `None` when there is no such particle.
    pub fn of(key: &str) -> Option<Self> {
        let found = VARYING.iter().find(|(closed, _)| *closed == key);
        if let Some(&(closed, open)) = found.or_else(|| VARYING.iter().find(|(_, open)| *open == key)) {
            return Some(Self { closed, open });
        }
        FIXED.iter().find(|fixed| **fixed == key).map(|fixed| Self { closed: fixed, open: fixed })
    }

    /// The shape that follows `sound`.
    pub fn after(self, sound: LastSound) -> &'static str {
        match sound {
            LastSound::Vowel => self.open,
            LastSound::Rieul if self.closed.starts_with("으로") => self.open,
            _ => self.closed,
        }
    }
}

/// The particle `key` as it follows `word`; a key that is unknown is appended as it is.
///
/// ```
/// # use workshop_datasets::hangul::particle;
/// assert_eq!(particle("책", "은"), "은");
/// assert_eq!(particle("서울", "으로"), "로");
/// ```
pub fn particle(word: &str, key: &str) -> String {
    Particle::of(key).map_or(key, |found| found.after(last_sound(word))).to_owned()
}

/// Particles with two shapes: after a consonant, after a vowel.
#[rustfmt::skip]
const VARYING: &[(&str, &str)] = &[
    ("은", "는"), ("이", "가"), ("을", "를"), ("과", "와"), ("아", "야"), ("으로", "로"),
    ("으로는", "로는"), ("으로도", "로도"), ("으로서", "로서"), ("으로써", "로써"), ("으로부터", "로부터"),
    ("으로만", "로만"), ("으로의", "로의"), ("은커녕", "는커녕"), ("과는", "와는"), ("과도", "와도"),
    ("과의", "와의"), ("과만", "와만"), ("이나", "나"), ("이나마", "나마"), ("이랑", "랑"),
    ("이랑은", "랑은"), ("이든", "든"), ("이든지", "든지"), ("이라", "라"), ("이라고", "라고"),
    ("이라고는", "라고는"), ("이라는", "라는"), ("이라도", "라도"), ("이라면", "라면"), ("이라서", "라서"),
    ("이라도요", "라도요"), ("이란", "란"), ("이란다", "란다"), ("이래", "래"), ("이래요", "래요"),
    ("이야말로", "야말로"), ("이야", "야"), ("이요", "요"), ("이다", "다"), ("이고", "고"), ("이고요", "고요"),
    ("이며", "며"), ("이면", "면"), ("이지", "지"), ("이죠", "죠"), ("이지요", "지요"), ("이지만", "지만"),
    ("이네", "네"), ("이네요", "네요"), ("이니", "니"), ("이니까", "니까"), ("이구나", "구나"),
    ("이군요", "군요"), ("이거든", "거든"), ("이거든요", "거든요"), ("이잖아", "잖아"), ("이잖아요", "잖아요"),
    ("이었다", "였다"), ("이었어", "였어"), ("이었어요", "였어요"), ("이었습니다", "였습니다"), ("이었고", "였고"),
    ("이었지만", "였지만"), ("이었는데", "였는데"), ("이었던", "였던"), ("이었지", "였지"), ("이었단다", "였단다"),
    ("이었으며", "였으며"), ("이었을", "였을"), ("이었네", "였네"), ("이었구나", "였구나"), ("이었대", "였대"),
    ("이었죠", "였죠"), ("이었을까", "였을까"), ("이었을까요", "였을까요"), ("이었기", "였기"), ("이었나", "였나"),
    ("이었으면", "였으면"), ("이어서", "여서"), ("이어야", "여야"), ("이어도", "여도"), ("이에요", "예요"),
    ("이자", "자"), ("이므로", "므로"), ("이기", "이기"), ("이었으니", "였으니"),
];

/// Particles that do not vary.
#[rustfmt::skip]
const FIXED: &[&str] = &[
    "에", "에는", "에도", "에서", "에서는", "에서도", "에서만", "에서부터", "에게", "에게는", "에게도", "에게서", "에만",
    "에서의", "한테", "한테는", "한테도", "한테서", "께", "께서", "께서는", "의", "도", "만", "만은", "만이", "만을",
    "만큼", "만큼은", "만큼이나", "까지", "까지는", "까지도", "까지만", "부터", "부터는", "보다", "보다는", "보다도",
    "처럼", "처럼은", "같이", "하고", "하고는", "하고도", "마다", "조차", "마저", "밖에", "뿐", "뿐만", "씩", "쯤",
    "쯤은", "째", "들", "들은", "들이", "들을", "들과", "들도", "들에게", "들의", "네", "대로", "이라기보다",
    "입니다", "입니까", "인", "인지", "인데", "인데요", "인가", "인가요", "일", "일까", "일까요", "일지", "인걸",
    "이신", "님", "씨",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_syllable_survives_being_taken_apart() {
        for code in FIRST..=LAST {
            let letter = char::from_u32(code).unwrap();
            assert_eq!(Syllable::of(letter).unwrap().letter(), letter);
        }
    }

    #[test]
    fn the_last_sound_is_the_one_that_is_read() {
        let vowels =
            ["나무", "2", "4", "5", "9", "TV", "A", "‘나무’", "30%", "25℃", "", "5km", "(아이)", "3cm", "cafe"];
        let rieul = ["물", "1", "7", "8", "L", "R", "“서울”", "hotel", "11"];
        let consonants = ["책", "0", "3", "6", "10", "100", "M", "N", "『책』", "3kg", "cup", "PIN"];
        for word in vowels {
            assert_eq!(last_sound(word), LastSound::Vowel, "{word}");
        }
        for word in rieul {
            assert_eq!(last_sound(word), LastSound::Rieul, "{word}");
        }
        for word in consonants {
            assert_eq!(last_sound(word), LastSound::Consonant, "{word}");
        }
    }

    #[test]
    fn each_final_takes_the_closed_shape_and_only_rieul_drops_eu() {
        for tail in 0..28 {
            let word = Syllable { lead: 0, vowel: 0, tail }.letter().to_string();
            assert_eq!(particle(&word, "은"), if tail == 0 { "는" } else { "은" });
            assert_eq!(particle(&word, "으로"), if tail == 0 || tail == RIEUL { "로" } else { "으로" });
        }
    }

    #[test]
    fn the_table_of_particles() {
        let table = [
            ("책", "이", "이"),
            ("나무", "이", "가"),
            ("책", "를", "을"),
            ("나무", "과", "와"),
            ("민준", "아", "아"),
            ("수아", "아", "야"),
            ("물", "으로", "로"),
            ("길", "으로서", "로서"),
            ("3", "은", "은"),
            ("2", "은", "는"),
            ("TV", "은", "는"),
            ("L", "으로", "로"),
            ("선생님", "이다", "이다"),
            ("친구", "이다", "다"),
            ("친구", "이었다", "였다"),
            ("학생", "이었다", "이었다"),
            ("친구", "이에요", "예요"),
            ("학생", "이에요", "이에요"),
            ("학생", "입니다", "입니다"),
            ("집", "에서", "에서"),
            ("물", "을", "을"),
            ("하나", "이라도", "라도"),
        ];
        for (word, key, shape) in table {
            assert_eq!(particle(word, key), shape, "{word} + {key}");
        }
        assert_eq!(Particle::of("없는말"), None);
    }
}
