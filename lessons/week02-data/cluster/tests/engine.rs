//! The functions are the lesson's, and the engine keeps what the lesson keeps.
#![allow(clippy::expect_used, reason = "a test says what it expects")]

use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray as _, RecordBatch, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type, UInt32Type, UInt64Type};
use week02_cluster::cluster::in_process;
use week02_cluster::functions::Settings;
use week02_cluster::{documents, local, query};
use week02_data::bands::Signatures;
use week02_data::dedup::{Dedup, jaccard_of_hashes, normalised};
use week02_data::quality::Judge;
use week02_data::sketch::{Sketcher, hash_shingles, permutations};
use week02_data::{personal, unicode};

/// Nothing, blanks, emoji, jamo alone and taken apart, half width, personal data, something long.
fn edges() -> Vec<Option<String>> {
    let long = "어제 동생과 시장에 가서 귤을 샀다. 값이 많이 올랐다. ".repeat(40);
    let texts = [
        "",
        " \u{3000}\n",
        "가",
        "👩‍💻 😀 ❤️‍🔥",
        "ㅋㅋㅋㅋ ㅠㅠ",
        "\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}",
        "ﾡﾢ ＡＢＣ\u{200b}\u{0}",
        "연락은 010-0000-0001 또는 a@example.com 으로 주세요.",
        "비가 그친 뒤에 우리는 강을 따라 천천히 걸었다.",
        &long,
    ];
    let mut texts: Vec<Option<String>> = texts.into_iter().map(|text| Some(text.to_owned())).collect();
    texts.insert(3, None);
    texts
}

#[tokio::test]
async fn a_function_over_a_column_is_that_of_the_lesson() {
    let settings = Settings::default();
    let Dedup { shingle, bands, rows, seed, .. } = settings.dedup;
    let engine = in_process(&settings, 2).expect("an engine");
    let texts = edges();
    let column: ArrayRef = Arc::new(texts.iter().map(Option::as_deref).collect::<StringArray>());
    let batch = RecordBatch::try_from_iter([("t", column)]).expect("a table");
    engine.register_batch("texts", batch).expect("registered");
    let sql = "SELECT normalise(t), mask(t), compared(t), keep(t), minhash(t), bands(minhash(t)),
                      jaccard(t, '비가 그친 뒤에 우리는 강을 따라 걸었다.') FROM texts";
    let found = engine.sql(sql).await.expect(sql).collect().await.expect(sql);
    assert_eq!(found.len(), 1, "one batch");
    let column = |i: usize| found[0].column(i).clone();
    let judge = Judge::new(settings.quality.clone(), None).expect("a judge");
    let sketcher = Sketcher::new(&permutations(bands * rows, seed));
    let hashes = |text: &str| {
        let mut hashes = vec![];
        hash_shingles(&normalised(text), shingle, &mut hashes);
        hashes
    };
    let other = hashes("비가 그친 뒤에 우리는 강을 따라 걸었다.");
    let mut kept = 0;
    for (i, text) in texts.iter().enumerate() {
        let Some(text) = text else {
            assert!((0..7).all(|function| column(function).is_null(i)), "of a null every function gives a null");
            continue;
        };
        let string = |function: usize| {
            cast(&column(function), &DataType::Utf8).expect("text").as_string::<i32>().value(i).to_owned()
        };
        assert_eq!(string(0), unicode::normalise(text).0);
        assert_eq!(string(1), personal::mask(text).text);
        assert_eq!(string(2), normalised(text));
        assert_eq!(column(3).as_boolean().value(i), judge.decide(text).keeps(), "{text}");
        kept += usize::from(column(3).as_boolean().value(i));
        let mut signature = vec![0; bands * rows];
        sketcher.signature(&hashes(text), &mut signature);
        let found = column(4).as_list::<i32>().value(i);
        assert_eq!(found.as_primitive::<UInt32Type>().values(), signature.as_slice(), "{text}");
        let signatures = Signatures::new(&signature, bands * rows);
        let expected: Vec<u64> = (0..bands).map(|band| signatures.band(band, rows)[0].0).collect();
        let found = column(5).as_list::<i32>().value(i);
        assert_eq!(found.as_primitive::<UInt64Type>().values(), expected.as_slice(), "{text}");
        assert_eq!(column(6).as_primitive::<Float64Type>().value(i), jaccard_of_hashes(&hashes(text), &other));
    }
    assert!(kept > 0 && kept < texts.len());
}

