//! `workshop run week03 train` and `tokenize`: what they write, and what they say of bad input.

#![allow(clippy::unwrap_used, reason = "a test whose program cannot be started has failed")]

use std::path::Path;
use std::process::{Command, Output};

use week03_tokenizer::json;
use workshop_base::text::LANG_ENV;

fn train(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_train")).args(args).env(LANG_ENV, "en").current_dir(folder).output().unwrap()
}

fn tokenize(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tokenize")).args(args).env(LANG_ENV, "en").current_dir(folder).output().unwrap()
}

/// The exit code, and the one sentence of what went wrong.
fn refusal(output: &Output) -> (i32, String) {
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(said.trim_end().lines().count(), 1, "one sentence: {said}");
    (output.status.code().unwrap(), said)
}

fn stdout(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

const LINES: &str = "나는 학교에 간다.\n너는 학교에서 온다.\n학교는 집에서 멀다.\n";

#[test]
fn what_is_trained_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    std::fs::write(here.join("a.txt"), LINES).unwrap();
    let jsonl: String = LINES.lines().map(|line| format!("{{\"id\": 1, \"text\": \"{line}\"}}\n")).collect();
    std::fs::write(here.join("a.jsonl"), jsonl).unwrap();

    let said = stdout(&train(here, &["--file", "a.txt", "--vocabulary", "270", "--out", "t/one.json"]));
    assert!(said.starts_with("Vocabulary 270, pattern llama3, normalizer none, special <|endoftext|>"), "{said}");
    assert!(said.contains("3 texts") && said.contains("one.json: 270 tokens"), "{said}");
    stdout(&train(here, &["--file", "a.jsonl", "--vocabulary", "270", "--out", "t/two.json"]));
    let (one, two) = (here.join("t/one.json"), here.join("t/two.json"));
    assert_eq!(std::fs::read_to_string(&one).unwrap(), std::fs::read_to_string(two).unwrap());
    assert_eq!(std::fs::read_dir(here.join("t")).unwrap().count(), 2, "nothing half-written is left");

    let ours = json::read(&std::fs::read_to_string(one).unwrap()).unwrap();
    assert_eq!((ours.bpe.len(), ours.special.len()), (270, 3));
    let ids: Vec<String> = ours.encode("학교에 간다.").iter().map(u32::to_string).collect();
    let printed = stdout(&tokenize(here, &["학교에 간다.", "--tokenizer", "t/one.json", "--ids"]));
    assert_eq!(printed.trim(), ids.join(" "));
    let lines = stdout(&tokenize(here, &["--file", "a.txt", "--tokenizer", "t/one.json", "--ids"]));
    assert_eq!(lines.lines().count(), 3);
    let summary = stdout(&tokenize(here, &["--file", "a.txt", "--tokenizer", "t/one.json"]));
    assert!(summary.contains("3 texts") && summary.contains("bytes a token"), "{summary}");

    let special = ["--special", "<s>", "--pattern", "smollm", "--normalizer", "nfc"];
    let args = [&["--file", "a.txt", "--vocabulary", "1000", "--out", "t/three.json"][..], &special].concat();
    assert!(stdout(&train(here, &args)).contains("Fewer than asked for"));
}

#[test]
fn tokens_are_shown_and_halves_of_syllables_as_bytes() {
    let here = Path::new(".");
    let shown = stdout(&tokenize(here, &["한 hi\n", "--tokenizer", "gpt2"]));
    assert!(shown.contains("Tokenizer gpt2: 50256 tokens"), "{shown}");
    assert!(shown.contains("<ed>") && shown.contains("| hi|\\n\n"), "{shown}");
    assert!(stdout(&tokenize(here, &[""])).contains("0 tokens for 0 characters"));
}

#[test]
fn bad_input_is_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    for (name, content) in [
        ("a.txt", LINES),
        ("empty.txt", ""),
        ("blank.txt", "\n\n"),
        ("two.tsv", "id\trating\n1\t5\n"),
        ("old.json", "mine"),
        ("t.json", "{}"),
    ] {
        std::fs::write(here.join(name), content).unwrap();
    }
    let with =
        |file: &str, more: &[&str]| refusal(&train(here, &[&["--file", file, "--out", "new.json"][..], more].concat()));
    for (file, more, code, says) in [
        ("empty.txt", &[][..], 1, "empty"),
        ("blank.txt", &[], 1, "holds no text to learn from"),
        ("missing.txt", &[], 1, "missing.txt"),
        (".", &[], 1, "folder"),
        ("two.tsv", &[], 1, "name the one with the text by --column"),
        ("two.tsv", &["--column", "text"], 1, "text"),
        ("a.txt", &["--vocabulary", "258"], 2, "ask for at least 259"),
        ("a.txt", &["--special", "<s>", "<s>"], 2, "stands there twice"),
    ] {
        let (got, said) = with(file, more);
        assert_eq!((got, said.contains(says)), (code, true), "{file} {more:?}: {said}");
    }
    let unknown = train(here, &["--file", "a.txt", "--out", "new.json", "--pattern", "korean"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("llama3"), "it names those that are known");
    assert!(!here.join("new.json").exists(), "a refusal writes nothing");

    let (code, said) = refusal(&train(here, &["--file", "a.txt", "--out", "old.json"]));
    assert!(code == 2 && said.contains("--force"), "{said}");
    assert_eq!(std::fs::read_to_string(here.join("old.json")).unwrap(), "mine");
    stdout(&train(here, &["--file", "a.txt", "--out", "old.json", "--force", "--vocabulary", "270"]));
    assert!(json::read(&std::fs::read_to_string(here.join("old.json")).unwrap()).is_ok());

    for (tokenizer, says) in
        [("gpt9", "gpt2, cl100k, o200k"), ("none.json", "none.json"), ("t.json", "model.type"), ("a.txt", "no JSON")]
    {
        let (code, said) = refusal(&tokenize(here, &["안녕", "--tokenizer", tokenizer]));
        assert!(code == 1 && said.contains(says), "{tokenizer}: {said}");
    }
}
