//! A conversation as ChatML: special tokens that the program wrote, and text that somebody else wrote.

// ANCHOR: chat_parts
/// The parts of a conversation of `(role, content)`, each with whether it is a special token; with the start of an answer at the end where `answer` is asked for.
pub fn chat_parts(messages: &[(String, String)], answer: bool) -> Vec<(bool, String)> {
    // SOLUTION: TO BE WRITTEN
    let _ = (messages, answer);
    todo!()
    // END
}
// ANCHOR_END: chat_parts
