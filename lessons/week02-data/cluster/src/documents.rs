//! Where the documents come from: generated, or from a file.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use datafusion::parquet::arrow::ArrowWriter;
use week02_data::decode;
use week02_data::read::{Format, Options};
use workshop_datasets::raw;

/// The first documents of the raw sample, from bytes to text and no further.
pub fn generated(count: usize, seed: u64) -> Vec<Option<String>> {
    raw::dump(seed).take(count).map(|raw| Some(decode::decode(&raw.bytes).text)).collect()
}

/// The first documents of a file: parquet, CSV, TSV, JSON Lines, or a document a line. And how many records are
/// broken, and left out.
///
/// # Errors
/// When the file cannot be read, or holds no document.
pub fn read(file: &Path, column: &str, count: usize) -> Result<(Vec<Option<String>>, u64)> {
    let mut documents = vec![];
    let is_lines = Options::default().open(file)?.format().0 == Format::Lines;
    let mut records =
        if is_lines { Options::default().open(file)? } else { Options::default().columns(&[column]).open(file)? };
    for record in records.by_ref().take(count) {
        let record = record?;
        let text = if is_lines { record.fields().next().and_then(|(_, text)| text) } else { record.get(column) };
        documents.push(text.map(str::to_owned));
    }
    if documents.is_empty() {
        bail!("{}: it holds no document", file.display());
    }
    Ok((documents, records.broken().count))
}

// ANCHOR: write
/// Writes the documents as parquet, so many files, each document with its number: a table has no order of its own.
///
/// # Errors
/// When a file cannot be written.
pub fn write(documents: &[Option<String>], folder: &Path, files: usize) -> Result<()> {
    std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let in_file = documents.len().div_ceil(files.max(1)).max(1);
    for (number, part) in documents.chunks(in_file).enumerate() {
        let first = (number * in_file) as i64;
        let ids: Int64Array = (first..first + part.len() as i64).collect();
        let texts: StringArray = part.iter().map(Option::as_deref).collect();
        let columns = [("id", Arc::new(ids) as ArrayRef, false), ("text", Arc::new(texts), true)];
        let batch = RecordBatch::try_from_iter_with_nullable(columns)?;
        let path = folder.join(format!("part-{number}.parquet"));
        let file = std::fs::File::create(&path).with_context(|| path.display().to_string())?;
        let mut writer = ArrowWriter::try_new(file, batch.schema(), None)?;
        writer.write(&batch)?;
        writer.close()?;
    }
    Ok(())
}
// ANCHOR_END: write
