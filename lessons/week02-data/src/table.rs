//! A small table: columns of whole numbers, numbers or texts, each value known or missing.
//!
//! What pandas and polars do at scale, written so that every rule can be read: which type a column gets, what a missing
//! value does to a mean, which rows a join keeps. Group and join are the pieces [`group_mean`](crate::group) and
//! [`left_join`](crate::join).
//!
//! | here | pandas |
//! |---|---|
//! | [`Table::from_csv`] | `pd.read_csv(file)` |
//! | [`head`](Table::head), [`select`](Table::select) | `df.head(n)`, `df[["a", "b"]]` |
//! | [`overview`](Table::overview) | `df.info()`, `df.isna().sum()`, `df.nunique()` |
//! | [`describe`](Table::describe) | `df.describe()` |
//! | [`filter`](Table::filter) | `df[df["a"] < 16]` |
//! | [`sort`](Table::sort) | `df.sort_values("a")` |
//! | [`value_counts`](Table::value_counts) | `df["a"].value_counts(dropna=False)` |
//! | [`group_mean`](Table::group_mean) | `df.groupby("a", dropna=False)["b"].agg(["size", "mean"])` |
//! | [`pivot`](Table::pivot) | `df.pivot_table("v", "a", "b")` |
//! | [`left_join`](Table::left_join) | `df.merge(other, on="a", how="left")` |
//!
//! It departs from pandas where pandas surprises: a column of whole numbers stays one when a value is missing; only an
//! empty field is missing, not the texts `NA`, `null` or `None`; a number with a leading zero, such as a telephone number,
//! stays a text; and a missing key equals nothing, not another missing key.

mod csv;
mod show;
mod summary;

pub use self::csv::typed;
pub use self::summary::Summary;

use workshop_base::text::Catalogue;
use workshop_base::tr;

use crate::join::left_join;

/// Why a table cannot be made, or does not have what was asked for.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// A column that is not there.
    #[error("{}", self.say(&Catalogue::default()))]
    NoColumn {
        /// What was asked for.
        name: String,
        /// What is there.
        there: String,
    },
    /// A column of texts where numbers are needed.
    #[error("{}", self.say(&Catalogue::default()))]
    NotNumbers {
        /// The column.
        name: String,
        /// One of its values.
        example: String,
    },
    /// Two columns with one name.
    #[error("{}", self.say(&Catalogue::default()))]
    Twice {
        /// The name.
        name: String,
    },
    /// Columns that do not make a table.
    #[error("{}", self.say(&Catalogue::default()))]
    Ragged {
        /// The column.
        name: String,
        /// Its rows.
        got: usize,
        /// Those of the first column.
        expected: usize,
    },
    /// A line with another number of fields than the first.
    #[error("{}", self.say(&Catalogue::default()))]
    Fields {
        /// The file.
        file: String,
        /// The line, counted from 1.
        line: u64,
        /// Its fields.
        got: u64,
        /// Those of the first line.
        expected: u64,
    },
    /// A line that is not CSV in UTF-8, or cannot be read.
    #[error("{}", self.say(&Catalogue::default()))]
    Csv {
        /// The file.
        file: String,
        /// The line, counted from 1.
        line: u64,
        /// What the csv crate says.
        said: String,
    },
    /// A record that cannot be read.
    #[error(transparent)]
    Read(#[from] crate::read::ReadError),
}

impl TableError {
    /// What is wrong, in the reader's language.
    pub fn say(&self, text: &Catalogue) -> String {
        match self {
            Self::NoColumn { name, there } => {
                tr!(text, "there is no column \"{name}\": the columns are {there}", name = name, there = there)
            }
            Self::NotNumbers { name, example } => tr!(
                text,
                "the column \"{name}\" holds texts, such as \"{example}\", where numbers are needed",
                name = name,
                example = example
            ),
            Self::Twice { name } => tr!(text, "two columns are named \"{name}\": rename one of them", name = name),
            Self::Ragged { name, got, expected } => tr!(
                text,
                "the column \"{name}\" has {got} rows where the first column has {expected}",
                name = name,
                got = got,
                expected = expected
            ),
            Self::Fields { file, line, got, expected } => tr!(
                text,
                "{file}, line {line}: fields: {got}, where the first line has {expected}; a field with a comma, a quote or a line end stands in quotes",
                file = file,
                line = line,
                got = got,
                expected = expected
            ),
            Self::Csv { file, line, said } => {
                tr!(text, "{file}, line {line}: {error}", file = file, line = line, error = said)
            }
            Self::Read(error) => error.say(text),
        }
    }
}

