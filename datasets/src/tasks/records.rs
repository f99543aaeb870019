//! Files of records: `key: value` lines, a blank line between records, `#` for a comment, `\n` in a value for a line break.

/// A record: its fields in the order of the file; a key may stand several times.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Record {
    /// The line at which it begins, from 1.
    pub line: usize,
    /// Keys and values.
    pub fields: Vec<(String, String)>,
}

impl Record {
    /// The first value of `key`.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.all(key).next()
    }

    /// Every value of `key`.
    pub fn all<'a>(&'a self, key: &str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// The first value of `key`, or nothing at all.
    pub fn text(&self, key: &str) -> String {
        self.get(key).unwrap_or_default().to_owned()
    }
}

/// Reads a file. A line without a colon continues the value above it.
pub(super) fn read(text: &str) -> Vec<Record> {
    let mut records = vec![Record::default()];
    for (place, line) in text.lines().enumerate() {
        let line = line.trim();
        let Some(last) = records.last_mut() else { break };
        if line.starts_with('#') {
            continue;
        }
        if line.is_empty() {
            if !last.fields.is_empty() {
                records.push(Record::default());
            }
        } else if let Some((key, value)) = line.split_once(": ").filter(|(key, _)| !key.contains(' ')) {
            if last.fields.is_empty() {
                last.line = place + 1;
            }
            last.fields.push((key.to_owned(), value.trim().replace("\\n", "\n")));
        } else if let Some((_, value)) = last.fields.last_mut() {
            value.push(' ');
            value.push_str(line);
        }
    }
    records.retain(|record| !record.fields.is_empty());
    records
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_parted_by_blank_lines() {
        let records = read("# 말\n가: 하나\n가: 둘: 셋\n\n\n나: 위\\n아래\n이어진다");
        assert_eq!(records.len(), 2);
        assert_eq!(records[0].all("가").collect::<Vec<_>>(), ["하나", "둘: 셋"]);
        assert_eq!(records[1].get("나"), Some("위\n아래 이어진다"));
        assert_eq!((records[0].line, records[1].line), (2, 6));
        assert_eq!(records[1].get("다"), None);
    }
}