#[tokio::test]
async fn constants_give_constants_and_a_signature_of_another_length_is_refused() {
    let engine = in_process(&Settings::default(), 1).expect("an engine");
    let sql = "SELECT mask('010-0000-0001') AS masked, keep(NULL) AS kept";
    let found = engine.sql(sql).await.expect(sql).collect().await.expect(sql);
    let masked = cast(found[0].column(0), &DataType::Utf8).expect("text");
    assert_eq!((masked.as_string::<i32>().value(0), found[0].column(1).is_null(0)), ("***-****-****", true));
    let sql = "SELECT bands(arrow_cast([1, 2], 'List(UInt32)'))";
    let refused = match engine.sql(sql).await {
        Ok(query) => query.collect().await.expect_err("refused").to_string(),
        Err(refused) => refused.to_string(),
    };
    assert!(refused.contains("a signature has 2 numbers"), "{refused}");
}

/// Cleans in one process, and by the lesson.
async fn both(documents: &[Option<String>]) -> (query::Cleaned, Vec<(i64, String)>) {
    let settings = Settings::default();
    let folder = tempfile::tempdir().expect("a folder");
    documents::write(documents, &folder.path().join("documents"), 3).expect("written");
    let engine = in_process(&settings, 3).expect("an engine");
    let cleaned = query::clean(&engine, folder.path(), &settings).await.expect("cleaned");
    (cleaned, local::clean(documents, &settings).expect("cleaned"))
}

#[tokio::test]
async fn one_process_keeps_what_the_lesson_keeps() {
    let mut documents = documents::generated(600, 5);
    documents.extend(edges());
    documents.extend(edges()); // every one of them a duplicate
    let (cleaned, expected) = both(&documents).await;
    assert!(expected.len() > 200 && expected.len() < 450, "{}", expected.len());
    assert_eq!(cleaned.kept, expected);
    let rows = |table: &str| cleaned.made.iter().find(|made| made.table == table).map(|made| made.rows);
    assert!(rows("near") > Some(10) && rows("near") <= rows("pairs"), "{:?}", cleaned.made);
    assert_eq!(rows("cleaned"), Some(expected.len()));
}

#[tokio::test]
async fn where_nothing_is_left_nothing_fails() {
    for documents in [vec![None], vec![Some(String::new()), Some("ㅋㅋ".to_owned())]] {
        let (cleaned, expected) = both(&documents).await;
        assert_eq!((cleaned.kept, expected), (vec![], vec![]));
    }
}

#[test]
fn what_is_written_is_read_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut documents = edges();
    documents::write(&documents, folder.path(), 2).expect("written");
    let read = |part: usize| {
        let path = folder.path().join(format!("part-{part}.parquet"));
        documents::read(&path, "text", 100).expect("read")
    };
    let (first, second) = (read(0), read(1));
    // The lesson's reader takes a text with a NUL for broken, and counts it.
    assert_eq!((first.1, second.1), (0, 1));
    documents.retain(|text| text.as_ref().is_none_or(|text| !text.contains('\0')));
    assert_eq!([first.0, second.0].concat(), documents);
    let lines = folder.path().join("lines.txt");
    std::fs::write(&lines, "하나\n둘\n셋\n").expect("written");
    let (read, _) = documents::read(&lines, "text", 2).expect("read");
    assert_eq!(read, [Some("하나".to_owned()), Some("둘".to_owned())]);
}

