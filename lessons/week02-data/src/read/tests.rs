use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use week00_workbench::memory;

use super::*;

type Anyhow = anyhow::Result<()>;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(vec![], Compression::default());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("gzip")
}

/// All records, each as its values with `-` for a missing one, and the error at the end.
fn all(records: Result<Records, ReadError>) -> (Vec<String>, Option<String>, Broken) {
    let mut records = match records {
        Ok(records) => records,
        Err(error) => return (vec![], Some(error.to_string()), Broken::default()),
    };
    let (mut read, mut error) = (vec![], None);
    for record in records.by_ref() {
        match record {
            Ok(record) => {
                read.push(record.fields().map(|(_, value)| value.unwrap_or("-")).collect::<Vec<_>>().join("|"));
            }
            Err(wrong) => error = Some(wrong.to_string()),
        }
    }
    assert!(records.next().is_none(), "it has ended");
    (read, error, records.broken)
}

fn skip(name: &str, bytes: impl Into<Vec<u8>>) -> (Vec<String>, Option<String>, Vec<String>) {
    let (read, error, broken) = all(from_bytes(name, bytes, OnBroken::Skip));
    assert_eq!(broken.first.len(), SHOWN.min(broken.count as usize));
    (read, error, broken.first.iter().map(ToString::to_string).collect())
}

#[test]
fn one_table_in_every_format() {
    let tsv = "id\ttext\n1\t좋아요\n2\t별로\n";
    let csv = "id,text\n1,좋아요\n\"2\",\"별로\"\n";
    let array = "[ {\"id\": 1, \"text\": \"좋아요\"},\n{\"id\": 2, \"text\": \"\\ubcc4로\"} ]\n";
    let lines = "{\"id\": 1, \"text\": \"좋아요\"}\n\n{\"id\":2,\"text\":\"별로\"}";
    let expected = ["1|좋아요", "2|별로"];
    for (name, text) in [("a.tsv", tsv), ("a.csv", csv), ("a.json", array), ("a.jsonl", lines), ("a.txt", tsv)] {
        for (bom, ends) in [("", "\n"), ("\u{feff}", "\n"), ("", "\r\n")] {
            let text = format!("{bom}{}", text.replace('\n', ends));
            assert_eq!(skip(name, text.clone()).0, expected, "{name} {bom:?} {ends:?}");
            let packed = gzip(text.as_bytes());
            assert_eq!(skip(&format!("{name}.gz"), packed.clone()).0, expected, "{name}.gz");
            // What it is, is seen in its first bytes, whatever its name says.
            assert_eq!(skip(name, packed).0, expected, "{name}, gzipped");
            // Several members, as `cat a.gz b.gz` makes them.
            let (first, second) = text.as_bytes().split_at(text.len() / 2);
            assert_eq!(skip(name, [gzip(first), gzip(second)].concat()).0, expected, "{name}, in two members");
        }
    }
    assert_eq!(skip("a.txt", "좋아요\n별로").0, ["좋아요", "별로"]);
    assert_eq!(skip("a.unknown", lines).0, expected);
    assert_eq!(skip("a.json", lines).0, expected);
}

/// A small file of every format, gzipped and not, cut at every length and with every byte changed: errors, not panics.
#[test]
fn damaged_files_are_errors() {
    let texts = ["a\tb\n1\t2\n", "a,b\n1,\"2\n\"\n", "[{\"a\":1},{\"a\":[\"x\"]}]", "{\"a\":1}\n{\"a\":null}\n"];
    let names = ["a.tsv", "a.csv", "a.json", "a.jsonl"];
    let parquet = parquet_file(&["text"], 3);
    let mut files: Vec<(&str, Vec<u8>)> =
        names.into_iter().zip(texts).map(|(n, t)| (n, t.as_bytes().to_vec())).collect();
    files.extend(names.into_iter().zip(texts).map(|(name, text)| (name, gzip(text.as_bytes()))));
    for (name, bytes) in &files {
        for length in 0..bytes.len() {
            skip(name, &bytes[..length]);
        }
        for i in 0..bytes.len() {
            for byte in [0, b'"', b'{', b'\\', 0xff, bytes[i] ^ 1] {
                let mut changed = bytes.clone();
                changed[i] = byte;
                skip(name, changed);
            }
        }
    }
    for i in 0..parquet.len() {
        for byte in [0, 0x7f, 0xff, parquet[i] ^ 1] {
            let mut changed = parquet.clone();
            changed[i] = byte;
            skip("a.parquet", changed);
        }
    }
    for length in 0..parquet.len() {
        let (read, error, _) = skip("a.parquet", &parquet[..length]);
        assert!(read.is_empty() && error.is_some(), "{length}");
    }
}

