//! Fertility: how many tokens a text takes (Rust et al., 2021, §3).

// ANCHOR: fertility
/// Tokens a word (words end at white space) and bytes a token, over all texts; `counts` are the tokens of each.
pub fn fertility(texts: &[String], counts: &[usize]) -> (f64, f64) {
    // SOLUTION: TO BE WRITTEN
    let _ = (texts, counts);
    todo!()
    // END
}
// ANCHOR_END: fertility
