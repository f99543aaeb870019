//! A table in a terminal: columns aligned, Hangul counted as two places.

use std::fmt::{self, Display};

use week00_workbench::width_of;

use super::{Column, Table, Value};

/// Rows shown of a long table.
const ROWS: usize = 20;
/// Places shown of a long text.
const WIDEST: usize = 32;
/// Decimals at most.
const DECIMALS: usize = 3;

impl Display for Table {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.rows().min(ROWS);
        let columns: Vec<(bool, Vec<String>)> = self
            .columns
            .iter()
            .map(|(name, column)| {
                let name = cut(name);
                (matches!(column, Column::Text(_)), std::iter::once(name).chain(cells(column, shown)).collect())
            })
            .collect();
        for row in 0..=shown {
            let mut line = String::new();
            for (i, (is_text, cells)) in columns.iter().enumerate() {
                let width = cells.iter().map(|cell| width_of(cell)).max().unwrap_or(0);
                let cell = &cells[row];
                let gap = " ".repeat(width - width_of(cell));
                line += if i > 0 { "  " } else { "" };
                line += &if *is_text { format!("{cell}{gap}") } else { format!("{gap}{cell}") };
            }
            writeln!(out, "{}", line.trim_end())?;
        }
        match self.rows() - shown {
            0 => Ok(()),
            more => writeln!(out, "… and {more} more rows"),
        }
    }
}

/// The first values of a column as they are shown: numbers of one column with the same number of decimals.
fn cells(column: &Column, rows: usize) -> Vec<String> {
    let numbers: Vec<f64> = (0..rows).filter_map(|row| column.get(row).number()).collect();
    let decimals = numbers.iter().map(|number| decimals(*number)).max().unwrap_or(0);
    let is_tiny = numbers.iter().any(|number| *number != 0.0 && number.abs() < 0.001);
    let is_huge = numbers.iter().any(|number| number.abs() >= 1e12);
    let cell = |row| match column.get(row) {
        Value::Missing => "null".to_owned(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) if is_tiny || is_huge => format!("{number:.DECIMALS$e}"),
        Value::Float(number) => format!("{number:.decimals$}"),
        Value::Text(text) => cut(text),
    };
    (0..rows).map(cell).collect()
}

/// How many decimals a number needs, up to the most that are shown.
fn decimals(number: f64) -> usize {
    (0..DECIMALS).find(|decimals| format!("{number:.decimals$}").parse() == Ok(number)).unwrap_or(DECIMALS)
}

/// A text in one line, cut where it is long.
fn cut(text: &str) -> String {
    let visible = |sign: char| if sign.is_control() { '␣' } else { sign };
    let text: String = text.chars().take(10 * WIDEST).map(visible).collect();
    if width_of(&text) <= WIDEST {
        return text;
    }
    let mut short = String::new();
    for sign in text.chars() {
        if width_of(&short) + width_of(sign.encode_utf8(&mut [0; 4])) >= WIDEST {
            break;
        }
        short.push(sign);
    }
    short + "…"
}
