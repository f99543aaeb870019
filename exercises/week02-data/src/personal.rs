//! Personal data: Korean resident numbers, found and masked.
//!
//! Thirteen digits, `YYMMDD-SABCDEF`: a date of birth and seven digits more. The first of the seven, $S$, gives the century:
//!
//! | $S$ | born in | of |
//! |---|---|---|
//! | 9, 0 | 1800 to 1899 | citizens |
//! | 1, 2 | 1900 to 1999 | citizens |
//! | 3, 4 | 2000 to 2099 | citizens |
//! | 5, 6 | 1900 to 1999 | foreign residents |
//! | 7, 8 | 2000 to 2099 | foreign residents |
//!
//! Since October 2020 the digits after $S$ are drawn at random, and the last is no check digit any more. So nothing here
//! looks at it.

/// The text with the last seven digits of each plausible resident number replaced by `*`.
///
/// A plausible number is a run of exactly 6 digits and a run of exactly 7, with one hyphen or one space between, or a run
/// of exactly 13; a digit is `0` to `9`. Its first six digits are a date, `YYMMDD`, that exists in the century which the
/// seventh tells.
///
/// ```
/// use ex02_data::personal::mask_resident_numbers;
/// assert_eq!(mask_resident_numbers("번호: 990101-1234567입니다"), "번호: 990101-*******입니다");
/// // There is no 30 February.
/// assert_eq!(mask_resident_numbers("주문 990230-1234567"), "주문 990230-1234567");
/// ```
pub fn mask_resident_numbers(text: &str) -> String {
    todo!("the text with seven stars in each plausible number, all else as it is")
}
