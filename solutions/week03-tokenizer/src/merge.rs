//! A pair of neighbours becomes one symbol (Sennrich, Haddow & Birch, 2016, §3.2).

// ANCHOR: merge_pair
/// The symbols with every occurrence of the pair, from the left, replaced by `merged`.
pub fn merge_pair(symbols: &[u32], pair: (u32, u32), merged: u32) -> Vec<u32> {
    // SOLUTION: TO BE WRITTEN
    let _ = (symbols, pair, merged);
    todo!()
    // END
}
// ANCHOR_END: merge_pair
