//! Summaries: what a column holds, and how it differs between groups.

use std::collections::{BTreeMap, BTreeSet};

use super::{Column, Order, Table, TableError, Value};
use crate::group::group_mean;

/// The mean, the spread and the quartiles of the known numbers of a column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    /// How many are known.
    pub known: usize,
    /// Their mean; `None` where none is known.
    pub mean: Option<f64>,
    /// Their standard deviation, with $n - 1$ in the denominator; `None` for fewer than two.
    pub std: Option<f64>,
    /// The smallest, the three quartiles and the largest.
    pub quartiles: Option<[f64; 5]>,
}

impl Summary {
    /// Sums up numbers, leaving out what is missing.
    pub fn of(numbers: &[Option<f64>]) -> Self {
        let mut known: Vec<f64> = numbers.iter().flatten().copied().collect();
        known.sort_by(f64::total_cmp);
        let count = known.len() as f64;
        let mean = (!known.is_empty()).then(|| known.iter().sum::<f64>() / count);
        let squares = |mean: f64| known.iter().map(|x| (x - mean).powi(2)).sum::<f64>();
        let std = mean.filter(|_| known.len() > 1).map(|mean| (squares(mean) / (count - 1.0)).sqrt());
        let quartiles = mean.map(|_| [0.0, 0.25, 0.5, 0.75, 1.0].map(|share| quantile(&known, share)));
        Self { known: known.len(), mean, std, quartiles }
    }
}

/// The value below which this share of the sorted numbers lies; between two numbers on the straight line from one to the
/// other (Hyndman & Fan, 1996, definition 7, which NumPy and pandas take).
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let (below, part) = (place.floor() as usize, place.fract());
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + part * (sorted[above] - sorted[below])
}

impl Table {
    /// A row for each column: its type, how many values are known and missing, and how many different ones there are.
    pub fn overview(&self) -> Self {
        let known = |column: &Column| column.values().filter(|value| !value.is_missing()).count();
        let counts = |count: &dyn Fn(&Column) -> usize| {
            Column::Int(self.columns.iter().map(|(_, column)| i64::try_from(count(column)).ok()).collect())
        };
        let types = self.columns.iter().map(|(_, column)| Some(column.type_name().to_owned())).collect();
        Self {
            columns: vec![
                ("column".to_owned(), self.names_column(|_| true)),
                ("type".to_owned(), Column::Text(types)),
                ("known".to_owned(), counts(&known)),
                ("missing".to_owned(), counts(&|column| column.len() - known(column))),
                ("distinct".to_owned(), counts(&|column| distinct(column).len())),
            ],
        }
    }

    /// A row for each column of numbers: how many are known, their mean, standard deviation (with $n - 1$), smallest,
    /// quartiles and largest.
    pub fn describe(&self) -> Self {
        let is_numeric = |column: &Column| !matches!(column, Column::Text(_));
        let summaries: Vec<Summary> = self
            .columns
            .iter()
            .filter(|(_, column)| is_numeric(column))
            .map(|(_, column)| Summary::of(&column.values().map(Value::number).collect::<Vec<_>>()))
            .collect();
        let of = |each: &dyn Fn(&Summary) -> Option<f64>| Column::Float(summaries.iter().map(each).collect());
        let known = summaries.iter().map(|summary| i64::try_from(summary.known).ok()).collect();
        let mut columns = vec![
            ("column".to_owned(), self.names_column(is_numeric)),
            ("known".to_owned(), Column::Int(known)),
            ("mean".to_owned(), of(&|summary| summary.mean)),
            ("std".to_owned(), of(&|summary| summary.std)),
        ];
        for (i, name) in ["min", "25 %", "50 %", "75 %", "max"].into_iter().enumerate() {
            columns.push((name.to_owned(), of(&|summary| summary.quartiles.map(|quartiles| quartiles[i]))));
        }
        Self { columns }
    }

