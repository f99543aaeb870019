//! From texts to typed columns.

use std::io::Read;

use super::{Column, Table, TableError};
use crate::read::{ReadError, Record};

impl Table {
    /// Reads a CSV file whole: the first line names the columns, and each column gets the narrowest type that all its
    /// known values have ([`typed`]). `file` is named in errors.
    ///
    /// # Errors
    /// When it cannot be read, is not UTF-8, has a line with another number of fields, or two columns of one name.
    pub fn from_csv(file: &str, reader: impl Read) -> Result<Self, TableError> {
        let wrong = |error: ::csv::Error| {
            let (file, line) = (file.to_owned(), error.position().map_or(1, ::csv::Position::line));
            match error.kind() {
                ::csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                    TableError::Fields { file, line, got: *len, expected: *expected_len }
                }
                ::csv::ErrorKind::Utf8 { err, .. } => TableError::Csv { file, line, said: err.to_string() },
                _ => TableError::Csv { file, line, said: error.to_string() },
            }
        };
        let mut reader = ::csv::Reader::from_reader(reader);
        let names = reader.headers().map_err(wrong)?.clone();
        let mut columns: Vec<Vec<Option<String>>> = vec![vec![]; names.len()];
        let mut record = ::csv::StringRecord::new();
        while reader.read_record(&mut record).map_err(wrong)? {
            for (column, field) in columns.iter_mut().zip(&record) {
                column.push(Some(field.to_owned()));
            }
        }
        Self::new(names.iter().zip(columns.into_iter().map(typed)))
    }

    /// A table of records, all held in memory. A record without a column that others have has a missing value there.
    ///
    /// # Errors
    /// The first error among the records.
    pub fn from_records(records: impl IntoIterator<Item = Result<Record, ReadError>>) -> Result<Self, TableError> {
        let mut columns: Vec<(String, Vec<Option<String>>)> = vec![];
        for (row, record) in records.into_iter().enumerate() {
            for (name, value) in record?.into_fields() {
                let place = columns.iter().position(|(known, _)| *known == name);
                let place = place.unwrap_or_else(|| {
                    columns.push((name, vec![None; row]));
                    columns.len() - 1
                });
                // A name that stands twice in one record counts once.
                if columns[place].1.len() == row {
                    columns[place].1.push(value);
                }
            }
            for (_, values) in columns.iter_mut().filter(|(_, values)| values.len() <= row) {
                values.push(None);
            }
        }
        Self::new(columns.into_iter().map(|(name, values)| (name, typed(values))))
    }
}

/// A column of the narrowest type that all known values have: whole numbers, numbers, or texts. An empty text is
/// missing. Values that would not be written as they were, such as `007` or a number of 30 digits, make a column of texts.
pub fn typed(values: Vec<Option<String>>) -> Column {
    let values: Vec<Option<String>> = values.into_iter().map(|value| value.filter(|value| !value.is_empty())).collect();
    let known = || values.iter().flatten();
    let read = |value: &Option<String>| value.as_deref().and_then(number);
    if known().next().is_none() {
        Column::Text(values)
    } else if known().all(|value| whole(value).is_some()) {
        Column::Int(values.iter().map(|value| value.as_deref().and_then(whole)).collect())
    } else if known().all(|value| number(value).is_some()) {
        Column::Float(values.iter().map(read).collect())
    } else {
        Column::Text(values)
    }
}

fn whole(value: &str) -> Option<i64> {
    let digits = value.strip_prefix('-').unwrap_or(value);
    let is_padded = digits.len() > 1 && digits.starts_with('0');
    let is_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_digits && !is_padded { value.parse().ok() } else { None }
}

fn number(value: &str) -> Option<f64> {
    let digits = value.strip_prefix('-').unwrap_or(value);
    if digits.bytes().all(|byte| byte.is_ascii_digit()) {
        // Whole ones that `f64` would round, and padded ones, are names rather than numbers.
        return whole(value).map(|number| number as f64);
    }
    let is_padded = digits.len() > 1 && digits.starts_with('0') && digits.as_bytes()[1].is_ascii_digit();
    let starts = digits.starts_with(|sign: char| sign.is_ascii_digit() || sign == '.'); // neither "inf" nor "nan"
    if starts && !is_padded { value.parse().ok().filter(|number: &f64| number.is_finite()) } else { None }
}
