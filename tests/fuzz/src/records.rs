//! Any bytes as a file of records, by every name that says a format.
#![no_main]

use std::io::Read;

use libfuzzer_sys::fuzz_target;
use week02_data::read::{OnBroken, Options, ReadError, Record, Records};

/// So many records are enough of a file: a run of missing values in parquet is a few bytes for any number of rows.
const ENOUGH: usize = 20_000;
/// Of a record, in bytes: so small that inputs reach it.
const LONGEST: usize = 100;
const NAMES: [&str; 7] = ["a.tsv", "a.csv", "a.json", "a.jsonl", "a.txt", "a.parquet", "a"];

/// A file that comes byte by byte.
struct Slow(std::io::Cursor<Vec<u8>>);

impl Read for Slow {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = buffer.len().min(1);
        self.0.read(&mut buffer[..length])
    }
}

/// The records, and the error at their end.
fn all(records: Result<Records, ReadError>) -> (Vec<Record>, Option<String>, u64) {
    let mut records = match records {
        Ok(records) => records,
        Err(error) => return (vec![], Some(error.to_string()), 0),
    };
    let mut read = vec![];
    while let Some(record) = records.next() {
        match record {
            Ok(record) => read.push(record),
            Err(error) => {
                assert!(records.next().is_none(), "records after {error}");
                return (read, Some(error.to_string()), records.broken().count);
            }
        }
        if read.len() == ENOUGH {
            break;
        }
    }
    let broken = records.broken();
    assert_eq!(broken.first.len() as u64, broken.count.min(10));
    assert_eq!(records.read(), read.len() as u64);
    let is_text = !matches!(records.format(), (_, true) | (week02_data::read::Format::Parquet, _));
    assert!(!is_text || records.longest_held() <= 2 * (LONGEST + 2), "{} bytes", records.longest_held());
    (read, None, broken.count)
}

fn target(bytes: &[u8]) {
    let is_parquet = bytes.starts_with(b"PAR1");
    for name in if is_parquet { &NAMES[..1] } else { &NAMES } {
        let options = Options::default().longest(LONGEST);
        let (records, error, broken) = all(options.from_bytes(name, bytes));
        for record in &records {
            assert!(record.fields().all(|(_, value)| value.is_none_or(|value| !value.contains('\0'))));
        }
        let is_gzip = bytes.starts_with(&[0x1f, 0x8b]);
        assert!(is_parquet || is_gzip || records.len() as u64 + broken <= bytes.len() as u64);

        // Who stops at the first broken record has seen those before it.
        let (before, stopped, count) = all(options.clone().on_broken(OnBroken::Stop).from_bytes(name, bytes));
        assert_eq!(before, records[..before.len()]);
        if broken == 0 {
            assert_eq!((before.len(), &stopped), (records.len(), &error));
        } else {
            assert!(stopped.is_some() && count <= 1);
        }
        // Where the bytes are cut on their way makes no difference.
        if !is_parquet {
            let slow = Slow(std::io::Cursor::new(bytes.to_vec()));
            assert_eq!(all(options.from_reader(name, slow)), (records, error, broken));
        }
        let (some, ..) = all(options.columns(&["text"]).from_bytes(name, bytes));
        assert!(some.iter().all(|record| record.columns() == ["text"]));
    }
}

fuzz_target!(init: shared::start(3 << 30), |bytes: &[u8]| shared::watched(|| target(bytes)));
