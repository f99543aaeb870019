//! Personal data: Korean resident numbers, found and masked.

// ANCHOR: mask_resident_numbers
/// The text with the last seven digits of each plausible resident number replaced by `*`.
pub fn mask_resident_numbers(text: &str) -> String {
    // SOLUTION: TO BE WRITTEN
    let _ = (text,);
    todo!()
    // END
}
// ANCHOR_END: mask_resident_numbers
