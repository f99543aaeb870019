//! Fertility: how many tokens a text takes.
//!
//! Ács (2019), "Exploring BERT's Vocabulary"; Rust et al. (2021), "How Good is Your Tokenizer?", §3.1: tokens a word. Korean
//! words, cut at white space, hold several morphemes, so that bytes a token stand beside it: they compare across languages.

/// Tokens a word and bytes a token, over all texts together: sums first, then the ratio. Words are what stands between white
/// space; `counts` are the tokens of each text. A ratio to nothing is 0.
///
/// ```
/// use ex03_tokenizer::fertility::fertility;
/// let (tokens_a_word, bytes_a_token) = fertility(&["나는 간다".to_owned()], &[4]);
/// assert_eq!((tokens_a_word, bytes_a_token), (2.0, 3.25));
/// ```
pub fn fertility(texts: &[String], counts: &[usize]) -> (f64, f64) {
    todo!("tokens a word and bytes a token, over all texts together")
}
