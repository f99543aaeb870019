//! Language identification by ranked character n-grams (Cavnar & Trenkle, 1994).

// ANCHOR: profile
/// The `size` most frequent character n-grams of 1 to 3 signs, most frequent first, equals in order of their signs.
pub fn profile(text: &str, size: usize) -> Vec<String> {
    // SOLUTION: TO BE WRITTEN
    let _ = (text, size);
    todo!()
    // END
}
// ANCHOR_END: profile

// ANCHOR: out_of_place
/// How far the n-grams of a document are from their places in the profile of a language, added up.
pub fn out_of_place(document: &[String], language: &[String]) -> usize {
    // SOLUTION: TO BE WRITTEN
    let _ = (document, language);
    todo!()
    // END
}
// ANCHOR_END: out_of_place
