//! Repetition within a text (Rae et al., 2021, table A1).
//!
//! | paper | here |
//! |---|---|
//! | fraction of characters in the most common $n$-gram | [`top_ngram_share`] |
//! | fraction of characters in duplicate $n$-grams | [`duplicate_ngram_share`] |
//!
//! The paper counts words between spaces. A word here is whatever you pass: for a language whose spacing varies, pass the
//! characters one by one. Both shares count a character once, however many sequences it stands in: the paper says so of
//! the second and leaves the first open.

// ANCHOR: top_ngram_share
/// The share of the characters of all words that stand in the most frequent sequence of `n` words.
///
/// A sequence that occurs once repeats nothing, so the share is 0 where none occurs twice. Of sequences that are equally
/// frequent, the one counts whose share is largest.
///
/// ```
/// use sol02_data::repetition::top_ngram_share;
/// // "좋은 날" stands twice: 2 times 3 of the 8 characters.
/// assert_eq!(top_ngram_share(&["좋은", "날", "참", "좋은", "날", "또"], 2), 6.0 / 8.0);
/// ```
pub fn top_ngram_share(words: &[&str], n: usize) -> f64 {
    // SOLUTION: the share of the characters that stand in the most frequent sequence, 0 where nothing occurs twice
    use std::collections::BTreeMap;
    let mut places: BTreeMap<&[&str], Vec<usize>> = BTreeMap::new();
    for (start, sequence) in words.windows(n.max(1)).enumerate() {
        places.entry(sequence).or_default().push(start);
    }
    let most = places.values().map(Vec::len).max().unwrap_or(0);
    if n == 0 || most < 2 {
        return 0.0;
    }
    let tops = places.values().filter(|starts| starts.len() == most);
    let shares = tops.map(|starts| {
        let mut marked = vec![false; words.len()];
        starts.iter().for_each(|start| marked[*start..start + n].fill(true));
        marked_share(words, &marked)
    });
    shares.fold(0.0, f64::max)
    // END
}
// ANCHOR_END: top_ngram_share

// ANCHOR: duplicate_ngram_share
/// The share of the characters of all words that stand in a sequence of `n` words which occurs more than once, each
/// character counted once.
///
/// All occurrences count, the first one too. With `n = 0`, or fewer than `n` words, there is no sequence: 0.
///
/// ```
/// use sol02_data::repetition::duplicate_ngram_share;
/// // "가 나" and "나 다" occur twice: of the 7 characters, all but 라 stand in one of them.
/// assert_eq!(duplicate_ngram_share(&["가", "나", "다", "라", "가", "나", "다"], 2), 6.0 / 7.0);
/// ```
pub fn duplicate_ngram_share(words: &[&str], n: usize) -> f64 {
    // SOLUTION: the share of the characters that stand in a sequence which occurs more than once
    if n == 0 {
        return 0.0;
    }
    let mut counts = std::collections::BTreeMap::<&[&str], usize>::new();
    for sequence in words.windows(n) {
        *counts.entry(sequence).or_default() += 1;
    }
    let mut marked = vec![false; words.len()];
    for (start, sequence) in words.windows(n).enumerate() {
        if counts[sequence] > 1 {
            marked[start..start + n].fill(true);
        }
    }
    marked_share(words, &marked)
    // END
}
// ANCHOR_END: duplicate_ngram_share

/// The share of the characters of all words that the marked words hold; 0 where there are no characters.
fn marked_share(words: &[&str], marked: &[bool]) -> f64 {
    let length = |word: &str| word.chars().count();
    let all: usize = words.iter().map(|word| length(word)).sum();
    let inside: usize = words.iter().zip(marked).filter(|(_, marked)| **marked).map(|(word, _)| length(word)).sum();
    if all == 0 { 0.0 } else { inside as f64 / all as f64 }
}
