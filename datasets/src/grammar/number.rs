//! Numbers as they are read: native before counters, native alone, Sino-Korean, ordinal.

/// How a number is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// `~하나`: before a counter (한, 두, 스무).
    Counter,
    /// `~셈`: alone (하나, 둘, 스물).
    Counting,
    /// `~일`: Sino-Korean (일, 이, 이십).
    Sino,
    /// `~째`: 첫째, 둘째, 셋째.
    Ordinal,
    /// `~번째`: 첫, 두, 세 (번째).
    Time,
}

impl Style {
    pub(crate) fn of(name: &str) -> Option<Self> {
        Some(match name {
            "하나" => Self::Counter,
            "셈" => Self::Counting,
            "일" => Self::Sino,
            "째" => Self::Ordinal,
            "번째" => Self::Time,
            _ => return None,
        })
    }
}

const ONES: [&str; 10] = ["", "하나", "둘", "셋", "넷", "다섯", "여섯", "일곱", "여덟", "아홉"];
const BEFORE: [&str; 10] = ["", "한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉"];
const TENS: [&str; 10] = ["", "열", "스물", "서른", "마흔", "쉰", "예순", "일흔", "여든", "아흔"];
const DIGITS: [&str; 10] = ["", "일", "이", "삼", "사", "오", "육", "칠", "팔", "구"];

/// A number in words; native numerals end at 99, beyond which the Sino-Korean ones are used.
pub(crate) fn words(number: i64, style: Style) -> String {
    if style == Style::Sino || !(1..100).contains(&number) {
        return sino(number);
    }
    let (ten, one) = ((number / 10) as usize, (number % 10) as usize);
    let tens = if number == 20 && style != Style::Counting { "스무" } else { TENS[ten] };
    match style {
        Style::Counter => [tens, BEFORE[one]].concat(),
        Style::Time if number == 1 => "첫".to_owned(),
        Style::Time => [tens, BEFORE[one]].concat(),
        Style::Ordinal if number == 1 => "첫째".to_owned(),
        Style::Ordinal if number == 2 => "둘째".to_owned(),
        // 열두째, but 둘째 alone; 셋째, 넷째 keep their finals.
        Style::Ordinal => [tens, if one < 3 { BEFORE[one] } else { ONES[one] }, "째"].concat(),
        Style::Counting | Style::Sino => [TENS[ten], ONES[one]].concat(),
    }
}

fn sino(number: i64) -> String {
    if number == 0 {
        return "영".to_owned();
    }
    if number < 0 {
        return format!("영하 {}", sino(-number));
    }
    let mut said = String::new();
    for (unit, name) in [(100_000_000, "억"), (10_000, "만"), (1, "")] {
        let part = number / unit % 10_000;
        if part > 0 {
            // 만, not 일만.
            if !(unit == 10_000 && part == 1 && said.is_empty()) {
                below_ten_thousand(part as usize, &mut said);
            }
            said.push_str(name);
        }
    }
    said
}

fn below_ten_thousand(number: usize, said: &mut String) {
    for (unit, name) in [(1000, "천"), (100, "백"), (10, "십"), (1, "")] {
        let digit = number / unit % 10;
        if digit > 0 {
            if digit > 1 || unit == 1 {
                said.push_str(DIGITS[digit]);
            }
            said.push_str(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_they_are_said() {
        let table = [
            (1, "한", "하나", "일", "첫째", "첫"),
            (2, "두", "둘", "이", "둘째", "두"),
            (3, "세", "셋", "삼", "셋째", "세"),
            (10, "열", "열", "십", "열째", "열"),
            (12, "열두", "열둘", "십이", "열두째", "열두"),
            (20, "스무", "스물", "이십", "스무째", "스무"),
            (21, "스물한", "스물하나", "이십일", "스물한째", "스물한"),
            (34, "서른네", "서른넷", "삼십사", "서른넷째", "서른네"),
        ];
        for (number, counter, counting, sino, ordinal, time) in table {
            assert_eq!(words(number, Style::Counter), counter);
            assert_eq!(words(number, Style::Counting), counting);
            assert_eq!(words(number, Style::Sino), sino);
            assert_eq!(words(number, Style::Ordinal), ordinal);
            assert_eq!(words(number, Style::Time), time);
        }
        for (number, said) in [
            (0, "영"),
            (100, "백"),
            (365, "삼백육십오"),
            (10_000, "만"),
            (24_300, "이만 사천삼백".replace(' ', "").as_str()),
            (100_000_000, "일억"),
        ] {
            assert_eq!(words(number, Style::Sino), said);
        }
    }
}
