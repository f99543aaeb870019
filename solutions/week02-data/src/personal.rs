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

// ANCHOR: mask_resident_numbers
/// The text with the last seven digits of each plausible resident number replaced by `*`.
///
/// A plausible number is a run of exactly 6 digits and a run of exactly 7, with one hyphen or one space between, or a run
/// of exactly 13; a digit is `0` to `9`. Its first six digits are a date, `YYMMDD`, that exists in the century which the
/// seventh tells.
///
/// ```
/// use sol02_data::personal::mask_resident_numbers;
/// assert_eq!(mask_resident_numbers("번호: 990101-1234567입니다"), "번호: 990101-*******입니다");
/// // There is no 30 February.
/// assert_eq!(mask_resident_numbers("주문 990230-1234567"), "주문 990230-1234567");
/// ```
pub fn mask_resident_numbers(text: &str) -> String {
    // SOLUTION: the text with seven stars in each plausible number, all else as it is
    // How many digits stand together from here on.
    fn digits(signs: &[char], start: usize) -> usize {
        signs[start..].iter().take_while(|sign| sign.is_ascii_digit()).count()
    }

    // Whether six digits are a date of the century that the seventh tells.
    fn is_date(six: &[char], seventh: char) -> bool {
        let number = |signs: &[char]| signs.iter().fold(0, |n, sign| n * 10 + sign.to_digit(10).unwrap_or(0));
        let century = match seventh {
            '9' | '0' => 1800,
            '1' | '2' | '5' | '6' => 1900,
            _ => 2000,
        };
        let (year, month, day) = (century + number(&six[..2]), number(&six[2..4]), number(&six[4..]));
        let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let days = match month {
            2 => 28 + u32::from(is_leap),
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => 0,
        };
        (1..=days).contains(&day)
    }

    let mut masked: Vec<char> = text.chars().collect();
    let mut start = 0;
    while start < masked.len() {
        let first = digits(&masked, start);
        let second = match (first, masked.get(start + first)) {
            (13, _) => start + 6,
            (6, Some('-' | ' ')) if digits(&masked, start + 7) == 7 => start + 7,
            _ => {
                start += first.max(1);
                continue;
            }
        };
        if is_date(&masked[start..start + 6], masked[second]) {
            masked[second..second + 7].fill('*');
        }
        start = second + 7;
    }
    masked.into_iter().collect()
    // END
}
// ANCHOR_END: mask_resident_numbers