/// Real reviews, where they were downloaded.
#[tokio::test]
async fn reviews_are_kept_as_the_lesson_keeps_them() {
    let Some(cache) = std::env::var_os("WORKSHOP_CACHE") else {
        println!("no WORKSHOP_CACHE: not run");
        return;
    };
    let file = Path::new(&cache).join("nsmc").join("raw.txt");
    if !file.exists() {
        println!("{} is not there: not run", file.display());
        return;
    }
    let (documents, _) = documents::read(&file, "text", 3000).expect("read");
    assert_eq!(documents.len(), 3000);
    let (cleaned, expected) = both(&documents).await;
    assert!(expected.len() > 1000, "{}", expected.len());
    assert_eq!(cleaned.kept, expected);
}

fn program(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_week02-cluster")).args(arguments).output().expect("it runs")
}

#[test]
fn a_cluster_keeps_the_same_all_executors_work_and_nothing_stays_behind() {
    let output = program(&["cluster", "--documents", "400", "--seed", "3"]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    println!("{said}");
    assert!(said.contains("equal: the same documents stay"), "{said}");
    let tasks: Vec<usize> = said
        .lines()
        .filter_map(|line| {
            line.strip_prefix("executor-")?.strip_suffix(" tasks")?.split_whitespace().nth(1)?.parse().ok()
        })
        .collect();
    assert!(tasks.len() == 2 && tasks.iter().all(|tasks| *tasks > 2), "{said}");
    let processes: Vec<&str> = said.lines().filter_map(|line| line.split_once(" process ")).map(|(_, id)| id).collect();
    assert_eq!(processes.len(), 3, "{said}");
    if cfg!(target_os = "linux") {
        for id in processes {
            assert!(!Path::new("/proc").join(id).exists(), "process {id} is still there");
        }
    }
}

/// What an executor that is killed leaves: one sentence, and no process.
#[cfg(target_os = "linux")]
#[test]
fn without_an_executor_the_cluster_ends() {
    use std::io::{BufRead as _, BufReader};
    let mut child = Command::new(env!("CARGO_BIN_EXE_week02-cluster"))
        .args(["cluster", "--documents", "20000"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("it runs");
    let mut processes = vec![];
    // Held to the end: where nobody listens any more, the program leaves quietly.
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    for line in lines.by_ref() {
        let line = line.expect("a line");
        let Some((name, id)) = line.split_once(" process ") else { continue };
        processes.push(id.to_owned());
        if name.trim() == "executor-2" {
            assert!(Command::new("kill").args(["-9", id]).status().expect("kill").success());
            break;
        }
    }
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && said.contains("executor-2 ended before its time"), "{said}");
    assert_eq!(processes.len(), 3);
    assert!(processes.iter().all(|id| !Path::new("/proc").join(id).exists()), "{processes:?}");
}

#[test]
fn what_cannot_be_done_is_said_in_one_sentence() {
    let folder = tempfile::tempdir().expect("a folder");
    let none = folder.path().join("none.parquet");
    let empty = folder.path().join("empty.txt");
    let broken = folder.path().join("broken.parquet");
    let table = folder.path().join("table.csv");
    std::fs::write(&empty, "").expect("written");
    std::fs::write(&table, "id,review\n1,좋아요\n").expect("written");
    std::fs::write(&broken, "PAR1 and no more").expect("written");
    let path = |path: &Path| path.display().to_string();
    let (none, empty, broken) = (path(&none), path(&empty), path(&broken));
    let (table, here) = (path(&table), path(folder.path()));
    for (arguments, code) in [
        (vec!["one", "--input", none.as_str()], 1),
        (vec!["one", "--input", empty.as_str()], 1),
        (vec!["one", "--input", broken.as_str()], 1),
        (vec!["one", "--input", table.as_str()], 1),
        (vec!["one", "--input", here.as_str()], 1),
        (vec!["one", "--documents", "5", "--out", here.as_str()], 1),
        (vec!["one", "--documents", "0"], 2),
        (vec!["cluster", "--executors", "0"], 2),
        (vec!["two"], 2),
    ] {
        let output = program(&arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(!said.contains("panicked") && !said.is_empty(), "{arguments:?}: {said}");
        assert!(code == 2 || said.lines().count() == 1, "{arguments:?}: {said}");
    }
}