#[test]
fn broken_records_are_named_and_passed_over() {
    let (read, error, broken) = skip("r.tsv", &b"id\tb\n1\tx\n2\n3\t\xff\xfe\n4\ta\tb\n5\t\x00\n6\tz"[..]);
    assert_eq!((read, error), (vec!["1|x".to_owned(), "6|z".to_owned()], None));
    assert_eq!(
        broken,
        [
            "r.tsv, line 3: fields: 1, where the file has 2 columns",
            "r.tsv, line 4: not UTF-8 from byte 3 on: it may be in another encoding, such as EUC-KR",
            "r.tsv, line 5: fields: 3, where the file has 2 columns",
            "r.tsv, line 6: a NUL byte in \"b\": this is no text, or it comes from a damaged file",
        ]
    );
    let (read, error, _) = all(from_bytes("r.tsv", "id\tb\n1\tx\n2\n3\ty\n", OnBroken::Stop));
    assert_eq!(read, ["1|x"]);
    assert_eq!(error.as_deref(), Some("r.tsv, line 3: fields: 1, where the file has 2 columns"));
}

#[test]
fn csv_records_span_lines_and_an_open_quote_costs_one() {
    let (read, error, broken) = skip("r.csv", "id,text\n1,\"a\nb, \"\"c\"\"\"\n\n2,\"open\n3,x\n4,y\n");
    assert_eq!((read, error), (vec!["1|a\nb, \"c\"".to_owned(), "3|x".to_owned(), "4|y".to_owned()], None));
    assert_eq!(
        broken,
        [
            "r.csv, line 5: a quote that is opened here is not closed before the end of the file: a quote inside a field is written \"\""
        ]
    );
    let text = format!("id,text\n1,\"open\n{}", "2,x\n".repeat(1000));
    let (read, _, broken) = all(Options::default().longest(100).from_bytes("r.csv", text));
    assert_eq!((read.len(), broken.count), (1000, 1), "{broken}");
    assert!(broken.to_string().contains("line 2") && broken.to_string().contains("100 bytes"), "{broken}");
}

/// Each line closes a quote that was open and opens another. Read again from every line, this would take very long.
#[test]
fn a_file_of_open_quotes_is_read_once() {
    let text = format!("id,text\n{}1,x\n", "a\"b,\"\n".repeat(300_000));
    for longest in [100, 16_000_000] {
        let (read, error, broken) = all(Options::default().longest(longest).from_bytes("r.csv", text.clone()));
        assert_eq!((read, error, broken.count), (vec!["1|x".to_owned()], None, 300_000));
    }
}

#[test]
fn many_columns_are_compared_once() {
    let names: String = (0..200_000).map(|i| format!("\"c{i}\":1,")).collect();
    let (read, _, broken) = skip("r.jsonl", format!("{{{names}\"c7\":2}}\n{{{names}\"d\":2}}\n"));
    assert_eq!((read.len(), broken.len()), (1, 1));
    let (_, error, _) = skip("r.tsv", "\t".repeat(200_000) + "column 1\n");
    assert!(error.is_some_and(|error| error.contains("\"column 1\"")), "the name stands there twice");
}

