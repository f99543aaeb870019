//! Shingles and Jaccard similarity (Broder, 1997, §2).
//!
//! | paper | here |
//! |---|---|
//! | the set of shingles $S(D, w)$ of a document | `shingles(text, k)` |
//! | the resemblance $r(A, B)$ | `jaccard(a, b)` |
//!
//! Broder takes sequences of words. Here they are sequences of signs (`char`): in Korean a particle or an ending makes
//! another word of the same stem, and nearly all signs stay.

// ANCHOR: shingles
/// The distinct sequences of `k` signs of the text, sorted; of a text with fewer signs the text itself, if it has any.
///
/// ```
/// use sol02_data::shingles::shingles;
/// assert_eq!(shingles("비가 온다", 2), [" 온", "가 ", "비가", "온다"]);
/// ```
pub fn shingles(text: &str, k: usize) -> Vec<String> {
    // SOLUTION: every sequence of k signs once, in order
    let signs: Vec<char> = text.chars().collect();
    let k = k.clamp(1, signs.len().max(1)); // a short text is one shingle; a length of 0 has no meaning
    let mut found: Vec<String> = signs.windows(k).map(|window| window.iter().collect()).collect();
    found.sort_unstable();
    found.dedup();
    found
    // END
}
// ANCHOR_END: shingles

// ANCHOR: jaccard
/// The size of the intersection over the size of the union, of two sorted lists without repetitions; 1 for two empty ones.
///
/// $$ J(A, B) = \frac{|A \cap B|}{|A \cup B|} $$
///
/// ```
/// use sol02_data::shingles::{jaccard, shingles};
/// let (a, b) = (shingles("비가 온다", 2), shingles("비가 왔다", 2));
/// assert_eq!(jaccard(&a, &b), 2.0 / 6.0); // 비가 and 가_, of six
/// ```
pub fn jaccard(a: &[String], b: &[String]) -> f64 {
    // SOLUTION: what both have, over what at least one has
    let (mut i, mut j, mut common) = (0, 0, 0);
    while i < a.len() && j < b.len() {
        match a[i].cmp(&b[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => (i, j, common) = (i + 1, j + 1, common + 1),
        }
    }
    match a.len() + b.len() - common {
        0 => 1.0,
        union => common as f64 / union as f64,
    }
    // END
}
// ANCHOR_END: jaccard

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_text_is_one_shingle_and_an_empty_one_has_none() {
        assert_eq!(shingles("ㅋㅋ", 5), ["ㅋㅋ"]);
        assert_eq!(shingles("ㅋㅋㅋㅋㅋㅋㅋ", 5), ["ㅋㅋㅋㅋㅋ"]);
        assert!(shingles("", 5).is_empty() && shingles("", 0).is_empty());
        assert_eq!(shingles("나가", 0), ["가", "나"]);
    }

    #[test]
    fn by_hand() {
        let set = |text| shingles(text, 1);
        assert_eq!(jaccard(&set("가나다"), &set("나다라")), 0.5);
        assert_eq!((jaccard(&set(""), &set("")), jaccard(&set(""), &set("가"))), (1.0, 0.0));
        assert_eq!(jaccard(&set("가나"), &set("나가")), 1.0);
    }
}