/// One value of a table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// Not known: neither 0 nor an empty text.
    Missing,
    /// A whole number.
    Int(i64),
    /// A number.
    Float(f64),
    /// A text.
    Text(&'a str),
}

impl<'a> Value<'a> {
    /// The number, where it is one.
    pub fn number(self) -> Option<f64> {
        match self {
            Self::Int(number) => Some(number as f64),
            Self::Float(number) => Some(number),
            Self::Missing | Self::Text(_) => None,
        }
    }

    /// The text, where it is one.
    pub fn text(self) -> Option<&'a str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// Whether it is not known.
    pub fn is_missing(self) -> bool {
        self == Self::Missing
    }

    /// What equal values have in common: the text of a known one.
    fn key(self) -> Option<String> {
        match self {
            Self::Missing => None,
            Self::Int(number) => Some(number.to_string()),
            Self::Float(number) => Some(number.to_string()),
            Self::Text(text) => Some(text.to_owned()),
        }
    }

    /// Numbers by size, texts by their signs, what is missing after all else.
    fn order(self, other: Self) -> std::cmp::Ordering {
        match (self, other) {
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Int(a), Self::Int(b)) => a.cmp(&b),
            (a, b) => match (a.number(), b.number()) {
                (Some(a), Some(b)) => a.total_cmp(&b),
                _ => a.rank().cmp(&b.rank()),
            },
        }
    }

    fn rank(self) -> u8 {
        match self {
            Self::Int(_) | Self::Float(_) => 0,
            Self::Text(_) => 1,
            Self::Missing => 2,
        }
    }
}

/// The values of a column, all of one type; `None` is missing.
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// Whole numbers.
    Int(Vec<Option<i64>>),
    /// Numbers.
    Float(Vec<Option<f64>>),
    /// Texts.
    Text(Vec<Option<String>>),
}

impl Column {
    /// How many values it has, known or not.
    pub fn len(&self) -> usize {
        match self {
            Self::Int(values) => values.len(),
            Self::Float(values) => values.len(),
            Self::Text(values) => values.len(),
        }
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// `integer`, `number` or `text`.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Int(_) => "integer",
            Self::Float(_) => "number",
            Self::Text(_) => "text",
        }
    }

    /// The value of a row; missing where there is no such row.
    pub fn get(&self, row: usize) -> Value<'_> {
        match self {
            Self::Int(values) => values.get(row).copied().flatten().map_or(Value::Missing, Value::Int),
            Self::Float(values) => values.get(row).copied().flatten().map_or(Value::Missing, Value::Float),
            Self::Text(values) => values.get(row).and_then(Option::as_deref).map_or(Value::Missing, Value::Text),
        }
    }

    /// Its values, in order.
    pub fn values(&self) -> impl Iterator<Item = Value<'_>> {
        (0..self.len()).map(|row| self.get(row))
    }

    /// The values of these rows, in this order; missing where there is no row.
    fn take(&self, rows: &[Option<usize>]) -> Self {
        fn of<T: Clone>(values: &[Option<T>], rows: &[Option<usize>]) -> Vec<Option<T>> {
            rows.iter().map(|row| row.and_then(|row| values.get(row).cloned().flatten())).collect()
        }
        match self {
            Self::Int(values) => Self::Int(of(values, rows)),
            Self::Float(values) => Self::Float(of(values, rows)),
            Self::Text(values) => Self::Text(of(values, rows)),
        }
    }
}

/// Which value comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The smallest.
    Ascending,
    /// The largest.
    Descending,
}

/// Columns of the same length, each with a name of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    columns: Vec<(String, Column)>,
}

impl Table {
    /// A table of these columns.
    ///
    /// # Errors
    /// When they are not equally long, or two have one name.
    pub fn new<N: Into<String>>(columns: impl IntoIterator<Item = (N, Column)>) -> Result<Self, TableError> {
        let mut table = Self { columns: vec![] };
        for (name, column) in columns {
            table = table.with(name, column)?;
        }
        Ok(table)
    }

    /// The table with one more column at the end.
    ///
    /// # Errors
    /// When it is not as long as the others, or its name is taken.
    pub fn with(mut self, name: impl Into<String>, column: Column) -> Result<Self, TableError> {
        let name = name.into();
        if self.columns.iter().any(|(known, _)| *known == name) {
            return Err(TableError::Twice { name });
        }
        if !self.columns.is_empty() && column.len() != self.rows() {
            return Err(TableError::Ragged { name, got: column.len(), expected: self.rows() });
        }
        self.columns.push((name, column));
        Ok(self)
    }

