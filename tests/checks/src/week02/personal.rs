//! The check of `week02/personal`: dates by python-stdnum (`tests/reference/week02_personal.py`). Every number is made up.

use candle_core::{Device, Result};
use serde::Deserialize;
use sol02_data::personal as ours;
use week00_workbench::fixtures;
use week00_workbench::rng::Rng;

use crate::check::{Case, Check};
use crate::observe::Values;

/// The function under test.
pub struct Subject {
    /// `mask_resident_numbers(text)`
    pub mask: fn(&str) -> String,
}

/// Grades a crate's `personal`.
#[macro_export]
macro_rules! week02_personal {
    ($($subject:tt)+) => {
        $crate::week02::personal::check()
            .grade(&$crate::week02::personal::Subject { mask: $($subject)+::personal::mask_resident_numbers })
    };
}

/// A text.
#[derive(Debug, Clone)]
pub struct Input(String);

/// The check.
pub fn check() -> Check<Input, Subject> {
    let observe = |subject: &Subject, input: &Input, values: &mut Values| {
        values.text("masked", (subject.mask)(&input.0));
        Ok(())
    };
    Check::new("week02/personal", Subject { mask: ours::mask_resident_numbers }, observe, flawed)
        .cases(golden())
        .cases(drawn())
        .mistake(
            "check digit",
            "You leave numbers alone whose last digit does not fit the others. Do numbers of today have a check digit?",
            "Since October 2020 the last digits are random: do not look at them.",
        )
        .mistake(
            "hyphen required",
            "You pass over numbers that are written some other way. What may stand between the six digits and the seven?",
            "One hyphen, one space, or nothing at all, as people type it into a form: look for all three.",
        )
        .way("no run of thirteen")
        .way("no space between")
        .mistake(
            "anything between",
            "You take more for a separator than a hyphen or a space. What stood between the two rows of digits?",
            "One `-` or one ` ` may stand there, no other sign: a dot or a line break separates two numbers.",
        )
        .mistake(
            "digits before",
            "You mask a part of a longer row of digits. What stands right before your match?",
            "The six digits must not follow another digit: an order number is not a date of birth.",
        )
        .mistake(
            "digits behind",
            "You mask a part of a longer row of digits. What stands right behind your match?",
            "No digit may follow the seven.",
        )
        .mistake(
            "no date",
            "You mask numbers whose first six digits are no date. Which months and days are there?",
            "The month is 1 to 12, and the day is one that this month has.",
        )
        .mistake(
            "months of 31 days",
            "You mask numbers with a day that the month does not have. How many days have April and February?",
            "Compare the day with the length of its month, February's by the year.",
        )
        .mistake(
            "leap years by two digits",
            "You take 29 February 1900 for a day. Which years that end in 00 are leap years?",
            "The seventh digit tells the century. 1800 and 1900 were no leap years, 2000 was one.",
        )
        .mistake(
            "no leap year",
            "You leave everybody alone who was born on 29 February. When is there such a day?",
            "February has 29 days in a leap year: work out the whole year from the seventh digit.",
        )
        .mistake(
            "citizens alone",
            "You leave the numbers of foreign residents alone. Which digits may stand in the seventh place?",
            "5, 6, 7 and 8 are foreign residents: all ten digits have a century.",
        )
        .mistake(
            "nobody before 1900",
            "You leave numbers alone whose seventh digit is 9 or 0. Whose are they?",
            "9 and 0 stand for people born in the 1800s: texts of the last century hold them.",
        )
        .mistake(
            "six stars",
            "The seventh digit is still there. What does it tell?",
            "Mask all seven digits: the first of them tells the sex and the century.",
        )
        .mistake(
            "thirteen stars",
            "The date is gone as well. How many digits are to be masked?",
            "Mask the last seven digits and leave the six before them.",
        )
        .mistake(
            "always a hyphen",
            "Your text has a hyphen that the text before did not have. What stood between the digits?",
            "Leave what stands between the digits as it is, also where nothing does.",
        )
        .mistake(
            "the first alone",
            "You mask one number and no more. May a text hold several?",
            "Go on behind a number that you have masked.",
        )
        .right("from the end, by bytes", Subject { mask: from_the_end })
        .right("by rows of digits", Subject { mask: by_rows })
}

