//! `workshop author new`, on a copy of the lists that it edits.
#![allow(clippy::expect_used, reason = "a test says what it expects")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use workshop::skeleton::{self, Skeleton};

/// The lists of the course that a skeleton is named in.
const LISTS: [&str; 16] = [
    "Cargo.toml",
    "book/src/SUMMARY.md",
    "book/src/week04-attention/09-a-real-model.md",
    "lessons/week00-workbench/src/lib.rs",
    "lessons/week03-tokenizer/src/lib.rs",
    "lessons/week04-attention/src/lib.rs",
    "solutions/week03-tokenizer/exercises.toml",
    "solutions/week03-tokenizer/src/lib.rs",
    "solutions/week04-attention/exercises.toml",
    "solutions/week04-attention/experiments.toml",
    "solutions/week04-attention/src/lib.rs",
    "solutions/week04-attention/src/softmax.rs",
    "tests/checks/Cargo.toml",
    "tests/checks/src/lib.rs",
    "tests/checks/src/week03/mod.rs",
    "tests/checks/src/week04/mod.rs",
];

fn copy() -> TempDir {
    let copy = tempfile::tempdir().expect("a folder");
    for list in LISTS {
        let target = copy.path().join(list);
        std::fs::create_dir_all(target.parent().expect("its folder")).expect("a folder");
        std::fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join(list), target).expect("a copy");
    }
    copy
}

/// Every file below a folder, with its text.
fn files(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = vec![];
    workshop::catalogue::walk(folder, &mut found).expect("a folder");
    found.into_iter().map(|file| (file.clone(), std::fs::read_to_string(file).expect("a text"))).collect()
}

/// Writes a skeleton. A list keeps all that it had; nothing is left to fill in.
fn write(made: &Skeleton<'_>, root: &Path) -> Vec<String> {
    let before = files(root);
    made.write().expect("written");
    for (path, text) in files(root) {
        let mut new = text.chars();
        if let Some(old) = before.get(&path) {
            let kept = old.chars().all(|c| new.any(|other| other == c));
            assert!(kept, "{}: something is lost", path.display());
        } else {
            assert!(!text.contains('@'), "{}: {text}", path.display());
        }
    }
    made.files.iter().map(|file| workshop::course::slashes(&file.path)).collect()
}

#[test]
fn a_week_a_piece_and_a_page_are_named_wherever_they_must_be() {
    let copy = copy();
    let root = copy.path();
    let read = |path: &str| std::fs::read_to_string(root.join(path)).expect("a file");

    write(&skeleton::week(root, "week01-math", "Week 1: the math").expect("a week"), root);
    for (file, line) in [
        ("Cargo.toml", "week01-math = { path = \"lessons/week01-math\" }\nweek02"),
        ("Cargo.toml", "sol01-math = { path = \"solutions/week01-math\" }\nsol02"),
        ("tests/checks/Cargo.toml", "sol01-math.workspace = true\nsol02"),
        ("tests/checks/src/lib.rs", "pub mod week01;\npub mod week02;"),
        ("tests/checks/src/lib.rs", "[week01::all(), week02::all()"),
        ("tests/checks/src/week01/mod.rs", "checks![]"),
        ("book/src/SUMMARY.md", "\n# Week 1: the math\n\n# Week 2"),
        ("lessons/week01-math/Cargo.toml", "sol01-math.workspace = true"),
        ("solutions/week01-math/src/lib.rs", "The pieces of Week 1, solved"),
    ] {
        assert!(read(file).contains(line), "{file} has no {line:?}: {}", read(file));
    }

    // The first of its week and another.
    for (name, title) in [("two-sums", "Two sums"), ("dot", "A dot product")] {
        let made = skeleton::piece(root, &format!("week01/{name}"), title).expect("a piece");
        write(&made, root);
    }
    for (file, line) in [
        ("solutions/week01-math/src/lib.rs", "\n\npub mod dot;\npub mod two_sums;\n"),
        ("lessons/week01-math/src/lib.rs", "\n\npub use sol01_math::{dot, two_sums};\n"),
        ("solutions/week01-math/src/two_sums.rs", "pub fn two_sums("),
        ("tests/checks/src/week01/mod.rs", "checks![two_sums, dot]"),
        ("tests/checks/src/week01/two_sums.rs", "Check::new(\"week01/two-sums\""),
    ] {
        assert!(read(file).contains(line), "{file} has no {line:?}: {}", read(file));
    }
    let stub = workshop::exercise::stub(&read("solutions/week01-math/src/dot.rs")).expect("a stub");
    assert!(stub.contains("todo!(\"TODO"), "{stub}");
    let week = workshop::course::Week { folder: "week01-math".to_owned(), exercises: vec![] };
    let listed = workshop::exercise::read(root, &week).expect("the list can be read");
    assert_eq!(listed.iter().map(|exercise| &*exercise.id).collect::<Vec<_>>(), ["week01/two-sums", "week01/dot"]);

    let made = skeleton::page(root, "week01/02-sums", "Sums").expect("a page");
    let paths = write(&made, root);
    assert_eq!(paths, ["book/src/week01-math/02-sums.md", "book/src/week01-math/02-sums.toml", "book/src/SUMMARY.md"]);
    write(&skeleton::page(root, "week01/01-dots", "Dots").expect("a page"), root);
    let summary = read("book/src/SUMMARY.md");
    let part = "# Week 1: the math\n\n- [Dots](week01-math/01-dots.md)\n- [Sums](week01-math/02-sums.md)\n\n# Week 2";
    assert!(summary.contains(part), "{summary}");
    let source = root.join("book").join("src");
    let page = workshop::page::Page::read(&source, "week01-math/02-sums").expect("it is a page");
    let quiz = workshop::page::quiz(&page, "02-sums.toml").expect("a quiz");
    assert_eq!((page.title(), page.cells().count(), quiz.len(), quiz[0].options.len()), ("Sums", 2, 1, 3));

    // Every file that somebody has to write says so, to the word that the check looks for.
    for file in paths.iter().map(String::as_str).filter(|path| !path.ends_with("SUMMARY.md")).chain([
        "solutions/week01-math/src/dot.rs",
        "solutions/week01-math/exercises.toml",
        "tests/checks/src/week01/dot.rs",
    ]) {
        assert!(skeleton::still_to_do(&read(file)).next().is_some(), "{file}");
    }
}