#[test]
fn json_arrays_element_by_element() {
    let text = "[\n {\"a\": \"}]\\\"\", \"b\": {\"x\": [1, 2]}},\n {\"a\": },\n 7,\n {\"a\": 1, \"a\": 2}\n {\"a\": 3},\n {\"c\": null}, ]";
    let (read, error, broken) = skip("r.json", text);
    assert_eq!((read, error), (vec!["}]\"|{\"x\":[1,2]}".to_owned(), "-".to_owned()], None));
    assert_eq!(
        broken,
        [
            "r.json, element 2 (line 3): not valid JSON: expected value, on line 3",
            "r.json, element 3 (line 4): not a JSON object, which would name its columns",
            "r.json, element 4 (line 5): the name \"a\" stands twice: which of the two is meant?",
            "r.json, element 5 (line 6): no comma stands before it",
            "r.json, element 7 (line 7): no element stands before ]",
        ]
    );
    let (read, error, _) = skip("r.json", "[{\"a\": 1}, {\"a\": 2}, {\"a\": \"open");
    assert_eq!(read, ["1", "2"]);
    assert!(error.is_some_and(|error| error.starts_with("r.json, element 3 (line 1): the file ends inside the array")));
    for (text, said) in [
        ("[{}] x", "there is more after the end of the array"),
        ("[{} 5]", "5 stands after an element, where a comma or ] is expected"),
        ("[}", "a bracket that closes nothing"),
    ] {
        let (_, error, _) = skip("r.json", text);
        assert!(error.as_deref().is_some_and(|error| error.contains(said)), "{text}: {error:?}");
    }
    assert_eq!(skip("r.json", "[]"), (vec![], None, vec![]));
    let text = "[{\"a\": 1,\n\n \"b\": nul}]";
    assert_eq!(skip("r.json", text).2, ["r.json, element 1 (line 1): not valid JSON: expected ident, on line 3"]);
}

#[test]
fn deep_nesting_is_refused_without_a_deep_stack() {
    let deep = |depth: usize| format!("{{\"a\": {}{}}}", "[".repeat(depth), "]".repeat(depth));
    let text = format!("{}\n{}\n", deep(100), deep(10_000));
    let (read, error, broken) = skip("r.jsonl", text);
    assert_eq!((read.len(), error), (1, None));
    assert_eq!(broken, ["r.jsonl, line 2: brackets nested deeper than 128: no record is"]);
    let (read, _, broken) = skip("r.json", format!("[{},{}]", deep(10_000), deep(2)));
    assert_eq!((read.len(), broken.len()), (1, 1));
    // Brackets in a text are no nesting.
    assert_eq!(skip("r.jsonl", format!("{{\"a\": \"{}\"}}", "[".repeat(500))).0.len(), 1);
    // A file of opening brackets alone.
    assert!(skip("r.json", "[".repeat(100_000)).1.is_some());
}

#[test]
fn a_gzip_stream_cut_short_gives_what_came_before() {
    let text: String =
        "id\ttext\n".to_owned() + &(0..5000).map(|i| format!("{i}\t감상 {}\n", i * 7919 % 1000)).collect::<String>();
    let packed = gzip(text.as_bytes());
    let (read, error, _) = skip("r.tsv.gz", &packed[..packed.len() / 2]);
    assert!(read.len() > 1000 && read.iter().enumerate().all(|(i, record)| record.starts_with(&format!("{i}|"))));
    let error = error.expect("an error");
    assert!(
        error.contains("the gzip stream ends here, in the middle") && error.starts_with("r.tsv.gz, line "),
        "{error}"
    );
    let (_, error, _) = skip("r.tsv.gz", &packed[..5]);
    assert!(error.is_some_and(|error| error.contains("ends here")));
    let mut damaged = packed;
    let middle = damaged.len() / 2;
    damaged[middle..middle + 40].fill(0x55);
    let (_, error, _) = skip("r.tsv.gz", damaged);
    assert!(error.as_deref().is_some_and(|error| error.contains("damaged")), "{error:?}");
}

#[test]
fn what_is_no_file_of_records_is_said_in_a_sentence() {
    let lfs = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12\n";
    for (name, bytes, said) in [
        ("r.csv", lfs.as_bytes(), "r.csv is a Git LFS pointer, not the file itself"),
        ("r.parquet", lfs.as_bytes(), "r.parquet is a Git LFS pointer"),
        ("r.jsonl", b"\n <!DOCTYPE html>\n<html>", "r.jsonl is a web page, not data"),
        ("r.json", b"PK\x03\x04....", "r.json is packed by zip"),
        ("r.json", b"\x80\x04\x95", "r.json is a Python pickle"),
        ("r.tsv", b"\xff\xfea\0\t\0", "r.tsv is a text in UTF-16"),
        ("r.tsv", b"", "r.tsv is empty"),
        ("r.tsv", b"\xef\xbb\xbf", "r.tsv is empty"),
        ("r.csv", b"\n\n", "r.csv is empty"),
        ("r.parquet", b"id,text\n", "r.parquet is named .parquet, but does not begin"),
        ("r.bin", b"something", "r.bin does not say by its name which format it has"),
        ("r.tsv", b"a\ta\n1\t2\n", "r.tsv, line 1: the name \"a\" stands twice"),
        ("r.tsv", b"\xb0\xa1\n", "r.tsv, line 1: not UTF-8 from byte 1 on"),
        ("r.csv", b"\"a,b\n1,2\n", "r.csv, line 1: a quote that is opened here is not closed"),
    ] {
        let error = all(from_bytes(name, bytes, OnBroken::Skip)).1.unwrap_or_default();
        assert!(error.starts_with(said), "{name}: {error}");
    }
    let packed = gzip(b"PAR1");
    assert!(skip("r.parquet.gz", packed).1.is_some_and(|error| error.contains("parquet inside gzip")));
    assert_eq!(skip("r.csv", "a,b\n"), (vec![], None, vec![]));
    assert!(
        open("no-such-file.csv", OnBroken::Skip)
            .is_err_and(|e| e.to_string().starts_with("no-such-file.csv cannot be opened"))
    );
    let folder = std::env::temp_dir();
    assert!(open(folder, OnBroken::Skip).is_err_and(|error| error.to_string().ends_with("is a folder, not a file")));
}