fn golden() -> Result<Vec<Case<Input>>> {
    #[derive(Deserialize)]
    struct Golden {
        name: String,
        text: String,
        masked: String,
    }
    let case = |golden: Golden| {
        let mut values = Values::default();
        values.text("masked", golden.masked);
        Case { name: golden.name, input: Input(golden.text), golden: Some(values) }
    };
    Ok(fixtures::json::<Vec<Golden>>("week02/personal.json")?.into_iter().map(case).collect())
}

fn drawn() -> Result<Vec<Case<Input>>> {
    let case = |name: &str, text: &str| Case { name: name.into(), input: Input(text.into()), golden: None };
    let mut cases = vec![
        case("an empty text", ""),
        case("born on a leap day, nothing between", "0002293000000 0002291000000"),
        case("leap days of 1904 and 1900", "040229-1000000, 000229-6000000"),
        case("a leap day of 1896 and none of 1800", "960229-9000000, 000229-9000000"),
        case("an accent and an emoji between", "é990101-1000000\u{1f600}990101-2000000é"),
        case("a dot, a comma, a tab", "990101.1000000 990101,1000000 990101\t1000000"),
        case("two spaces", "990101  1000000"),
        case("31 June and 31 July", "990631-1000000 990731-1000000"),
        case("seven digits and six", "9901011-000000 1000000-990101"),
        case("15 digits, and 13", "999010110000000 9901011000000"),
    ];
    let mut rng = Rng::seed(65);
    for round in 1..=3 {
        let digits = rng.uniform(0.0, 10.0, 7, &Device::Cpu)?.to_vec1::<f32>()?;
        let serial: String = digits.into_iter().map(|x| char::from(b'0' + (x as u8).min(9))).collect();
        let text = format!("번호 870615-{serial} 끝, 870615 {serial}, 870615{serial}");
        cases.push(case(&format!("seven drawn digits, {round}"), &text));
    }
    Ok(cases)
}

/// The masked text with the named mistakes built in.
fn flawed(has: &dyn Fn(&str) -> bool, input: &Input, values: &mut Values) -> Result<()> {
    let signs: Vec<char> = input.0.chars().collect();
    let is_digit = |at: usize| signs.get(at).is_some_and(char::is_ascii_digit);
    let all_digits = |from: usize, count: usize| (from..from + count).all(is_digit);
    let mut masked = String::new();
    let (mut at, mut found) = (0, 0);
    while at < signs.len() {
        let between = signs.get(at + 6).copied().unwrap_or(' ');
        let is_separator = match between {
            '-' => true,
            ' ' => !has("no space between") && !has("hyphen required"),
            _ => has("anything between") && !between.is_ascii_digit(),
        };
        let serial = if all_digits(at, 13) && !has("hyphen required") && !has("no run of thirteen") {
            Some(at + 6)
        } else if all_digits(at, 6) && is_separator && all_digits(at + 7, 7) {
            Some(at + 7)
        } else {
            None
        };
        let number = serial.filter(|serial| {
            let before = at > 0 && is_digit(at - 1) && !has("digits before");
            let behind = is_digit(serial + 7) && !has("digits behind");
            let digits: Vec<u32> =
                (at..at + 6).chain(*serial..serial + 7).filter_map(|i| signs[i].to_digit(10)).collect();
            let one_more = has("the first alone") && found > 0;
            !before && !behind && !one_more && flawed_number(has, &digits)
        });
        let Some(serial) = number else {
            masked.push(signs[at]);
            at += 1;
            continue;
        };
        found += 1;
        let date = &signs[at..at + 6];
        masked.extend(date.iter().map(|sign| if has("thirteen stars") { '*' } else { *sign }));
        if has("always a hyphen") {
            masked.push('-');
        } else {
            masked.extend(&signs[at + 6..serial]);
        }
        masked.push(if has("six stars") { signs[serial] } else { '*' });
        masked.push_str("******");
        at = serial + 7;
    }
    values.text("masked", masked);
    Ok(())
}

