//! WordPiece: the longest token that fits, from the left.
//!
//! Wu et al. (2016), "Google's Neural Machine Translation System", §4.1; Devlin et al. (2019), "BERT", §3, and the code
//! published with it (`WordpieceTokenizer`): a token inside a word begins with `##`, and a word that cannot be cut whole is
//! `[UNK]`.

use std::collections::BTreeSet;

// ANCHOR: wordpiece
/// The tokens of a word, those inside it with `##` in front. `[UNK]` alone where some part of it fits no token, or where it
/// has more than `longest` characters.
///
/// ```
/// use sol03_tokenizer::wordpiece::wordpiece;
/// let vocabulary = ["학교", "학", "##교", "##에서", "##에"].map(str::to_owned).into();
/// assert_eq!(wordpiece("학교에서", &vocabulary, 100), ["학교", "##에서"]);
/// assert_eq!(wordpiece("학생", &vocabulary, 100), ["[UNK]"]);
/// ```
pub fn wordpiece(word: &str, vocabulary: &BTreeSet<String>, longest: usize) -> Vec<String> {
    // SOLUTION: the tokens of the word, the longest that fits first
    let unknown = || vec!["[UNK]".to_owned()];
    if word.chars().count() > longest {
        return unknown();
    }
    let mut tokens = vec![];
    let mut rest = word;
    while !rest.is_empty() {
        let inside = if tokens.is_empty() { "" } else { "##" };
        let ends = rest.char_indices().map(|(start, c)| start + c.len_utf8());
        let fits = ends.rev().find(|end| vocabulary.contains(&format!("{inside}{}", &rest[..*end])));
        let Some(end) = fits else { return unknown() };
        tokens.push(format!("{inside}{}", &rest[..end]));
        rest = &rest[end..];
    }
    tokens
    // END
}
// ANCHOR_END: wordpiece
