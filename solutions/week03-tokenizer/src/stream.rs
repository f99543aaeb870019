//! Text from tokens as they come: a character may be cut between two of them.

// ANCHOR: push_token
/// Adds the bytes of a token to those that wait, and gives back the text that is complete; what may become a character waits on. Bytes that never can become U+FFFD.
pub fn push_token(waiting: &mut Vec<u8>, token: &[u8]) -> String {
    // SOLUTION: TO BE WRITTEN
    let _ = (waiting, token);
    todo!()
    // END
}
// ANCHOR_END: push_token