    /// Each value of a column and how often it stands there, the most frequent first, equals in their order. What is
    /// missing is counted, too.
    ///
    /// # Errors
    /// When there is no such column.
    pub fn value_counts(&self, name: &str) -> Result<Self, TableError> {
        let column = self.column(name)?;
        let mut counts: BTreeMap<Option<String>, (usize, i64)> = BTreeMap::new();
        for (row, value) in column.values().enumerate() {
            counts.entry(value.key()).or_insert((row, 0)).1 += 1;
        }
        let (firsts, counts): (Vec<Option<usize>>, Vec<Option<i64>>) =
            counts.into_values().map(|(first, count)| (Some(first), Some(count))).unzip();
        let counted =
            Self { columns: vec![(name.to_owned(), column.take(&firsts)), ("count".to_owned(), Column::Int(counts))] };
        // The second sort keeps the order of the first among equal counts.
        counted.sort(name, Order::Ascending)?.sort("count", Order::Descending)
    }

    /// For each value of `by`, in order: how many rows have it, and the mean of the known values of `of` among them. Rows
    /// without a value of `by` are a group of their own, the last.
    ///
    /// # Errors
    /// When one of the columns is not there, `of` is not a column of numbers, or `by` has one of the names `rows` and `mean`.
    pub fn group_mean(&self, by: &str, of: &str) -> Result<Self, TableError> {
        let (keys, values) = (self.texts(by)?, self.numbers(of)?);
        let with_key = |wanted: bool| -> (Vec<String>, Vec<Option<f64>>) {
            let rows = keys.iter().zip(&values).filter(|(key, _)| key.is_some() == wanted);
            rows.map(|(key, value)| (key.clone().unwrap_or_default(), *value)).unzip()
        };
        let (known, unknown) = (with_key(true), with_key(false));
        let groups: Vec<(Option<usize>, usize, Option<f64>)> = group_mean(&known.0, &known.1)
            .into_iter()
            .map(|(key, rows, mean)| (keys.iter().position(|k| *k == Some(key.clone())), rows, mean))
            .chain(group_mean(&unknown.0, &unknown.1).into_iter().map(|(_, rows, mean)| (None, rows, mean)))
            .collect();
        let firsts: Vec<Option<usize>> = groups.iter().map(|group| group.0).collect();
        let rows = groups.iter().map(|group| i64::try_from(group.1).ok()).collect();
        let means = groups.iter().map(|group| group.2).collect();
        Self::new([(by, self.column(by)?.take(&firsts)), ("rows", Column::Int(rows)), ("mean", Column::Float(means))])?
            .sort(by, Order::Ascending) // the piece sorts numbers as texts: 10 before 9
    }

    /// A two-way table of means: a row for each value of `rows`, a column for each value of `columns`, in order, and in
    /// each place the mean of the known values of `of`, missing where there is none. Rows that lack one of the two keys
    /// are left out.
    ///
    /// # Errors
    /// When one of the columns is not there, or `of` is not a column of numbers.
    pub fn pivot(&self, rows: &str, columns: &str, of: &str) -> Result<Self, TableError> {
        let complete = self.filter(rows, |value| !value.is_missing())?.filter(columns, |value| !value.is_missing())?;
        let by_row = complete.group_mean(rows, of)?;
        let mut pivot = by_row.select(&[rows])?;
        let by_column = complete.group_mean(columns, of)?;
        for name in by_column.texts(columns)?.into_iter().flatten() {
            let part = complete.filter(columns, |value| value.key().as_deref() == Some(&name))?.group_mean(rows, of)?;
            let means: BTreeMap<Option<String>, Option<f64>> =
                part.texts(rows)?.into_iter().zip(part.numbers("mean")?).collect();
            let cells = pivot.texts(rows)?.iter().map(|key| means.get(key).copied().flatten()).collect();
            pivot = pivot.with(name, Column::Float(cells))?;
        }
        Ok(pivot)
    }

    fn names_column(&self, keep: impl Fn(&Column) -> bool) -> Column {
        Column::Text(self.columns.iter().filter(|(_, c)| keep(c)).map(|(name, _)| Some(name.clone())).collect())
    }
}

/// The different known values of a column.
fn distinct(column: &Column) -> BTreeSet<String> {
    column.values().filter_map(Value::key).collect()
}
