//! Turns of a dialogue: templates of single exchanges may leave one person speaking twice in a row; here the two lines become one.

/// The text with each line joined to the one before it where both begin with the same `name: `.
///
/// ```
/// assert_eq!(workshop_datasets::turns::joined("가: 네.\n가: 그래요.\n나: 응."), "가: 네. 그래요.\n나: 응.");
/// ```
pub fn joined(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut last = None;
    for line in text.split('\n') {
        let speaker = line.split_once(": ").map(|(name, _)| name);
        match line.split_once(": ") {
            Some((name, said)) if last == Some(name) => {
                out.push(' ');
                out.push_str(said);
            }
            _ => {
                if !out.is_empty() {
                    out.push('\n');
                }
                out.push_str(line);
            }
        }
        last = speaker;
    }
    out
}
