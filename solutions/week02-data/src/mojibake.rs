//! Mojibake undone: UTF-8 that was read as Windows-1252.

// ANCHOR: repair
/// The text that was meant, where `text` is UTF-8 read as Windows-1252, once or several times; `text` itself where it is not.
pub fn repair(text: &str) -> String {
    // SOLUTION: TO BE WRITTEN
    let _ = (text,);
    todo!()
    // END
}
// ANCHOR_END: repair
