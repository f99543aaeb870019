//! Why a file, or one record of it, cannot be read. Each message says which file, where, what is wrong, and what to do.

use std::fmt::{self, Display};
use std::io;

use workshop_base::text::Catalogue;
use workshop_base::tr;

/// Where a record stands in its file. Everything is counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// A line, or the first line of a record of several.
    Line(u64),
    /// An element of a JSON array, and the line on which it begins.
    Element {
        /// Its number.
        number: u64,
        /// The line.
        line: u64,
    },
    /// A row of a parquet file.
    Row(u64),
}

/// Why a file, or one record of it, cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file cannot be opened.
    #[error("{}", self.say(&Catalogue::default()))]
    Open {
        /// Its name.
        file: String,
        /// Why.
        source: io::Error,
    },
    /// The name is that of a folder.
    #[error("{}", self.say(&Catalogue::default()))]
    Folder {
        /// Its name.
        file: String,
    },
    /// Reading failed on the way.
    #[error("{}", self.say(&Catalogue::default()))]
    Failed {
        /// The file.
        file: String,
        /// How far it came.
        at: At,
        /// Why.
        source: io::Error,
    },
    /// There is nothing in it.
    #[error("{}", self.say(&Catalogue::default()))]
    Empty {
        /// The file.
        file: String,
    },
    /// It is something else than a file of records.
    #[error("{}", self.say(&Catalogue::default()))]
    NotRecords {
        /// The file.
        file: String,
        /// What it is.
        kind: Kind,
    },
    /// The compressed stream ends before its end.
    #[error("{}", self.say(&Catalogue::default()))]
    CutShort {
        /// The file.
        file: String,
        /// How far it came.
        at: At,
    },
    /// The compressed stream is damaged.
    #[error("{}", self.say(&Catalogue::default()))]
    Damaged {
        /// The file.
        file: String,
        /// How far it came.
        at: At,
        /// What the decoder says.
        said: String,
    },
    /// A JSON array whose end is missing.
    #[error("{}", self.say(&Catalogue::default()))]
    NotClosed {
        /// The file.
        file: String,
        /// The element that it ends in.
        at: At,
    },
    /// Columns that are needed are not there.
    #[error("{}", self.say(&Catalogue::default()))]
    MissingColumns {
        /// The file.
        file: String,
        /// Those that are needed.
        missing: String,
        /// Those that it has.
        there: String,
    },
    /// A parquet file without a readable end.
    #[error("{}", self.say(&Catalogue::default()))]
    Parquet {
        /// The file.
        file: String,
        /// What the parquet crate says.
        said: String,
    },
    /// A parquet file with a column that cannot be read here.
    #[error("{}", self.say(&Catalogue::default()))]
    ColumnType {
        /// The file.
        file: String,
        /// The column.
        column: String,
        /// Its type, by parquet's name.
        kind: String,
    },
    /// One record is broken; those after it may be whole.
    #[error("{}", self.say(&Catalogue::default()))]
    Broken {
        /// The file.
        file: String,
        /// Where.
        at: At,
        /// What is wrong with it.
        fault: Fault,
    },
}

/// What a file is that holds no records that can be read here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A pointer of Git LFS.
    LfsPointer,
    /// A web page.
    WebPage,
    /// Packed by this program.
    Packed(&'static str),
    /// An Arrow file.
    Arrow,
    /// A database.
    Sqlite,
    /// A Python pickle.
    Pickle,
    /// A text in UTF-16.
    Utf16,
    /// Something else, by the name of parquet.
    NotParquet,
    /// Parquet inside gzip.
    GzippedParquet,
    /// Nobody knows.
    Unknown,
}

