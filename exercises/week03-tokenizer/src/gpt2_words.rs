//! A text cut into words as GPT-2 does: within a word symbols may merge, across words never.
//!
//! Radford et al. (2019), "Language Models are Unsupervised Multitask Learners", §2.2, and the code published with it:
//!
//! ```text
//! 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
//! ```
//!
//! `\p{L}` is `char::is_alphabetic` here and `\p{N}` is `char::is_numeric`, which is the same but for some marks and signs
//! (Unicode's property Alphabetic is wider than its category L); the lesson's `split` asks for the categories themselves.

/// The words of a text, in order; together they are the text.
///
/// At each place the first of these that fits is the next word: an English ending (`'s 't 're 've 'm 'll 'd`); a run of
/// letters, of digits, or of signs that are neither these nor white space, each with one space before it or none; white
/// space of two or more characters, but for its last one where something else follows; white space.
///
/// ```
/// use ex03_tokenizer::gpt2_words::gpt2_words;
/// assert_eq!(gpt2_words("나는 학교에  갔다."), ["나는", " 학교에", " ", " 갔다", "."]);
/// ```
pub fn gpt2_words(text: &str) -> Vec<String> {
    todo!("the words of the text, in order")
}