#[test]
fn columns_are_chosen_and_those_that_miss_are_named() {
    let options = Options::default().columns(&["text", "id"]);
    for (name, text) in [
        ("r.tsv", "id\tx\ttext\n1\ty\t좋아요\n"),
        ("r.csv", "id,x,text\n1,y,좋아요\n"),
        ("r.json", "[{\"id\": 1, \"x\": 2, \"text\": \"좋아요\"}]"),
        ("r.jsonl", "{\"id\": 1, \"text\": \"좋아요\"}"),
    ] {
        assert_eq!(all(options.from_bytes(name, text)).0, ["좋아요|1"], "{name}");
    }
    let missing = all(options.from_bytes("r.tsv", "id\tlabel\n1\t2\n")).1;
    assert_eq!(missing.as_deref(), Some("r.tsv has no column \"text\": its columns are \"id\", \"label\""));
    let (read, error, broken) = all(options.from_bytes("r.jsonl", "{\"id\": 1}\n{\"text\": null, \"id\": 2}\n"));
    assert_eq!((read, error), (vec!["-|2".to_owned()], None));
    assert_eq!(broken.first[0].to_string(), "r.jsonl, line 1: no column \"text\": its columns are \"id\"");
    let given = Options::default().header(&["id", "text"]).from_bytes("r.tsv", "1\t좋아요\n2\t별로\n");
    assert_eq!(all(given).0, ["1|좋아요", "2|별로"]);
    assert_eq!(
        from_bytes("r.csv", ",b\n1,2\n", OnBroken::Skip).expect("records").columns().expect("columns")[0],
        "column 1"
    );
}

/// Bytes that are made while they are read: a line of a gigabyte is nowhere.
struct Generated {
    parts: Vec<(&'static [u8], u64)>,
    place: u64,
}

impl Read for Generated {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut count = 0;
        while count < buffer.len() {
            let Some((pattern, length)) = self.parts.first().copied() else { break };
            if self.place == length {
                self.parts.remove(0);
                self.place = 0;
                continue;
            }
            let take = (buffer.len() - count).min((length - self.place) as usize);
            if let [byte] = pattern {
                buffer[count..count + take].fill(*byte);
            } else {
                buffer[count..count + take].copy_from_slice(&pattern[self.place as usize..][..take]);
            }
            count += take;
            self.place += take as u64;
        }
        Ok(count)
    }
}

#[test]
fn a_line_of_a_gigabyte_costs_no_memory() -> Anyhow {
    const GIGABYTE: u64 = 1_000_000_000;
    let whole = |text: &'static [u8]| (text, text.len() as u64);
    for (name, before, long, after) in [
        ("r.tsv", &b"id\ttext\n1\ta\n"[..], &b"x"[..], &b"\n2\tb\n"[..]),
        ("r.csv", b"id,text\n1,a\n2,\"", b"x", b"\"\n2,b\n"),
        ("r.json", b"[{\"id\":1,\"text\":\"a\"},{\"text\":\"", b"x", b"\"},{\"id\":2,\"text\":\"b\"}]"),
        ("r.jsonl", b"{\"id\":1,\"text\":\"a\"}\n{\"text\":\"", b"x", b"\"}\n{\"id\":2,\"text\":\"b\"}\n"),
    ] {
        // The whole of it for the first, to see that nothing grows with its length; less for the others.
        let length = if name == "r.tsv" { GIGABYTE } else { GIGABYTE / 10 };
        let generated = Generated { parts: vec![whole(before), (long, length), whole(after)], place: 0 };
        let (read, bytes) =
            memory::peak(|| Ok(all(Options::default().longest(1_000_000).from_reader(name, generated))))?;
        assert_eq!(read.0, ["1|a", "2|b"], "{name}: {:?} {}", read.1, read.2);
        assert_eq!((read.2.count, read.1), (1, None), "{name}");
        assert!(bytes < 40_000_000, "{name}: {bytes} bytes");
    }
    Ok(())
}

