//! Parquet, row by row, through the record reader of the `parquet` crate.
//!
//! A parquet file holds its columns in groups of rows, each column in pages that are compressed one by one. To give a row,
//! the reader holds one page of each column that is asked for; pages are about a megabyte, so this is no more than a few
//! megabytes however large the file is. Columns that are not asked for are not read at all.

use std::panic::{AssertUnwindSafe, catch_unwind};

use parquet::basic::ConvertedType;
use parquet::file::reader::{ChunkReader, FileReader, SerializedFileReader};
use parquet::record::{Field, reader::RowIter};
use parquet::schema::types::Type;
use serde_json::Value;

use super::pages::Checked;
use super::{At, Columns, Fault, Source, Step};

pub(super) struct ParquetSource {
    columns: Columns,
    rows: RowIter<'static>,
    row: u64,
}

/// A file whose footer has been read.
pub(super) struct Opened {
    reader: Box<dyn FileReader>,
    schema: Type,
    pub(super) columns: Vec<String>,
}

/// Why it cannot be opened.
pub(super) enum Closed {
    /// What the parquet crate says.
    Damaged(String),
    /// A column of this type.
    Column(String, String),
}

/// Reads the footer, which says what there is and where.
pub(super) fn open<R: ChunkReader + 'static>(file: R) -> Result<Opened, Closed> {
    let length = file.len();
    let reader = Checked(caught(|| SerializedFileReader::new(file)).map_err(Closed::Damaged)?);
    for column in reader.metadata().row_groups().iter().flat_map(|group| group.columns()) {
        let start = column.dictionary_page_offset().unwrap_or_else(|| column.data_page_offset());
        let range = u64::try_from(start).ok().zip(u64::try_from(column.compressed_size()).ok());
        let end = range.and_then(|(start, bytes)| start.checked_add(bytes));
        if end.is_none_or(|end| end > length) {
            return Err(Closed::Damaged("a column ends beyond the file".to_owned()));
        }
    }
    let descriptor = reader.metadata().file_metadata().schema_descr();
    for i in 0..descriptor.num_columns() {
        let column = descriptor.column(i);
        // The record reader gives up on these.
        if matches!(column.converted_type(), ConvertedType::INTERVAL | ConvertedType::MAP_KEY_VALUE) {
            return Err(Closed::Column(column.name().to_owned(), column.converted_type().to_string()));
        }
    }
    let schema = descriptor.root_schema().clone();
    let columns = schema.get_fields().iter().map(|field| field.name().to_owned()).collect();
    Ok(Opened { reader: Box::new(reader), schema, columns })
}

impl Opened {
    /// Reads these columns, all of which are there; in the file's order.
    pub(super) fn rows(self, wanted: Option<&[String]>) -> Result<ParquetSource, Closed> {
        let is_wanted = |name: &str| wanted.is_none_or(|wanted| wanted.iter().any(|w| w == name));
        let fields: Vec<_> = self.schema.get_fields().iter().filter(|field| is_wanted(field.name())).cloned().collect();
        let columns: Vec<String> = fields.iter().map(|field| field.name().to_owned()).collect();
        let rows = caught(|| {
            let schema = Type::group_type_builder(self.schema.name()).with_fields(fields).build()?;
            RowIter::from_file_into(self.reader).project(Some(schema))
        })
        .map_err(Closed::Damaged)?;
        Ok(ParquetSource { columns: columns.into(), rows, row: 0 })
    }
}

impl Source for ParquetSource {
    fn columns(&self) -> Option<Columns> {
        Some(self.columns.clone())
    }

    fn at(&self) -> At {
        At::Row(self.row)
    }

    fn next(&mut self) -> std::io::Result<Step> {
        self.row += 1;
        let at = At::Row(self.row);
        let row = caught(|| self.rows.next().transpose());
        Ok(match row {
            Ok(None) => Step::End,
            Ok(Some(row)) => {
                let values = caught(|| Ok(row.into_columns().into_iter().map(|(_, field)| text(field)).collect()));
                match values {
                    Ok(values) => {
                        let values: Vec<Option<String>> = values;
                        let held = values.iter().flatten().map(String::len).sum();
                        Step::Record { at, columns: self.columns.clone(), values, held }
                    }
                    Err(said) => Step::Broken(at, Fault::Row(said)),
                }
            }
            // Pages cannot be entered in the middle: what comes after is lost.
            Err(said) => Step::Stuck(at, Fault::Row(said)),
        })
    }
}

/// What the parquet crate gives, and its panics, of which damaged files still cause some, as errors.
fn caught<T>(work: impl FnOnce() -> parquet::errors::Result<T>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("the file is damaged".to_owned()),
    }
}

/// A value as text: a string as what it says, null as missing, a list or a group as JSON.
fn text(field: Field) -> Option<String> {
    match field {
        Field::Null => None,
        Field::Str(text) => Some(text),
        field => {
            let json = json(&field);
            // Dates and the like are strings in JSON, and stand here without their quotes.
            Some(serde_json::from_str::<String>(&json).unwrap_or(json))
        }
    }
}

/// A value as JSON, the members of a group in the order of the file.
fn json(field: &Field) -> String {
    let quoted = |text: &str| Value::from(text).to_string();
    let number = |x: f64| serde_json::Number::from_f64(x).map_or_else(|| quoted(&x.to_string()), |x| x.to_string());
    let list = |items: Vec<String>| format!("[{}]", items.join(","));
    match field {
        Field::Null => "null".to_owned(),
        Field::Bool(_) | Field::Byte(_) | Field::Short(_) | Field::Int(_) | Field::Long(_) => field.to_string(),
        Field::UByte(_) | Field::UShort(_) | Field::UInt(_) | Field::ULong(_) => field.to_string(),
        // Through its shortest decimal form: 0.1 is 0.1 and not 0.10000000149.
        Field::Float(value) => number(value.to_string().parse().unwrap_or(f64::from(*value))),
        Field::Double(value) => number(*value),
        Field::Str(text) => quoted(text),
        Field::Bytes(bytes) => quoted(&String::from_utf8_lossy(bytes.data())),
        Field::Group(row) => {
            let members = row.get_column_iter().map(|(name, field)| format!("{}:{}", quoted(name), json(field)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        }
        Field::ListInternal(values) => list(values.elements().iter().map(json).collect()),
        Field::MapInternal(map) => {
            list(map.entries().iter().map(|(key, value)| list(vec![json(key), json(value)])).collect())
        }
        // Dates, times, decimals and half floats as the crate writes them.
        other => quoted(&other.to_string()),
    }
}
