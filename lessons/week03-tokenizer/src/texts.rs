//! The texts of a file, a batch at a time: what the programs train on and cut. Files are read as in Week 2: lines of text,
//! JSON Lines, TSV and the others.

use std::path::Path;

use week02_data::read::{Options, ReadError, Record, Records};
use workshop_base::text::Catalogue;
use workshop_base::tr;

/// Why there are no texts.
#[derive(Debug, thiserror::Error)]
pub enum TextsError {
    /// The file cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// No column with the text.
    #[error("{file} has the columns {columns}: name the one with the text by --column")]
    Column {
        /// The file.
        file: String,
        /// Those that are there.
        columns: String,
    },
}

impl TextsError {
    /// The error in the reader's language.
    pub fn say(&self, text: &Catalogue) -> String {
        match self {
            Self::Read(error) => error.say(text),
            Self::Column { file, columns } => tr!(
                text,
                "{file} has the columns {columns}: name the one with the text by --column",
                file = file,
                columns = columns
            ),
        }
    }
}

/// Bytes of text a batch, about.
const BATCH: usize = 8 << 20;

/// The columns that hold the text, where none is named and there are several.
const NAMES: [&str; 3] = ["document", "text", "content"];

/// The texts of a file.
pub struct Texts {
    file: String,
    records: Records,
    column: Option<String>,
}

impl Texts {
    /// Opens a file. Without a column, the text is in `document`, `text` or `content`, or in the only column.
    ///
    /// # Errors
    /// When it cannot be opened, is no file of records, or has not that column.
    pub fn open(path: &Path, column: Option<&str>) -> Result<Self, TextsError> {
        let options = column.map_or_else(Options::default, |column| Options::default().columns(&[column]));
        let column = column.map(str::to_owned);
        Ok(Self { file: path.display().to_string(), records: options.open(path)?, column })
    }

    /// The next texts, some megabytes of them; none at the end. Empty texts are left out.
    ///
    /// # Errors
    /// When reading fails, or there is no column with the text.
    pub fn batch(&mut self) -> Result<Vec<String>, TextsError> {
        let (mut texts, mut bytes) = (vec![], 0);
        while bytes < BATCH {
            let Some(record) = self.records.next().transpose()? else { break };
            let Some(text) = self.text_of(record)? else { continue };
            bytes += text.len();
            texts.push(text);
        }
        Ok(texts)
    }

    /// What was left out because it could not be read, in the reader's language; `None` where nothing was.
    pub fn broken(&self, text: &Catalogue) -> Option<String> {
        let broken = self.records.broken();
        (broken.count > 0).then(|| broken.say(text))
    }

    fn text_of(&self, record: Record) -> Result<Option<String>, TextsError> {
        let name = match (&self.column, record.columns()) {
            (Some(name), _) => name.clone(),
            (None, [only]) => only.clone(),
            (None, columns) => match NAMES.into_iter().find(|name| columns.iter().any(|column| column == name)) {
                Some(name) => name.to_owned(),
                None => {
                    return Err(TextsError::Column { file: self.file.clone(), columns: columns.join(", ") });
                }
            },
        };
        Ok(record.get(&name).filter(|text| !text.is_empty()).map(str::to_owned))
    }
}
