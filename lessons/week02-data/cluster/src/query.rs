//! The cleaning of a corpus as queries, each of whose results is written as parquet and is a table of the next.
//!
//! Near duplicates are what a join finds: two documents are candidates when a band of theirs has one hash. A union-find has no
//! place in a query, so the pairs that are left come home, and clusters are made of them here.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, Result};
use datafusion::arrow::array::{ArrayRef, AsArray as _, Int64Array, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int64Type, Schema};
use datafusion::dataframe::DataFrameWriteOptions;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::prelude::{ParquetReadOptions, SessionContext};
use week02_data::clusters::clusters;

use crate::functions::Settings;

/// A query, and the table that its result becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The table.
    pub table: &'static str,
    /// What makes it.
    pub sql: String,
}

// ANCHOR: steps
/// The queries before the clusters are made.
pub fn steps(settings: &Settings) -> Vec<Step> {
    let (bands, threshold) = (settings.dedup.bands, settings.dedup.threshold);
    [
        (
            "clean",
            "SELECT id, mask(normal) AS text
             FROM (SELECT id, normalise(text) AS normal FROM documents)
             WHERE keep(normal)"
                .to_owned(),
        ),
        (
            "different",
            "SELECT min(id) AS id, compared
             FROM (SELECT id, compared(text) AS compared FROM clean)
             GROUP BY compared"
                .to_owned(),
        ),
        (
            "banded",
            format!(
                "SELECT id, unnest(range(0, {bands})) AS band, unnest(bands(minhash(compared))) AS hash
                 FROM different"
            ),
        ),
        (
            "pairs",
            "SELECT DISTINCT a.id AS i, b.id AS j
             FROM banded a JOIN banded b ON a.band = b.band AND a.hash = b.hash
             WHERE a.id < b.id"
                .to_owned(),
        ),
        (
            "near",
            format!(
                "SELECT i, j
                 FROM pairs JOIN different a ON a.id = i JOIN different b ON b.id = j
                 WHERE jaccard(a.compared, b.compared) >= {threshold:?}"
            ),
        ),
    ]
    .map(|(table, sql)| Step { table, sql })
    .into()
}
// ANCHOR_END: steps

/// The last query, when `kept` holds the numbers of the documents that stay.
pub const LAST: &str = "SELECT clean.id, clean.text FROM clean JOIN kept ON clean.id = kept.id";

/// What a query made.
#[derive(Debug, Clone, PartialEq)]
pub struct Made {
    /// The table.
    pub table: &'static str,
    /// Its rows.
    pub rows: usize,
    /// How long it took, in seconds.
    pub seconds: f64,
}

/// What the queries made of the documents.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Cleaned {
    /// What is left: numbers and texts, in order.
    pub kept: Vec<(i64, String)>,
    /// The tables on the way.
    pub made: Vec<Made>,
    /// Documents in the fullest drawer: those that share the hash of one band.
    pub fullest: i64,
}

/// Cleans the documents of `folder/documents`, and writes every table to a folder beside it.
///
/// # Errors
/// When a query fails.
pub async fn clean(engine: &SessionContext, folder: &Path, settings: &Settings) -> Result<Cleaned> {
    let mut cleaned = Cleaned::default();
    let run = Run { engine, folder };
    run.read("documents", None).await?;
    for Step { table, sql } in steps(settings) {
        cleaned.made.push(run.make(table, &sql).await?);
    }
    // ANCHOR: clusters
    let different = run.numbers("SELECT id FROM different ORDER BY id").await?;
    let near = run.numbers("SELECT i, j FROM near").await?;
    let place = |id: &i64| different[0].binary_search(id).ok();
    let pairs = near[0].iter().zip(&near[1]).filter_map(|(i, j)| Some((place(i)?, place(j)?)));
    let first_of = clusters(different[0].len(), &pairs.collect::<Vec<_>>());
    let kept = different[0].iter().enumerate().filter(|(place, _)| first_of[*place] == *place).map(|(_, id)| *id);
    // ANCHOR_END: clusters
    run.write_numbers("kept", kept.collect())?;
    run.read("kept", None).await?;
    cleaned.made.push(run.make("cleaned", LAST).await?);
    let fullest = run
        .numbers("SELECT coalesce(max(size), 0) FROM (SELECT count(*) AS size FROM banded GROUP BY band, hash)")
        .await?;
    cleaned.fullest = fullest[0].first().copied().unwrap_or(0);
    cleaned.kept = run.texts("SELECT id, text FROM cleaned").await?;
    Ok(cleaned)
}

