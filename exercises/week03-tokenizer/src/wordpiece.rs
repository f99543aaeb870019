//! WordPiece: the longest token that fits, from the left.
//!
//! Wu et al. (2016), "Google's Neural Machine Translation System", §4.1; Devlin et al. (2019), "BERT", §3, and the code
//! published with it (`WordpieceTokenizer`): a token inside a word begins with `##`, and a word that cannot be cut whole is
//! `[UNK]`.

use std::collections::BTreeSet;

/// The tokens of a word, those inside it with `##` in front. `[UNK]` alone where some part of it fits no token, or where it
/// has more than `longest` characters.
///
/// ```
/// use ex03_tokenizer::wordpiece::wordpiece;
/// let vocabulary = ["학교", "학", "##교", "##에서", "##에"].map(str::to_owned).into();
/// assert_eq!(wordpiece("학교에서", &vocabulary, 100), ["학교", "##에서"]);
/// assert_eq!(wordpiece("학생", &vocabulary, 100), ["[UNK]"]);
/// ```
pub fn wordpiece(word: &str, vocabulary: &BTreeSet<String>, longest: usize) -> Vec<String> {
    todo!("the tokens of the word, the longest that fits first")
}
