//! The pair of neighbours that occurs most often (Sennrich, Haddow & Birch, 2016, §3.2).

// ANCHOR: most_frequent_pair
/// The most frequent pair of neighbours in words with their counts, and how often it occurs; of equals, the pair with the smaller ids. `None` where there is no pair.
pub fn most_frequent_pair(words: &[(Vec<u32>, u64)]) -> Option<((u32, u32), u64)> {
    // SOLUTION: TO BE WRITTEN
    let _ = (words,);
    todo!()
    // END
}
// ANCHOR_END: most_frequent_pair
