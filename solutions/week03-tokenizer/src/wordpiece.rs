//! WordPiece: the longest token that fits, from the left (Wu et al., 2016, §4.1; Devlin et al., 2019).

// ANCHOR: wordpiece
/// The tokens of a word, those inside it with `##` in front; `[UNK]` alone where it cannot be cut or has more than `longest` characters.
pub fn wordpiece(word: &str, vocabulary: &std::collections::BTreeSet<String>, longest: usize) -> Vec<String> {
    // SOLUTION: TO BE WRITTEN
    let _ = (word, vocabulary, longest);
    todo!()
    // END
}
// ANCHOR_END: wordpiece