/// An engine, and where its tables are.
struct Run<'a> {
    engine: &'a SessionContext,
    folder: &'a Path,
}

impl Run<'_> {
    fn place(&self, table: &str) -> PathBuf {
        self.folder.join(table)
    }

    /// Makes the files of a folder known as a table. Of a table without rows there may be no file: its columns are told.
    async fn read(&self, table: &str, columns: Option<&Schema>) -> Result<()> {
        let place = self.place(table).display().to_string() + "/";
        let options = ParquetReadOptions { schema: columns, ..ParquetReadOptions::default() };
        self.engine.register_parquet(table, &place, options).await.with_context(|| place)
    }

    /// Runs a query, writes what it gives, and makes it known.
    async fn make(&self, table: &'static str, sql: &str) -> Result<Made> {
        let began = Instant::now();
        let place = self.place(table).display().to_string() + "/";
        let failed = || format!("the query that makes {table}");
        std::fs::create_dir_all(&place).with_context(|| place.clone())?;
        let result = self.engine.sql(sql).await.with_context(failed)?;
        let columns = result.schema().as_arrow().clone();
        let written = result.write_parquet(&place, DataFrameWriteOptions::new(), None).await.with_context(failed)?;
        let seconds = began.elapsed().as_secs_f64();
        // What is written says how many rows it is; the type of the number is the engine's.
        let rows = written.iter().flat_map(|batch| batch.columns().first().map(total)).sum();
        self.read(table, Some(&columns)).await?;
        Ok(Made { table, rows, seconds })
    }

    async fn batches(&self, sql: &str) -> Result<Vec<RecordBatch>> {
        self.engine.sql(sql).await?.collect().await.with_context(|| sql.to_owned())
    }

    /// The columns of a query, each of whole numbers.
    async fn numbers(&self, sql: &str) -> Result<Vec<Vec<i64>>> {
        let mut columns = vec![vec![]; 2];
        for batch in self.batches(sql).await? {
            for (column, numbers) in columns.iter_mut().zip(batch.columns()) {
                column.extend(numbers.as_primitive::<Int64Type>().values());
            }
        }
        Ok(columns)
    }

    /// Numbers and texts, in the order of the numbers.
    async fn texts(&self, sql: &str) -> Result<Vec<(i64, String)>> {
        let mut rows = vec![];
        for batch in self.batches(sql).await? {
            let ids = batch.column(0).as_primitive::<Int64Type>().clone();
            let texts = cast(batch.column(1), &DataType::Utf8)?;
            let texts = texts.as_string::<i32>();
            rows.extend(ids.values().iter().zip(texts).map(|(id, text)| (*id, text.unwrap_or_default().to_owned())));
        }
        rows.sort_unstable();
        Ok(rows)
    }

    fn write_numbers(&self, table: &str, numbers: Vec<i64>) -> Result<()> {
        let place = self.place(table);
        std::fs::create_dir_all(&place).with_context(|| place.display().to_string())?;
        let batch = RecordBatch::try_from_iter([("id", Arc::new(Int64Array::from(numbers)) as _)])?;
        let file = std::fs::File::create(place.join("part-0.parquet"))?;
        let mut writer = ArrowWriter::try_new(file, batch.schema(), None)?;
        writer.write(&batch)?;
        writer.close()?;
        Ok(())
    }
}

/// The sum of a column of counts.
fn total(column: &ArrayRef) -> usize {
    let counts = cast(column, &DataType::Int64);
    counts.map_or(0, |counts| counts.as_primitive::<Int64Type>().values().iter().sum::<i64>().max(0) as usize)
}
