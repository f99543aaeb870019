//! Hangul composition: conjoining jamo to syllables (Unicode Standard §3.12).

// ANCHOR: compose
/// The text with every sequence of a leading consonant, a vowel and perhaps a trailing consonant as one syllable; all else as it is.
pub fn compose(text: &str) -> String {
    // SOLUTION: TO BE WRITTEN
    let _ = (text,);
    todo!()
    // END
}
// ANCHOR_END: compose