    /// How many rows it has.
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, |(_, column)| column.len())
    }

    /// The names of its columns.
    pub fn names(&self) -> Vec<&str> {
        self.columns.iter().map(|(name, _)| name.as_str()).collect()
    }

    /// A column.
    ///
    /// # Errors
    /// When there is none of this name.
    pub fn column(&self, name: &str) -> Result<&Column, TableError> {
        let known = self.columns.iter().find(|(known, _)| known == name).map(|(_, column)| column);
        known.ok_or_else(|| TableError::NoColumn { name: name.to_owned(), there: self.names().join(", ") })
    }

    /// The numbers of a column, `None` where one is missing.
    ///
    /// # Errors
    /// When there is no such column, or it holds texts.
    pub fn numbers(&self, name: &str) -> Result<Vec<Option<f64>>, TableError> {
        let column = self.column(name)?;
        if let Some(example) = column.values().find_map(Value::text) {
            return Err(TableError::NotNumbers { name: name.to_owned(), example: example.to_owned() });
        }
        Ok(column.values().map(Value::number).collect())
    }

    /// The values of a column as texts, numbers as they are written, `None` where one is missing.
    ///
    /// # Errors
    /// When there is no such column.
    pub fn texts(&self, name: &str) -> Result<Vec<Option<String>>, TableError> {
        Ok(self.column(name)?.values().map(Value::key).collect())
    }

    /// The first rows.
    #[must_use]
    pub fn head(&self, rows: usize) -> Self {
        self.take(&(0..self.rows().min(rows)).map(Some).collect::<Vec<_>>())
    }

    /// These columns, in this order.
    ///
    /// # Errors
    /// When one of them is not there, or is named twice.
    pub fn select(&self, names: &[&str]) -> Result<Self, TableError> {
        let mut selected = Self { columns: vec![] };
        for name in names {
            selected = selected.with(*name, self.column(name)?.clone())?;
        }
        Ok(selected)
    }

    /// The rows whose value in this column is to be kept.
    ///
    /// # Errors
    /// When there is no such column.
    pub fn filter(&self, name: &str, keep: impl Fn(Value<'_>) -> bool) -> Result<Self, TableError> {
        let column = self.column(name)?;
        let rows: Vec<Option<usize>> = (0..self.rows()).filter(|row| keep(column.get(*row))).map(Some).collect();
        Ok(self.take(&rows))
    }

    /// The rows in the order of this column. Rows with equal values stay as they stand; those whose value is missing come
    /// last either way.
    ///
    /// # Errors
    /// When there is no such column.
    pub fn sort(&self, name: &str, order: Order) -> Result<Self, TableError> {
        let column = self.column(name)?;
        let mut rows: Vec<usize> = (0..self.rows()).collect();
        rows.sort_by(|a, b| {
            let (a, b) = (column.get(*a), column.get(*b));
            match (order, a.is_missing() || b.is_missing()) {
                (Order::Descending, false) => b.order(a),
                _ => a.order(b),
            }
        });
        Ok(self.take(&rows.into_iter().map(Some).collect::<Vec<_>>()))
    }

    /// Every row with each row of `other` that has the same value in this column; where there is none, what `other` has
    /// is missing. A name that both tables have gets `_right` for the column of `other`.
    ///
    /// # Errors
    /// When one of the tables has no such column, or a name with `_right` is taken.
    pub fn left_join(&self, other: &Self, on: &str) -> Result<Self, TableError> {
        // A known key stands behind a sign, and a missing one is another sign on each side: it equals nothing.
        let keys = |table: &Self, missing: &str| -> Result<Vec<String>, TableError> {
            let key = |key: Option<String>| key.map_or_else(|| missing.to_owned(), |key| format!("={key}"));
            Ok(table.texts(on)?.into_iter().map(key).collect())
        };
        let pairs = left_join(&keys(self, "left")?, &keys(other, "right")?);
        let (left, right): (Vec<Option<usize>>, Vec<Option<usize>>) =
            pairs.into_iter().map(|(left, right)| (Some(left), right)).unzip();
        let mut joined = self.take(&left);
        for (name, column) in other.columns.iter().filter(|(name, _)| name != on) {
            let is_taken = joined.columns.iter().any(|(known, _)| known == name);
            let name = if is_taken { format!("{name}_right") } else { name.clone() };
            joined = joined.with(name, column.take(&right))?;
        }
        Ok(joined)
    }

    fn take(&self, rows: &[Option<usize>]) -> Self {
        Self { columns: self.columns.iter().map(|(name, column)| (name.clone(), column.take(rows))).collect() }
    }
}

#[cfg(test)]
mod tests;
