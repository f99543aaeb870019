//! Parquet, row by row, through the record reader of the `parquet` crate.
//!
//! A parquet file holds its columns in groups of rows, each column in pages that are compressed one by one. To give a row,
//! the reader holds one page of each column that is asked for; pages are about a megabyte, so this is no more than a few
//! megabytes however large the file is. Columns that are not asked for are not read at all.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use parquet::basic::ConvertedType;
use parquet::file::reader::{ChunkReader, FileReader, SerializedFileReader};
use parquet::record::{Field, reader::RowIter};
use parquet::schema::types::Type;
use serde_json::Value;

use super::{At, Source, Step};

pub(super) struct ParquetSource {
    columns: Arc<[String]>,
    rows: RowIter<'static>,
    row: u64,
}

/// A file whose footer has been read.
pub(super) struct Opened {
    reader: Box<dyn FileReader>,
    schema: Type,
    pub(super) columns: Vec<String>,
}

/// Reads the footer, which says what there is and where.
pub(super) fn open<R: ChunkReader + 'static>(file: R) -> Result<Opened, String> {
    let length = file.len();
    let cut_short = "is cut short, or damaged: the end of a parquet file says where everything is, and it cannot be read \
                     here: get it again";
    let reader = caught(|| SerializedFileReader::new(file)).map_err(|what| format!("{cut_short} ({what})"))?;
    for group in reader.metadata().row_groups() {
        for column in group.columns() {
            let (start, bytes) = caught(|| Ok(column.byte_range()))?;
            if start.checked_add(bytes).is_none_or(|end| end > length) {
                return Err(format!("{cut_short} (a column is to end beyond the end of the file)"));
            }
        }
    }
    let descriptor = reader.metadata().file_metadata().schema_descr();
    for i in 0..descriptor.num_columns() {
        let column = descriptor.column(i);
        // The record reader gives up on these.
        if matches!(column.converted_type(), ConvertedType::INTERVAL | ConvertedType::MAP_KEY_VALUE) {
            let (name, kind) = (column.name(), column.converted_type());
            return Err(format!("the column {name:?} is of type {kind}, which is not read here: leave it out"));
        }
    }
    let schema = descriptor.root_schema().clone();
    let columns = schema.get_fields().iter().map(|field| field.name().to_owned()).collect();
    Ok(Opened { reader: Box::new(reader), schema, columns })
}

impl Opened {
    /// Reads these columns, all of which are there; in the file's order.
    pub(super) fn rows(self, wanted: Option<&[String]>) -> Result<ParquetSource, String> {
        let is_wanted = |name: &str| wanted.is_none_or(|wanted| wanted.iter().any(|w| w == name));
        let fields: Vec<_> = self.schema.get_fields().iter().filter(|field| is_wanted(field.name())).cloned().collect();
        let columns: Vec<String> = fields.iter().map(|field| field.name().to_owned()).collect();
        let rows = caught(|| {
            let schema = Type::group_type_builder(self.schema.name()).with_fields(fields).build()?;
            RowIter::from_file_into(self.reader).project(Some(schema))
        })?;
        Ok(ParquetSource { columns: columns.into(), rows, row: 0 })
    }
}

impl Source for ParquetSource {
    fn columns(&self) -> Option<Arc<[String]>> {
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
                    Err(what) => Step::Broken(at, what),
                }
            }
            // Pages cannot be entered in the middle: what comes after is lost.
            Err(what) => {
                Step::Stuck(at, format!("{what}; the rows before are whole, this and the rest cannot be read"))
            }
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
        Field::Group(_) | Field::ListInternal(_) | Field::MapInternal(_) => Some(json(field).to_string()),
        other => Some(match json(other) {
            Value::String(text) => text,
            value => value.to_string(),
        }),
    }
}

fn json(field: Field) -> Value {
    let number = |x: f64| serde_json::Number::from_f64(x).map_or_else(|| Value::String(x.to_string()), Value::Number);
    match field {
        Field::Null => Value::Null,
        Field::Bool(value) => value.into(),
        Field::Byte(value) => value.into(),
        Field::Short(value) => value.into(),
        Field::Int(value) => value.into(),
        Field::Long(value) => value.into(),
        Field::UByte(value) => value.into(),
        Field::UShort(value) => value.into(),
        Field::UInt(value) => value.into(),
        Field::ULong(value) => value.into(),
        // Through its shortest decimal form: 0.1 is 0.1 and not 0.10000000149.
        Field::Float(value) => number(value.to_string().parse().unwrap_or(f64::from(value))),
        Field::Double(value) => number(value),
        Field::Str(text) => Value::String(text),
        Field::Bytes(bytes) => Value::String(String::from_utf8_lossy(bytes.data()).into_owned()),
        Field::Group(row) => Value::Array(
            row.into_columns().into_iter().map(|(name, field)| Value::from(vec![name.into(), json(field)])).collect(),
        ),
        Field::ListInternal(list) => list.elements().iter().map(|field| json(field.clone())).collect(),
        Field::MapInternal(map) => {
            map.entries().iter().map(|(key, value)| Value::from(vec![json(key.clone()), json(value.clone())])).collect()
        }
        // Dates, times, decimals and half floats as the crate writes them.
        other => Value::String(other.to_string()),
    }
}
