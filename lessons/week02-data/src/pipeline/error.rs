//! Why the pipeline cannot go on. Each message says what, where, and what to do.

use workshop_base::text::Catalogue;
use workshop_base::tr;

/// Why the pipeline cannot go on.
#[derive(Debug)]
pub enum PipelineError {
    /// Settings that cannot be used.
    Settings {
        /// The file that they come from; empty where there is none.
        file: String,
        /// What is wrong.
        why: String,
    },
    /// A file cannot be read.
    Read {
        /// The file.
        path: String,
        /// What the system said.
        error: std::io::Error,
    },
    /// The input cannot be read, or not to its end.
    Input {
        /// What is wrong, where, and what to do.
        why: String,
    },
    /// A record of the input cannot be read.
    Record {
        /// What is wrong, with its place.
        why: String,
    },
    /// The input has no column of this name.
    Column {
        /// The column.
        name: String,
        /// Those that there are.
        known: String,
    },
    /// A file cannot be written.
    Write {
        /// The file.
        path: String,
        /// What the system said.
        error: std::io::Error,
    },
    /// There is no document in the input.
    Empty {
        /// The input.
        path: String,
    },
    /// The folder holds a run of something else.
    Changed {
        /// The folder.
        folder: String,
        /// What differs.
        what: Change,
    },
    /// The folder has files that no run of this program left.
    Foreign {
        /// The folder.
        folder: String,
        /// One of the files.
        file: String,
    },
    /// Another process works in the folder.
    Busy {
        /// The folder.
        folder: String,
    },
    /// The state in the folder is damaged.
    State {
        /// The file.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// The input changed while it was read.
    Moving {
        /// The input.
        path: String,
    },
    /// The duplicates cannot be found.
    Copies(crate::dedup::DedupError),
    /// Threads cannot be started.
    Threads(String),
}

/// What differs between a run that was begun and the one that should go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// The input.
    Input,
    /// How the input is read.
    Reading,
    /// The settings.
    Settings,
    /// The test sets.
    TestSets,
    /// The program.
    Version,
}

impl PipelineError {
    /// The message in the reader's language.
    pub fn say(&self, text: &Catalogue) -> String {
        match self {
            Self::Settings { file, why } if file.is_empty() => {
                tr!(text, "The settings cannot be used: {why}", why = why.trim())
            }
            Self::Settings { file, why } => {
                tr!(text, "The settings in {file} cannot be used: {why}", file = file, why = why.trim())
            }
            Self::Read { path, error } => tr!(text, "{path} cannot be read: {error}", path = path, error = error),
            Self::Input { why } => why.clone(),
            Self::Record { why } => tr!(
                text,
                "{why}. Mend it, or leave broken records out with --on-broken skip.",
                why = why.trim_end_matches('.')
            ),
            Self::Column { name, known } => tr!(
                text,
                "The input has no column {name}: it has {known}. Name the one with the text: --column NAME.",
                name = name,
                known = known
            ),
            Self::Write { path, error } => tr!(
                text,
                "{path} cannot be written: {error}. What was done so far is kept; free some space or mend it, and start again.",
                path = path,
                error = error
            ),
            Self::Empty { path } => tr!(text, "{path} holds no document.", path = path),
            Self::Changed { folder, what } => match what {
                Change::Input => tr!(
                    text,
                    "{folder} holds a run of another input, or the input has changed since: give another folder with --out, or start anew with --fresh.",
                    folder = folder
                ),
                Change::Reading => tr!(
                    text,
                    "{folder} holds a run that read its input in another way (columns, or what is done with broken records): give another folder with --out, or start anew with --fresh.",
                    folder = folder
                ),
                Change::Settings => tr!(
                    text,
                    "{folder} holds a run with other settings: give another folder with --out, or start anew with --fresh.",
                    folder = folder
                ),
                Change::TestSets => tr!(
                    text,
                    "{folder} holds a run with other test sets: give another folder with --out, or start anew with --fresh.",
                    folder = folder
                ),
                Change::Version => tr!(
                    text,
                    "{folder} holds a run of another version of this program: give another folder with --out, or start anew with --fresh.",
                    folder = folder
                ),
            },
            Self::Foreign { folder, file } => tr!(
                text,
                "{folder} has a file {file} that no run of this program left there: give an empty folder with --out.",
                folder = folder,
                file = file
            ),
            Self::Busy { folder } => {
                tr!(text, "Another run works in {folder}: wait for it, or stop it.", folder = folder)
            }
            Self::State { path, why } => {
                tr!(text, "{path} is damaged ({why}): start anew with --fresh.", path = path, why = why)
            }
            Self::Moving { path } => tr!(
                text,
                "{path} changed while it was read: the result would be of neither version. Start again when it is complete.",
                path = path
            ),
            Self::Copies(error) => tr!(text, "The duplicates cannot be found: {error}", error = error),
            Self::Threads(why) => tr!(text, "Threads cannot be started: {why}", why = why),
        }
    }
}

impl std::fmt::Display for PipelineError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.say(&Catalogue::default()))
    }
}

impl std::error::Error for PipelineError {}
