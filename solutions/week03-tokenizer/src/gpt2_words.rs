//! A text cut into words as GPT-2 does (Radford et al., 2019, §2.2).

// ANCHOR: gpt2_words
/// The words of a text, in order; together they are the text.
pub fn gpt2_words(text: &str) -> Vec<String> {
    // SOLUTION: TO BE WRITTEN
    let _ = (text,);
    todo!()
    // END
}
// ANCHOR_END: gpt2_words
