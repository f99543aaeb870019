//! Language identification by ranked character n-grams (Cavnar & Trenkle, 1994).
//!
//! | paper | here |
//! |---|---|
//! | N-gram, 1 to 5 letters, words padded with blanks | `1..=3` signs, each word padded with one space on either side |
//! | N-gram frequency profile, the top 300 | [`profile`], the top `size` |
//! | out-of-place measure | [`out_of_place`] |
//! | "some maximum out-of-place value" for an N-gram that the profile lacks | the length of the profile |

// ANCHOR: profile
/// The `size` most frequent character n-grams of 1 to 3 signs, most frequent first, equals in order of their signs.
///
/// The n-grams are those of each word (what stands between white space) with one space in front of it and one behind.
///
/// ```
/// use sol02_data::language::profile;
/// // " oo " holds: space and o twice each, then " o", "oo", "o ", " oo" and "oo " once.
/// assert_eq!(profile("oo", 4), [" ", "o", " o", " oo"]);
/// ```
pub fn profile(text: &str, size: usize) -> Vec<String> {
    // SOLUTION: the n-grams of the padded words, by how often they occur
    use std::cmp::Reverse;
    let mut counts: std::collections::HashMap<String, usize> = std::collections::HashMap::new();
    for word in text.split_whitespace() {
        let signs: Vec<char> = format!(" {word} ").chars().collect();
        for n in 1..=3 {
            for gram in signs.windows(n) {
                *counts.entry(gram.iter().collect()).or_default() += 1;
            }
        }
    }
    let mut ranked: Vec<(String, usize)> = counts.into_iter().collect();
    ranked.sort_by(|(a, times_a), (b, times_b)| (Reverse(times_a), a).cmp(&(Reverse(times_b), b)));
    ranked.into_iter().take(size).map(|(gram, _)| gram).collect()
    // END
}
// ANCHOR_END: profile

// ANCHOR: out_of_place
/// How far the n-grams of a document are from their places in the profile of a language, added up.
///
/// An n-gram that the language's profile lacks counts as far as that profile is long.
///
/// ```
/// use sol02_data::language::out_of_place;
/// let grams = |list: &[&str]| list.iter().map(|gram| gram.to_string()).collect::<Vec<_>>();
/// // "a" stands one place off, "b" two, and "x" is missing: 3.
/// assert_eq!(out_of_place(&grams(&["a", "x", "b"]), &grams(&["b", "a", "c"])), 1 + 3 + 2);
/// ```
pub fn out_of_place(document: &[String], language: &[String]) -> usize {
    // SOLUTION: for each n-gram of the document, the distance between its two places, or the most where it has but one
    let places: std::collections::HashMap<&str, usize> =
        language.iter().enumerate().map(|(place, gram)| (gram.as_str(), place)).collect();
    let distance = |(place, gram): (usize, &String)| match places.get(gram.as_str()) {
        Some(other) => place.abs_diff(*other),
        None => language.len(),
    };
    document.iter().enumerate().map(distance).sum()
    // END
}
// ANCHOR_END: out_of_place

#[cfg(test)]
mod tests {
    use super::{out_of_place, profile};

    #[test]
    fn a_profile_by_hand() {
        // " ab " twice: space four times, the rest twice; " c " once adds two spaces.
        assert_eq!(
            profile("ab ab\nc", 100),
            [" ", " a", " ab", "a", "ab", "ab ", "b", "b ", " c", " c ", "c", "c "].map(String::from)
        );
        assert_eq!(profile("ab ab", 2), [" ", " a"]);
        assert!(profile(" \n", 10).is_empty() && profile("a", 0).is_empty());
    }

    #[test]
    fn a_language_is_nearest_to_itself() {
        let (ours, other) = (profile("나는 학교에 간다", 50), profile("I walk to school", 50));
        assert_eq!(out_of_place(&ours, &ours), 0);
        assert!(out_of_place(&ours, &other) > 0);
        assert_eq!(out_of_place(&ours, &[]), 0);
        assert_eq!(out_of_place(&[], &other), 0);
    }
}
