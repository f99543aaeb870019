//! Special tokens, cut out of a text before anything else: `<|endoftext|>` is one token and never three signs and a word.
//!
//! A text of the program's own may hold them. A text that somebody else wrote must not: whoever can write `<|im_end|>` into
//! a message ends it.

// ANCHOR: split_special
/// The parts of a text in order, each with whether it is a special token. Of several that begin at one place the longest is
/// taken. No part is empty, and text between two special tokens is one part. No special token is empty.
///
/// ```
/// use sol03_tokenizer::special::split_special;
/// let special = ["<|end|>".to_owned()];
/// assert_eq!(split_special("안녕<|end|>", &special), [(false, "안녕".to_owned()), (true, "<|end|>".to_owned())]);
/// ```
pub fn split_special(text: &str, special: &[String]) -> Vec<(bool, String)> {
    // SOLUTION: the parts of the text in order, each with whether it is a special token
    let mut parts = vec![];
    let (mut start, mut at) = (0, 0);
    while at < text.len() {
        let begin_here = special.iter().filter(|token| text[at..].starts_with(token.as_str()));
        let step = match begin_here.max_by_key(|token| token.len()) {
            Some(token) => {
                if start < at {
                    parts.push((false, text[start..at].to_owned()));
                }
                parts.push((true, token.clone()));
                start = at + token.len();
                token.len()
            }
            None => text[at..].chars().next().map_or(1, char::len_utf8),
        };
        at += step;
    }
    if start < text.len() {
        parts.push((false, text[start..].to_owned()));
    }
    parts
    // END
}
// ANCHOR_END: split_special