/// What is wrong with a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Another number of fields than the file has columns.
    Fields {
        /// Its fields.
        got: usize,
        /// The columns of the file.
        columns: usize,
    },
    /// Not UTF-8, from this byte on.
    NotUtf8(usize),
    /// Longer than so many bytes.
    TooLong(usize),
    /// A quote that is not closed before the end of the file.
    OpenQuote,
    /// A quote that is not closed within so many bytes.
    LongQuote(usize),
    /// Brackets nested deeper than this.
    TooDeep(usize),
    /// JSON, but not an object.
    NotAnObject,
    /// Not JSON, at this byte of its line.
    Json {
        /// What the JSON reader says.
        said: String,
        /// The byte.
        byte: usize,
    },
    /// Not JSON, on this line of the file.
    JsonOnLine {
        /// What the JSON reader says.
        said: String,
        /// The line.
        line: u64,
    },
    /// A name that stands twice in one object, or in the first line of a file.
    NameTwice(String),
    /// A byte that no text has.
    Nul {
        /// The column.
        column: String,
    },
    /// Columns that are needed and not there.
    NoColumn {
        /// Those that are needed.
        missing: String,
        /// Those that it has.
        there: String,
    },
    /// Something after the end of an array.
    MoreAfterArray,
    /// Neither a comma nor a bracket after an element.
    AfterElement(char),
    /// No element before a comma or a bracket.
    NoElement(char),
    /// No comma before an element.
    NoComma,
    /// A bracket that closes nothing.
    ClosesNothing,
    /// The parquet crate cannot go on.
    Row(String),
}

impl At {
    /// The place in the reader's language.
    pub fn say(&self, text: &Catalogue) -> String {
        match self {
            Self::Line(line) => tr!(text, "line {line}", line = line),
            Self::Element { number, line } => {
                tr!(text, "element {number} (line {line})", number = number, line = line)
            }
            Self::Row(row) => tr!(text, "row {row}", row = row),
        }
    }
}

impl Display for At {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.say(&Catalogue::default()))
    }
}

impl ReadError {
    /// What is wrong, in the reader's language.
    pub fn say(&self, text: &Catalogue) -> String {
        match self {
            Self::Open { file, source } => {
                tr!(text, "{file} cannot be opened: {error}", file = file, error = source)
            }
            Self::Folder { file } => tr!(text, "{file} is a folder, not a file", file = file),
            Self::Failed { file, at, source } => {
                let at = at.say(text);
                tr!(text, "{file}, {at}: reading failed: {error}", file = file, at = at, error = source)
            }
            Self::Empty { file } => tr!(text, "{file} is empty: not even a first line is there", file = file),
            Self::NotRecords { file, kind } => kind.say(file, text),
            Self::CutShort { file, at } => tr!(
                text,
                "{file}, {at}: the gzip stream ends here, in the middle: get the file again; what came before is whole",
                file = file,
                at = at.say(text)
            ),
            Self::Damaged { file, at, said } => tr!(
                text,
                "{file}, {at}: the gzip stream is damaged from here on ({error}): get the file again",
                file = file,
                at = at.say(text),
                error = said
            ),
            Self::NotClosed { file, at } => tr!(
                text,
                "{file}, {at}: the file ends inside the array: a bracket or a quote is not closed, or the file is cut short",
                file = file,
                at = at.say(text)
            ),
            Self::MissingColumns { file, missing, there } => tr!(
                text,
                "{file} has no column {missing}: its columns are {there}",
                file = file,
                missing = missing,
                there = there
            ),
            Self::Parquet { file, said } => tr!(
                text,
                "{file} is cut short, or damaged: the end of a parquet file says where everything is, and it cannot be read here ({error}): get it again",
                file = file,
                error = said
            ),
            Self::ColumnType { file, column, kind } => tr!(
                text,
                "{file}: the column {column} is of type {kind}, which cannot be read here: save the file without it",
                file = file,
                column = column,
                kind = kind
            ),
            Self::Broken { file, at, fault } => {
                tr!(text, "{file}, {at}: {what}", file = file, at = at.say(text), what = fault.say(text))
            }
        }
    }
}

