//! The pipeline holds a batch of chunks and what it must know of each document, never the input. A file of its own: the
//! memory of a process is that of all its tests.
#![allow(clippy::expect_used, reason = "a test says what it expects")]

use std::io::{BufWriter, Write as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use week00_workbench::memory;
use week02_data::pipeline::{Finished, Run, Step, Tally};

const MB: u64 = 1_000_000;

fn run(input: PathBuf, out: &Path) -> (Tally, u64) {
    let run = Run { inputs: vec![input], out: out.to_owned(), threads: Some(2), ..Run::default() };
    let (finished, bytes) = memory::peak(|| Ok(run.go(&mut |_| ControlFlow::Continue(()))?)).expect("a run");
    let Finished::Done(report) = finished else { panic!("{finished:?}") };
    (report.tally, bytes)
}

#[test]
fn neither_one_huge_document_nor_a_million_empty_ones_are_held() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, fill: &dyn Fn(&mut BufWriter<std::fs::File>) -> std::io::Result<()>| {
        let path = folder.path().join(name);
        let mut file = BufWriter::new(std::fs::File::create(&path).expect("a file"));
        fill(&mut file).and_then(|()| file.flush()).expect("written");
        path
    };
    let good = "{\"document\":\"오늘은 시장에 가서 사과와 배를 사고 집에 돌아와 저녁을 지어 먹었다.\"}\n";
    // One of 100 MB between two good ones, and one that can be read and is too long to be looked at.
    let large = write("large.jsonl", &|file| {
        write!(file, "{good}{{\"document\":\"")?;
        for _ in 0..100 {
            file.write_all(&vec![b'a'; MB as usize])?;
        }
        writeln!(file, "\"}}\n{{\"document\":\"{}\"}}\n{good}", "나는 간다. ".repeat(100_000))
    });
    let (tally, bytes) = run(large, &folder.path().join("large"));
    assert_eq!((tally.documents, tally.broken, tally.kept), (3, 1, 1), "{tally:?}");
    assert_eq!(tally.steps[&Step::Decode].reasons["too long"], 1);
    println!("100 MB: {} MB held", bytes / MB);
    // The reader holds at most 16 MB of a record.
    assert!(bytes < 60 * MB, "{bytes} bytes");

    let empty = write("empty.jsonl", &|file| {
        for _ in 0..1_000_000 {
            file.write_all(b"{\"document\":\"\"}\n")?;
        }
        Ok(())
    });
    let (tally, bytes) = run(empty, &folder.path().join("empty"));
    assert_eq!((tally.documents, tally.kept), (1_000_000, 0));
    println!("a million: {} MB held", bytes / MB);
    assert!(bytes < 60 * MB, "{bytes} bytes");
}
