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

// ANCHOR: gpt2_words
/// The words of a text, in order; together they are the text.
///
/// At each place the first of these that fits is the next word: an English ending (`'s 't 're 've 'm 'll 'd`); a run of
/// letters, of digits, or of signs that are neither these nor white space, each with one space before it or none; white
/// space of two or more characters, but for its last one where something else follows; white space.
///
/// ```
/// use sol03_tokenizer::gpt2_words::gpt2_words;
/// assert_eq!(gpt2_words("나는 학교에  갔다."), ["나는", " 학교에", " ", " 갔다", "."]);
/// ```
pub fn gpt2_words(text: &str) -> Vec<String> {
    // SOLUTION: the words of the text, in order
    const ENDINGS: [&str; 7] = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];
    let kind = |c: char| match c {
        c if c.is_whitespace() => 0,
        c if c.is_alphabetic() => 1,
        c if c.is_numeric() => 2,
        _ => 3,
    };
    let mut words = vec![];
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let run = |from: usize, kind_of_run: i32| {
            rest[from..].find(|c| kind(c) != kind_of_run).map_or(rest.len(), |length| from + length)
        };
        let after_space = rest.strip_prefix(' ').and_then(|rest| rest.chars().next()).map_or(0, kind);
        let end = if let Some(ending) = ENDINGS.iter().find(|ending| rest.starts_with(**ending)) {
            ending.len()
        } else if after_space != 0 {
            run(1, after_space)
        } else if kind(first) != 0 {
            run(0, kind(first))
        } else {
            let end = run(0, 0);
            let last = rest[..end].chars().next_back().map_or(0, char::len_utf8);
            // The last white space goes to what follows, if it is not all there is.
            if end < rest.len() && end > last { end - last } else { end }
        };
        words.push(rest[..end].to_owned());
        rest = &rest[end..];
    }
    words
    // END
}
// ANCHOR_END: gpt2_words
