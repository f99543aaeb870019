//! Fertility: how many tokens a text takes.
//!
//! Ács (2019), "Exploring BERT's Vocabulary"; Rust et al. (2021), "How Good is Your Tokenizer?", §3.1: tokens a word. Korean
//! words, cut at white space, hold several morphemes, so that bytes a token stand beside it: they compare across languages.

// ANCHOR: fertility
/// Tokens a word and bytes a token, over all texts together: sums first, then the ratio. Words are what stands between white
/// space; `counts` are the tokens of each text. A ratio to nothing is 0.
///
/// ```
/// use sol03_tokenizer::fertility::fertility;
/// let (tokens_a_word, bytes_a_token) = fertility(&["나는 간다".to_owned()], &[4]);
/// assert_eq!((tokens_a_word, bytes_a_token), (2.0, 3.25));
/// ```
pub fn fertility(texts: &[String], counts: &[usize]) -> (f64, f64) {
    // SOLUTION: tokens a word and bytes a token, over all texts together
    let tokens: usize = counts.iter().sum();
    let words: usize = texts.iter().map(|text| text.split_whitespace().count()).sum();
    let bytes: usize = texts.iter().map(String::len).sum();
    let ratio = |a: usize, b: usize| if b == 0 { 0.0 } else { a as f64 / b as f64 };
    (ratio(tokens, words), ratio(bytes, tokens))
    // END
}
// ANCHOR_END: fertility