/// The exercise's reader and this one agree on lines of all kinds.
#[test]
fn the_piece_reads_the_same() -> Anyhow {
    let mut text = vec![];
    for i in 0..400_u32 {
        let line: &[u8] = match i.wrapping_mul(2_654_435_761) >> 28 {
            0 => b"one field",
            1 => b"a\tb\tc",
            2 => b"\xb0\xa1\tx",
            3 => b"",
            4 => "길\t길길길길길길길길길길길길길길".as_bytes(),
            _ => "1\t좋아요".as_bytes(),
        };
        text.extend_from_slice(line);
        text.extend_from_slice(if i % 3 == 0 { b"\r\n" } else { b"\n" });
    }
    let (theirs, broken) = crate::records::read_tsv(&mut &text[..], 2, 40)?;
    let records = Options::default().header(&["a", "b"]).longest(40).from_bytes("r.tsv", text)?;
    let (ours, _, tally) = all(Ok(records));
    assert_eq!(ours, theirs.iter().map(|fields| fields.join("|")).collect::<Vec<_>>());
    assert_eq!(tally.count as usize, broken.len());
    let lines: Vec<String> = broken.iter().take(SHOWN).map(|line| format!("r.tsv, line {line}:")).collect();
    assert!(tally.first.iter().zip(lines).all(|(error, line)| error.to_string().starts_with(&line)));
    Ok(())
}

/// A parquet file of these text columns.
fn parquet_file(columns: &[&str], rows: usize) -> Vec<u8> {
    parquet_written(columns, rows, Default::default())
}

fn parquet_written(
    columns: &[&str],
    rows: usize,
    properties: ::parquet::file::properties::WriterProperties,
) -> Vec<u8> {
    use ::parquet::data_type::{ByteArray, ByteArrayType};
    use ::parquet::file::writer::SerializedFileWriter;
    let fields: String = columns.iter().map(|name| format!("required binary {name} (UTF8);")).collect();
    let schema =
        ::parquet::schema::parser::parse_message_type(&format!("message schema {{ {fields} }}")).expect("a schema");
    let mut bytes = vec![];
    let mut writer = SerializedFileWriter::new(&mut bytes, Arc::new(schema), Arc::new(properties)).expect("a writer");
    let mut group = writer.next_row_group().expect("a group");
    for name in columns {
        let values: Vec<ByteArray> = (0..rows).map(|row| format!("{name} {row}").as_str().into()).collect();
        let mut column = group.next_column().expect("a column").expect("one more");
        column.typed::<ByteArrayType>().write_batch(&values, None, None).expect("values");
        column.close().expect("a column");
    }
    group.close().expect("a group");
    writer.close().expect("a file");
    bytes
}

#[test]
fn parquet_columns_are_named_and_chosen() {
    let file = parquet_file(&["id", "text"], 3);
    assert_eq!(skip("r.parquet", file.clone()).0, ["id 0|text 0", "id 1|text 1", "id 2|text 2"]);
    let chosen = all(Options::default().columns(&["text", "id"]).from_bytes("r", file.clone()));
    assert_eq!(chosen.0, ["text 0|id 0", "text 1|id 1", "text 2|id 2"]);
    let missing = all(Options::default().columns(&["label"]).from_bytes("r.parquet", file.clone())).1;
    assert_eq!(missing.as_deref(), Some("r.parquet has no column \"label\": its columns are \"id\", \"text\""));
    let cut = all(from_bytes("r.parquet", &file[..file.len() - 3], OnBroken::Skip)).1.expect("an error");
    assert!(cut.starts_with("r.parquet is cut short, or damaged"), "{cut}");
}

