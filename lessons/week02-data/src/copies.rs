//! Texts from a seed, and near copies of them: data whose duplicates are known.
//!
//! The texts are short reports of everyday life, of three to six sentences each. Two of them have some phrases in common, as
//! two texts of one kind do. A near copy has been through what people and programs do to a text that they pass on.

use crate::sketch::SplitMix64;

const WHEN: [&str; 12] = [
    "어제",
    "오늘 아침에",
    "지난 주말에",
    "비가 오던 날",
    "점심을 먹고 나서",
    "해가 지기 전에",
    "작년 겨울에",
    "학교가 끝난 뒤에",
    "새벽 여섯 시에",
    "방학 첫날에",
    "눈이 그친 다음",
    "저녁 무렵에",
];
const WHO: [&str; 12] = [
    "동생은",
    "친구는",
    "할머니는",
    "아버지는",
    "선생님은",
    "옆집 사람은",
    "나는",
    "언니는",
    "우체부는",
    "빵집 주인은",
    "삼촌은",
    "사촌은",
];
const WHERE: [&str; 12] = [
    "시장에서",
    "도서관 앞에서",
    "강가에서",
    "부엌에서",
    "버스 안에서",
    "마당에서",
    "기차역에서",
    "산 아래에서",
    "문구점에서",
    "바닷가에서",
    "골목 끝에서",
    "운동장에서",
];
const WHAT: [&str; 16] = [
    "귤을 한 봉지 샀다",
    "낡은 책을 두 권 찾았다",
    "하얀 고양이를 보았다",
    "따뜻한 국수를 먹었다",
    "잃어버린 우산을 찾았다",
    "오래된 노래를 들었다",
    "동네 지도를 그렸다",
    "긴 편지를 썼다",
    "깨진 화분을 고쳤다",
    "작은 나무를 심었다",
    "새 자전거를 탔다",
    "젖은 신발을 말렸다",
    "가족사진을 찍었다",
    "매운 떡볶이를 만들었다",
    "무거운 상자를 옮겼다",
    "조용히 눈을 감았다",
];

/// `count` texts of this seed.
///
/// ```
/// use week02_data::copies::texts;
/// assert_eq!(texts(3, 1), texts(3, 1));
/// assert_ne!(texts(3, 1), texts(3, 2));
/// ```
pub fn texts(count: usize, seed: u64) -> Vec<String> {
    let mut numbers = SplitMix64::seed(seed);
    (0..count).map(|_| text(&mut numbers)).collect()
}

fn text(numbers: &mut SplitMix64) -> String {
    let sentences: Vec<String> = (0..3 + numbers.below(4)).map(|_| sentence(numbers)).collect();
    sentences.join(" ")
}

fn sentence(numbers: &mut SplitMix64) -> String {
    let mut one_of = |list: &[&'static str]| list[numbers.below(list.len())];
    format!("{} {} {} {}.", one_of(&WHEN), one_of(&WHO), one_of(&WHERE), one_of(&WHAT))
}

/// What happens to a text that is passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edit {
    /// A Hangul syllable is left out, stands twice, or changes places with the sign behind it.
    Typo,
    /// A particle (eun, neun, eul, reul: 은, 는, 을, 를) is left out, as in speech, or another one takes its place.
    Particle,
    /// A sentence is left out, or another comes in where there is only one.
    Sentence,
    /// The ending of a sentence becomes polite (-da, 다, becomes -eoyo, 어요, and the like).
    Ending,
}

impl Edit {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Typo, Self::Particle, Self::Sentence, Self::Ending];
}

