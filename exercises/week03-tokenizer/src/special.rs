//! Special tokens, cut out of a text before anything else: `<|endoftext|>` is one token and never three signs and a word.
//!
//! A text of the program's own may hold them. A text that somebody else wrote must not: whoever can write `<|im_end|>` into
//! a message ends it.

/// The parts of a text in order, each with whether it is a special token. Of several that begin at one place the longest is
/// taken. No part is empty, and text between two special tokens is one part. No special token is empty.
///
/// ```
/// use ex03_tokenizer::special::split_special;
/// let special = ["<|end|>".to_owned()];
/// assert_eq!(split_special("안녕<|end|>", &special), [(false, "안녕".to_owned()), (true, "<|end|>".to_owned())]);
/// ```
pub fn split_special(text: &str, special: &[String]) -> Vec<(bool, String)> {
    todo!("the parts of the text in order, each with whether it is a special token")
}