/// The `parquet` crate makes room for what a page claims; where there is none, the program would end, and no test could say so.
#[test]
fn a_page_of_parquet_cannot_claim_more_than_it_holds() -> Anyhow {
    use ::parquet::basic::Encoding;
    use ::parquet::file::properties::{WriterProperties, WriterVersion};
    for encoding in [Encoding::DELTA_BYTE_ARRAY, Encoding::DELTA_LENGTH_BYTE_ARRAY] {
        for version in [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0] {
            let properties = WriterProperties::builder().set_writer_version(version).set_encoding(encoding);
            let properties = properties.set_dictionary_enabled(false).build();
            let file = parquet_written(&["text"], 2000, properties);
            let (read, error, broken) = skip("r.parquet", file.clone());
            assert_eq!((read.len(), error, broken.len()), (2000, None, 0), "{encoding} {version:?}");
            assert_eq!(read[1999], "text 1999");
            // How delta-encoded lengths begin: blocks of 128 in 4 parts, and then how many there are.
            let starts: Vec<usize> = (0..file.len() - 12).filter(|at| file[*at..].starts_with(&[0x80, 1, 4])).collect();
            assert!(!starts.is_empty());
            for at in starts {
                let mut changed = file.clone();
                changed[at + 3..at + 12].copy_from_slice(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]);
                let (read, error, _) = skip("r.parquet", changed);
                assert!(read.len() < 2000 && error.is_some_and(|error| error.contains("claims more values")));
            }
        }
    }
    Ok(())
}

/// What pyarrow wrote (tests/reference/week02_parquet.py), and read again.
#[test]
fn parquet_of_pyarrow() -> Anyhow {
    let rows: Vec<serde_json::Map<String, serde_json::Value>> =
        week00_workbench::fixtures::json("week02/reviews.json")?;
    let path = workshop_base::root().join("tests/fixtures/week02/reviews.parquet");
    let records: Vec<Record> = open(path, OnBroken::Stop)?.collect::<Result<_, _>>()?;
    assert_eq!(records.len(), rows.len());
    for (record, row) in records.iter().zip(&rows) {
        for (name, value) in row {
            let (got, name) = (record.get(name), format!("{name} of {:?}", record.at()));
            match value {
                serde_json::Value::Null => assert_eq!(got, None, "{name}"),
                serde_json::Value::String(text) => assert_eq!(got, Some(text.as_str()), "{name}"),
                value => assert_eq!(&serde_json::from_str::<serde_json::Value>(got.unwrap_or(""))?, value, "{name}"),
            }
        }
    }
    // The members of a group stand in the file's order.
    assert_eq!(records[1].get("turns"), Some("[{\"role\":\"user\",\"content\":\"질문 0\"}]"));
    assert_eq!((records[3].get("weight"), records[0].get("day")), (Some("0.3"), Some("2026-02-01")));
    Ok(())
}

/// The counts that the README of the data gives.
#[test]
fn real_files_have_as_many_records_as_they_say() -> Anyhow {
    let reviews = Options::default().header(&["id", "film", "rating", "date", "text"]);
    let plain = Options::default();
    for (path, options, count) in [
        ("nsmc/ratings_train.txt", &plain, 150_000),
        ("nsmc/ratings_test.txt", &plain, 25_000),
        ("nsmc/raw.txt", &plain, 180_000),
        ("nsmc/raw_reviews.tsv.gz", &reviews, 60_001),
        ("klue/klue-nli-v1.1_dev.json", &plain, 3_000),
        ("klue/klue-sts-v1.1_dev.json", &plain, 519),
        // The README rounds: Python's csv module counts these, too.
        ("chatbot/ChatbotData.csv", &plain, 11_823),
        ("hh-rlhf/harmless-base-test.jsonl", &plain, 2_312),
        ("pydocs/en_ko.jsonl", &plain, 12_322),
        ("gsm8k/test.jsonl", &plain, 1_319),
        ("titanic/titanic.csv", &plain, 891),
    ] {
        let Some(file) = cached(path) else { continue };
        let mut records = options.open(file)?;
        let read = records.by_ref().map(|record| record.map(drop)).collect::<Result<Vec<()>, _>>()?.len();
        println!("{path}: {read} records, {}, the longest {} bytes", records.broken(), records.longest_held());
        assert_eq!(read as u64 + records.broken().count, count, "{path}: {}", records.broken());
    }
    Ok(())
}