/// The text after one edit; the same text where there is nothing to edit.
pub fn edited(text: &str, edit: Edit, numbers: &mut SplitMix64) -> String {
    match edit {
        Edit::Typo => typo(text, numbers),
        Edit::Particle => {
            let particles =
                [("은 ", ["이 ", " "]), ("는 ", ["가 ", " "]), ("을 ", ["도 ", " "]), ("를 ", ["도 ", " "])];
            let places = particles.iter().flat_map(|(particle, others)| {
                text.match_indices(particle).map(move |(at, found)| (at, found, others))
            });
            replaced(text, places.collect(), numbers)
        }
        Edit::Sentence => {
            let mut sentences: Vec<&str> = text.split_inclusive(". ").collect();
            if sentences.len() < 2 {
                return format!("{text} {}", sentence(numbers));
            }
            sentences.remove(numbers.below(sentences.len()));
            sentences.concat().trim_end().to_owned()
        }
        Edit::Ending => {
            // After a past tense (a syllable that ends in ㅆ) each of these is right.
            let polite = ["어요.", "습니다.", "네요.", "지요."];
            let is_past = |at: usize| text[..at].chars().next_back().is_some_and(|sign| final_consonant(sign) == 20);
            let places =
                text.match_indices("다.").filter(|(at, _)| is_past(*at)).map(|(at, found)| (at, found, &polite));
            replaced(text, places.collect(), numbers)
        }
    }
}

/// Which trailing consonant a Hangul syllable has, from 0 for none to 27.
fn final_consonant(sign: char) -> u32 {
    u32::from(sign).checked_sub(0xac00).filter(|syllable| *syllable < 11_172).map_or(0, |syllable| syllable % 28)
}

/// One of the places, filled with one of its replacements.
fn replaced<const N: usize>(text: &str, places: Vec<(usize, &str, &[&str; N])>, numbers: &mut SplitMix64) -> String {
    let Some((at, found, others)) = places.get(numbers.below(places.len())) else { return text.to_owned() };
    format!("{}{}{}", &text[..*at], others[numbers.below(N)], &text[at + found.len()..])
}

fn typo(text: &str, numbers: &mut SplitMix64) -> String {
    let mut signs: Vec<char> = text.chars().collect();
    let is_hangul = |sign: char| ('가'..='힣').contains(&sign);
    let places: Vec<usize> = (0..signs.len()).filter(|i| is_hangul(signs[*i])).collect();
    let Some(at) = places.get(numbers.below(places.len())).copied() else { return text.to_owned() };
    match numbers.below(3) {
        0 => {
            signs.remove(at);
        }
        1 => signs.insert(at, signs[at]),
        _ if at + 1 < signs.len() => signs.swap(at, at + 1),
        _ => {
            signs.remove(at);
        }
    }
    signs.into_iter().collect()
}

/// The text after `times` edits of all kinds.
pub fn copy(text: &str, times: usize, numbers: &mut SplitMix64) -> String {
    (0..times).fold(text.to_owned(), |text, _| edited(&text, Edit::ALL[numbers.below(Edit::ALL.len())], numbers))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_edit_is_what_it_says() {
        let mut numbers = SplitMix64::seed(1);
        let text = "어제 동생은 시장에서 귤을 한 봉지 샀다. 나는 책을 읽었다.";
        for _ in 0..50 {
            let ending = edited(text, Edit::Ending, &mut numbers);
            assert!(
                ["샀어요.", "샀습니다.", "샀네요.", "샀지요.", "읽었어요.", "읽었습니다.", "읽었네요.", "읽었지요."]
                    .iter()
                    .any(|polite| ending.contains(polite)),
                "{ending}"
            );
            let particle = edited(text, Edit::Particle, &mut numbers);
            assert!(particle != text && particle.chars().count().abs_diff(text.chars().count()) <= 1, "{particle}");
            let shorter = edited(text, Edit::Sentence, &mut numbers);
            assert!(
                ["어제 동생은 시장에서 귤을 한 봉지 샀다.", "나는 책을 읽었다."].contains(&shorter.as_str()),
                "{shorter}"
            );
            assert_ne!(edited(text, Edit::Typo, &mut numbers), text);
        }
        for edit in [Edit::Typo, Edit::Particle, Edit::Ending] {
            assert_eq!(edited("abc", edit, &mut numbers), "abc");
        }
        assert!(edited("끝", Edit::Sentence, &mut numbers).len() > 10);
        assert_eq!(copy("끝", 0, &mut numbers), "끝");
    }
}