impl Kind {
    fn say(self, file: &str, text: &Catalogue) -> String {
        match self {
            Self::LfsPointer => tr!(
                text,
                "{file} is a Git LFS pointer, not the file itself: fetch the file with `git lfs pull`, or download it from its page",
                file = file
            ),
            Self::WebPage => tr!(
                text,
                "{file} is a web page, not data: the download gave a page instead of the file; open its address in a browser to see why",
                file = file
            ),
            Self::Packed(program) => {
                tr!(text, "{file} is packed by {program}: unpack it first", file = file, program = program)
            }
            Self::Arrow => {
                tr!(text, "{file} is an Arrow file: save the data as parquet or JSON Lines", file = file)
            }
            Self::Sqlite => tr!(text, "{file} is an SQLite database: export the table as CSV", file = file),
            Self::Pickle => tr!(
                text,
                "{file} is a Python pickle, which can run any code when it is opened: ask for the data in another format",
                file = file
            ),
            Self::Utf16 => tr!(
                text,
                "{file} is a text in UTF-16: convert it to UTF-8 first (iconv -f UTF-16 -t UTF-8)",
                file = file
            ),
            Self::NotParquet => tr!(
                text,
                "{file} is named .parquet, but does not begin as a parquet file does: get it again",
                file = file
            ),
            Self::GzippedParquet => {
                tr!(text, "{file} is parquet inside gzip: unpack it first (gunzip)", file = file)
            }
            Self::Unknown => tr!(
                text,
                "{file} does not say by its name which format it has: name it .tsv, .csv, .json, .jsonl, .txt or .parquet, with .gz after it where it is compressed",
                file = file
            ),
        }
    }
}

impl Fault {
    /// What is wrong, in the reader's language.
    pub fn say(&self, text: &Catalogue) -> String {
        match self {
            Self::Fields { got, columns } => {
                tr!(text, "fields: {got}, where the file has {columns} columns", got = got, columns = columns)
            }
            Self::NotUtf8(byte) => {
                tr!(text, "not UTF-8 from byte {byte} on: it may be in another encoding, such as EUC-KR", byte = byte)
            }
            Self::TooLong(longest) => {
                tr!(text, "longer than {longest} bytes: if that is right, allow longer records", longest = longest)
            }
            Self::OpenQuote => tr!(
                text,
                "a quote that is opened here is not closed before the end of the file: a quote inside a field is written \"\""
            ),
            Self::LongQuote(longest) => tr!(
                text,
                "a quote that is opened here is not closed within {longest} bytes: a quote inside a field is written \"\"",
                longest = longest
            ),
            Self::TooDeep(deepest) => {
                tr!(text, "brackets nested deeper than {deepest}: no record is", deepest = deepest)
            }
            Self::NotAnObject => tr!(text, "not a JSON object, which would name its columns").to_owned(),
            Self::Json { said, byte } => {
                tr!(text, "not valid JSON: {error}, at byte {byte} of the line", error = said, byte = byte)
            }
            Self::JsonOnLine { said, line } => {
                tr!(text, "not valid JSON: {error}, on line {line}", error = said, line = line)
            }
            Self::NameTwice(name) => {
                tr!(text, "the name \"{name}\" stands twice: which of the two is meant?", name = name)
            }
            Self::Nul { column } => tr!(
                text,
                "a NUL byte in \"{column}\": this is no text, or it comes from a damaged file",
                column = column
            ),
            Self::NoColumn { missing, there } => {
                tr!(text, "no column {missing}: its columns are {there}", missing = missing, there = there)
            }
            Self::MoreAfterArray => tr!(text, "there is more after the end of the array"),
            Self::AfterElement(found) => {
                tr!(text, "{found} stands after an element, where a comma or ] is expected", found = found)
            }
            Self::NoElement(found) => tr!(text, "no element stands before {found}", found = found),
            Self::NoComma => tr!(text, "no comma stands before it"),
            Self::ClosesNothing => tr!(text, "a bracket that closes nothing"),
            Self::Row(said) => tr!(
                text,
                "{error}; the rows before are whole, this one and those after it cannot be read",
                error = said
            ),
        }
    }
}