#[test]
fn a_piece_and_a_page_join_those_of_their_week() {
    let copy = copy();
    let root = copy.path();
    let read = |path: &str| std::fs::read_to_string(root.join(path)).expect("a file");
    let list = "solutions/week04-attention/exercises.toml";
    let old = read(list);
    write(&skeleton::piece(root, "week04/temperature", "Softmax with a temperature").expect("a piece"), root);
    write(&skeleton::page(root, "week04/10-temperature", "Temperature").expect("a page"), root);
    assert!(read(list).starts_with(&format!("{old}\n[[exercise]]\nid = \"week04/temperature\"\n")));
    assert!(read("solutions/week04-attention/src/lib.rs").contains("pub mod softmax;\npub mod temperature;\n"));
    assert!(read("lessons/week04-attention/src/lib.rs").contains("sinusoidal, softmax, temperature,\n};"));
    assert!(read("tests/checks/src/week04/mod.rs").contains("        flash_tile,\n        temperature,\n    ]"));
    let last = "(week04-attention/09-a-real-model.md)\n- [Temperature](week04-attention/10-temperature.md)\n";
    assert!(read("book/src/SUMMARY.md").contains(last));
}

#[test]
fn what_cannot_be_added_is_refused_and_nothing_is_written() {
    let copy = copy();
    let root = copy.path();
    let before = files(root);
    let refused = |made: anyhow::Result<Skeleton<'_>>, said: &[&str]| {
        let error = format!("{:#}", made.expect_err("it cannot be added"));
        assert!(said.iter().all(|said| error.contains(said)) && !error.contains('\n'), "{said:?}: {error}");
    };
    let page = |name: &str| skeleton::page(root, name, "A title");
    refused(page("week04/09-a-real-model"), &["book/src/week04-attention/09-a-real-model.md", "already"]);
    refused(page("week04/09-other"), &["book/src/SUMMARY.md", "09-a-real-model.md", "number is taken"]);
    refused(page("week07/01-other"), &["no week07", "week03, week04"]);
    refused(page("week00/01-other"), &["no week00"]);
    for name in
        ["week04/temperature", "week04/10_temperature", "temperature", "week4/10-t", "week04/10-T", "week04/../10-t"]
    {
        refused(page(name), &[name, "weekNN/NN-name"]);
    }
    for title in ["", " Temperature", "two\nlines", "[a](b)", "\"a\""] {
        refused(skeleton::page(root, "week04/10-temperature", title), &["a title is"]);
    }

    let piece = |name: &str| skeleton::piece(root, name, "A title");
    refused(piece("week04/softmax"), &["solutions/week04-attention/exercises.toml", "already"]);
    refused(piece("week04/saturation"), &["solutions/week04-attention/experiments.toml", "already"]);
    refused(piece("week04/flash"), &["lessons/week04-attention/src/lib.rs", "of its own"]);
    refused(piece("week04/lib"), &["module"]);
    refused(piece("week04/match"), &["match"]);
    refused(piece("week07/temperature"), &["no week07", "week03, week04"]);
    for name in ["week04/scaled_dot_product", "week04-attention/temperature", "week04/10-t", "week04/Temperature"] {
        refused(piece(name), &[name, "weekNN/name"]);
    }

    let week = |name: &str, title: &str| skeleton::week(root, name, title);
    refused(week("week04-other", "Week 4: other"), &["lessons/week04-attention", "already"]);
    refused(week("week05-training", "Training"), &["Week 5: "]);
    for name in ["week5-training", "training", "week05", "week05_training", "week05-Training"] {
        refused(week(name, "Week 5: training"), &[name, "weekNN-topic"]);
    }
    assert_eq!(files(root), before);
}