fn flawed_number(has: &dyn Fn(&str) -> bool, digits: &[u32]) -> bool {
    let seventh = digits[6];
    if has("check digit") {
        let weights = [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5];
        let sum: u32 = digits.iter().zip(weights).map(|(digit, weight)| digit * weight).sum();
        if (11 - sum % 11) % 10 != digits[12] {
            return false;
        }
    }
    if has("citizens alone") && (5..=8).contains(&seventh) || has("nobody before 1900") && matches!(seventh, 9 | 0) {
        return false;
    }
    if has("no date") {
        return true;
    }
    let two = |at: usize| 10 * digits[at] + digits[at + 1];
    let century = match seventh {
        9 | 0 => 1800,
        1 | 2 | 5 | 6 => 1900,
        _ => 2000,
    };
    let (year, month, day) = (century + two(0), two(2), two(4));
    let is_leap = if has("leap years by two digits") {
        year % 4 == 0
    } else {
        year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    };
    let february = 28 + u32::from(is_leap && !has("no leap year"));
    let lengths = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let Some(length) = month.checked_sub(1).and_then(|month| lengths.get(month as usize)) else { return false };
    (1..=if has("months of 31 days") { 31 } else { *length }).contains(&day)
}

/// Right, in an odd way: from the end, so that what was masked is never looked at again.
fn from_the_end(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let digits =
        |bytes: &[u8], from: usize, to: usize| bytes.get(from..to).is_some_and(|b| b.iter().all(u8::is_ascii_digit));
    for end in (13..=bytes.len()).rev() {
        let serial = end - 7;
        if bytes.get(end).is_some_and(u8::is_ascii_digit) || !digits(&bytes, serial, end) {
            continue;
        }
        let date = if matches!(bytes[serial - 1], b'-' | b' ') { serial.checked_sub(7) } else { Some(serial - 6) };
        let Some(date) = date else { continue };
        let alone = date == 0 || !bytes[date - 1].is_ascii_digit();
        if alone && digits(&bytes, date, date + 6) && exists(&bytes[date..date + 6], bytes[serial]) {
            bytes[serial..end].fill(b'*');
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn exists(date: &[u8], seventh: u8) -> bool {
    let two = |at: usize| i64::from(date[at] - b'0') * 10 + i64::from(date[at + 1] - b'0');
    let (year, month, day) = (
        two(0) + [1800, 1900, 1900, 2000, 2000, 1900, 1900, 2000, 2000, 1800][usize::from(seventh - b'0')],
        two(2),
        two(4),
    );
    // The number of a day in a count without gaps: a date exists if the count leads back to it.
    let count = |year: i64, month: i64, day: i64| {
        let (year, month) = if month < 3 { (year - 1, month + 12) } else { (year, month) };
        365 * year + year / 4 - year / 100 + year / 400 + (153 * month - 457) / 5 + day
    };
    let next = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    (1..=12).contains(&month) && day >= 1 && count(year, month, day) < count(next.0, next.1, 1)
}

/// Right as well: the text as rows of digits and what stands between them.
fn by_rows(text: &str) -> String {
    let mut rows: Vec<String> = vec![];
    for sign in text.chars() {
        match rows.last_mut() {
            Some(row) if sign.is_ascii_digit() && row.ends_with(|s: char| s.is_ascii_digit()) => row.push(sign),
            _ => rows.push(sign.to_string()),
        }
    }
    for i in 0..rows.len() {
        let is_row = |row: &String, count: usize| row.len() == count && row.bytes().all(|b| b.is_ascii_digit());
        if is_row(&rows[i], 13) && exists(&rows[i].as_bytes()[..6], rows[i].as_bytes()[6]) {
            rows[i].replace_range(6.., "*******");
        } else if let [date, between, serial, ..] = &rows[i..]
            && is_row(date, 6)
            && ["-", " "].contains(&between.as_str())
            && is_row(serial, 7)
            && exists(date.as_bytes(), serial.as_bytes()[0])
        {
            rows[i + 2] = "*".repeat(7);
        }
    }
    rows.concat()
}
