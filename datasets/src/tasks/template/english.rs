//! English nouns and numbers as templates need them.

/// `word` with a capital at its head.
pub(in crate::tasks) fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// `a` or `an` by the first sound; the exceptions are those of the lists.
pub(super) fn with_article(word: &str) -> String {
    let vowel = word.starts_with(['a', 'e', 'i', 'o', 'u'])
        && !["uni", "use", "one", "eu"].iter().any(|head| word.starts_with(head));
    format!("{} {word}", if vowel || word.starts_with("hour") { "an" } else { "a" })
}

/// The plural by the usual rules.
pub(super) fn plural(word: &str) -> String {
    let consonant_y = word.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'i', 'o', 'u']));
    match consonant_y {
        Some(stem) => format!("{stem}ies"),
        None if ["s", "x", "ch", "sh"].iter().any(|tail| word.ends_with(tail)) => format!("{word}es"),
        None => format!("{word}s"),
    }
}

const SMALL: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 10] = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

/// A number below a hundred in English words; larger ones in digits.
pub(super) fn english(number: i64) -> String {
    match usize::try_from(number) {
        Ok(small) if small < 20 => SMALL[small].to_owned(),
        Ok(two) if two < 100 && two % 10 == 0 => TENS[two / 10].to_owned(),
        Ok(two) if two < 100 => format!("{}-{}", TENS[two / 10], SMALL[two % 10]),
        _ => with_commas(number),
    }
}

/// 12,000.
pub(super) fn with_commas(number: i64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn english_nouns_take_their_article_and_plural() {
        assert_eq!(["umbrella", "book", "uniform"].map(with_article), ["an umbrella", "a book", "a uniform"]);
        assert_eq!(["box", "city", "key", "watch"].map(plural), ["boxes", "cities", "keys", "watches"]);
        assert_eq!((english(42), with_commas(1_234_567)), ("forty-two".to_owned(), "1,234,567".to_owned()));
        assert_eq!(capital("spring"), "Spring");
    }
}
