//! New stubs under a learner's edits: random edits that must survive, and `git pull` in real repositories.
#![allow(clippy::expect_used, reason = "a test says what it expects")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use workshop::exercise::Exercise;
use workshop::update::{self, Updated, merge, pull, remember};
use workshop_base::text::Catalogue;

fn exercise(name: &str) -> Exercise {
    let text = format!(
        "id = 'week01/{name}'\ntitle = ''\ncore = true\ndifficulty = 1\nimportance = 1\nminutes = 1\nstatement = ''\nhints = ['', '', '']\n"
    );
    let mut exercise: Exercise = toml::from_str(&text).expect("an exercise");
    exercise.folder = "week01-math".to_owned();
    exercise
}

const STUB: &str = "//! The softmax.\n\nuse a::b;\n\n/// Rows that sum to 1.\npub fn softmax(x: &[f32]) -> Vec<f32> {\n    todo!(\"the softmax\")\n}\n\n/// The largest.\npub fn largest(x: &[f32]) -> f32 {\n    todo!(\"the largest\")\n}\n";

/// A learner's home with one exercise.
struct Home(tempfile::TempDir);

impl Home {
    fn new(base: &str, mine: &[u8]) -> Self {
        let home = Self(tempfile::tempdir().expect("a folder"));
        remember(home.path(), &exercise("softmax"), base).expect("kept");
        workshop::files::write_whole(&home.file(), mine).expect("written");
        home
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn file(&self) -> PathBuf {
        self.path().join(exercise("softmax").file())
    }

    fn content(&self) -> Vec<u8> {
        std::fs::read(self.file()).expect("the file")
    }

    fn update(&self, new: &str) -> Updated {
        update::update(self.path(), &exercise("softmax"), new).expect("updated")
    }

    /// Whether a backup has exactly this.
    fn has_backup(&self, content: &[u8]) -> bool {
        let folder = self.path().join(".workshop/backups/week01-math");
        let Ok(entries) = std::fs::read_dir(folder) else { return false };
        entries.flatten().any(|entry| std::fs::read(entry.path()).expect("a backup") == content)
    }
}

/// Numbers that are random enough to edit a text (Knuth's constants).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % limit
    }

    /// The text with some lines taken out, put in, doubled, moved or changed. `name` marks what is put in.
    fn edit(&mut self, text: &str, name: &str) -> String {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        for i in 0..self.below(5) {
            let at = self.below(lines.len() + 1);
            // Some lines are the same on both sides, and some stand there already.
            let line = ["}".to_owned(), String::new(), "both".to_owned(), format!("{name} {i}")][self.below(4)].clone();
            match self.below(5) {
                0 => lines.insert(at, line),
                _ if at == lines.len() => lines.push(line),
                1 => drop(lines.remove(at)),
                2 => lines[at] = line,
                3 => lines[at] += line.as_str(),
                _ => {
                    let taken = lines.remove(at);
                    let to = self.below(lines.len() + 1);
                    lines.insert(to, taken);
                }
            }
            if lines.is_empty() {
                lines.push(name.to_owned());
            }
        }
        lines.join("\n") + "\n"
    }
}

fn counts(text: &str) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    text.lines().for_each(|line| *counts.entry(line).or_insert(0) += 1);
    counts
}

#[test]
fn no_line_of_a_learner_is_ever_lost() {
    let mut numbers = Numbers(1);
    let (mut merged, mut conflicts) = (0, 0);
    for round in 0..1000 {
        let base = numbers.edit(STUB, "base");
        let (mut mine, new) = (numbers.edit(&base, "mine"), numbers.edit(&base, "new"));
        if numbers.below(8) == 0 {
            // Some editors leave the last line without an end.
            mine.truncate(mine.trim_end().len());
        }
        let home = Home::new(&base, mine.as_bytes());
        // The file may be the new stub by chance; then that is what it was made from.
        std::fs::write(update::base_path(home.path(), &exercise("softmax")), &base).expect("written");
        let updated = home.update(&new);
        let after = String::from_utf8(home.content()).expect("text");
        let shown = format!(
            "round {round}, {updated:?}\n--- base\n{base}\n--- mine\n{mine}\n--- new\n{new}\n--- after\n{after}"
        );
        assert!(after == mine || home.has_backup(mine.as_bytes()), "no backup: {shown}");
        match updated {
            Updated::UpToDate => assert_eq!(after, mine, "{shown}"),
            Updated::Replaced => assert!(mine.trim_end() == base.trim_end() && after == new, "{shown}"),
            Updated::Merged { .. } => {
                merged += 1;
                let (in_base, in_after) = (counts(&base), counts(&after));
                for (line, count) in counts(&mine) {
                    let added = count.saturating_sub(in_base.get(line).copied().unwrap_or(0));
                    assert!(in_after.get(line).copied().unwrap_or(0) >= added, "{line:?} is lost: {shown}");
                }
                // Where the learner changed nothing, the new stub is there, and the other way round.
                assert!(mine != base || after == new, "{shown}");
                assert_eq!(home.update(&new), Updated::UpToDate, "{shown}");
            }
            Updated::Conflict { merge } => {
                conflicts += 1;
                assert_eq!(after, mine, "{shown}");
                let both = std::fs::read_to_string(merge).expect("both");
                let mut added = mine.lines().filter(|line| !base.lines().any(|other| other == *line));
                assert!(added.all(|line| both.lines().any(|other| other == line)), "{shown}{both}");
            }
            Updated::Written | Updated::Unfinished | Updated::NotText => panic!("{shown}"),
        }
    }
    assert!(merged > 100 && conflicts > 100, "{merged} merged, {conflicts} conflicts: too few to tell");
}

#[test]
fn a_goal_that_is_worded_anew_is_no_conflict() {
    let new = STUB.replace("the softmax\"", "each row's softmax\"").replace("the largest\"", "the largest number\"");
    let mine = STUB.replace("    todo!(\"the softmax\")", "    x.exp() / x.exp().sum()");
    let merged = merge(STUB, &mine, &new).expect("no conflict");
    assert_eq!(merged, new.replace("    todo!(\"each row's softmax\")", "    x.exp() / x.exp().sum()"));
}

#[test]
fn what_git_has_merged_already_is_not_merged_again() {
    // Beside the learner's own line, where a merge of three sees a conflict.
    let new = STUB.replace("use a::b;\n", "use a::b;\nuse a::c;\n");
    let mine = new.replace("use a::c;\n", "use a::c;\nuse mine;\n");
    let home = Home::new(STUB, mine.as_bytes());
    assert_eq!(home.update(&new), Updated::UpToDate);
    assert_eq!(home.content(), mine.as_bytes());
    // The base is the new stub now: the learner may take the new line out again.
    std::fs::write(home.file(), STUB).expect("written");
    assert_eq!(home.update(&new), Updated::UpToDate);
    assert_eq!(home.content(), STUB.as_bytes());
}

#[test]
fn what_cannot_be_merged_is_left_alone() {
    let new = STUB.replace("The softmax", "Softmax");
    let marked = STUB.replace("use a::b;\n", "<<<<<<< HEAD\nuse a::b;\n=======\nuse c;\n>>>>>>> x\n");
    for (mine, expected) in [(marked.as_bytes(), Updated::Unfinished), (&[0xff, 0xfe, b'\n'], Updated::NotText)] {
        let home = Home::new(STUB, mine);
        assert_eq!(home.update(&new), expected);
        assert_eq!(home.content(), mine);
        // Not forgotten either.
        assert_eq!(home.update(&new), expected);
    }
}

#[test]
fn line_endings_of_another_system_stay() {
    let mine = STUB.replace("todo!(\"the softmax\")", "mine").replace('\n', "\r\n");
    let home = Home::new(STUB, mine.as_bytes());
    assert!(matches!(home.update(&STUB.replace("The softmax", "Softmax")), Updated::Merged { .. }));
    assert_eq!(home.content(), mine.replace("The softmax", "Softmax").as_bytes());
}

#[test]
fn the_stub_that_a_file_was_made_from_is_remembered() {
    let exercise = exercise("softmax");
    let home = Home::new(STUB, b"mine");
    let base = || std::fs::read_to_string(update::base_path(home.path(), &exercise)).expect("a base");
    let new = STUB.replace("The softmax", "Softmax");
    remember(home.path(), &exercise, &new).expect("kept");
    assert_eq!(base(), STUB, "a file of the learner's was made from the old one");
    std::fs::write(home.file(), &new).expect("written");
    remember(home.path(), &exercise, &new).expect("kept");
    assert_eq!(base(), new, "the file is the new one");
}

/// Two repositories: the course, and a learner's clone of it.
struct Repositories {
    folder: tempfile::TempDir,
    exercise: Exercise,
}

impl Repositories {
    fn new() -> Self {
        let it = Self { folder: tempfile::tempdir().expect("a folder"), exercise: exercise("softmax") };
        std::fs::create_dir_all(it.course()).expect("a folder");
        it.git(&it.course(), &["init", "--quiet", "--initial-branch", "main"]);
        workshop::files::write_whole(&it.course().join(".gitignore"), "/.workshop\n").expect("written");
        it.publish(STUB);
        it.git(it.folder.path(), &["clone", "--quiet", "course", "learner"]);
        it.git(&it.learner(), &["config", "pull.rebase", "false"]);
        remember(&it.learner(), &it.exercise, STUB).expect("kept");
        it
    }

    fn course(&self) -> PathBuf {
        self.folder.path().join("course")
    }

    fn learner(&self) -> PathBuf {
        self.folder.path().join("learner")
    }

    fn file(&self) -> PathBuf {
        self.learner().join(self.exercise.file())
    }

    fn git(&self, folder: &Path, args: &[&str]) -> String {
        let output = Command::new("git").arg("-C").arg(folder).args(args).output().expect("git starts");
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn commit(&self, folder: &Path) {
        self.git(folder, &["add", "--all"]);
        let who = ["-c", "user.name=N", "-c", "user.email=n@example.org"];
        self.git(folder, &[who.as_slice(), &["commit", "--quiet", "--message", "m"]].concat());
    }

    /// The course gets another stub.
    fn publish(&self, stub: &str) {
        workshop::files::write_whole(&self.course().join(self.exercise.file()), stub).expect("written");
        self.commit(&self.course());
    }

    fn write(&self, content: &str) {
        std::fs::write(self.file(), content).expect("written");
    }

    fn content(&self) -> String {
        std::fs::read_to_string(self.file()).expect("the file")
    }

    fn pull(&self) -> anyhow::Result<bool> {
        // Git makes a merge of commits in the learner's name.
        self.git(&self.learner(), &["config", "user.name", "L"]);
        self.git(&self.learner(), &["config", "user.email", "l@example.org"]);
        self.git(&self.learner(), &["config", "core.editor", "true"]);
        pull(&self.learner(), &[&self.exercise], &Catalogue::default())
    }

    fn update(&self, new: &str) -> Updated {
        update::update(&self.learner(), &self.exercise, new).expect("updated")
    }
}

fn new_stub() -> String {
    STUB.replace("The softmax", "Softmax")
}

fn edited(stub: &str) -> String {
    stub.replace("todo!(\"the largest\")", "x[0] // mine")
}

#[test]
fn edits_that_are_not_committed_survive_a_pull() {
    let it = Repositories::new();
    it.publish(&new_stub());
    it.write(&edited(STUB));
    assert!(it.pull().expect("it runs"));
    assert_eq!(it.content(), edited(STUB), "put back exactly");
    assert_eq!(it.git(&it.learner(), &["show", &format!("HEAD:{}", it.exercise.file().display())]), new_stub());
    assert!(matches!(it.update(&new_stub()), Updated::Merged { .. }));
    assert_eq!(it.content(), edited(&new_stub()));
    // And there is nothing to pull twice.
    assert!(it.pull().expect("it runs"));
    assert_eq!((it.content(), it.update(&new_stub())), (edited(&new_stub()), Updated::UpToDate));
}

#[test]
fn edits_that_are_committed_and_merged_by_git_are_up_to_date() {
    let it = Repositories::new();
    it.publish(&new_stub());
    it.write(&edited(STUB));
    it.commit(&it.learner());
    assert!(it.pull().expect("it runs"));
    assert_eq!((it.content(), it.update(&new_stub())), (edited(&new_stub()), Updated::UpToDate));
}

#[test]
fn a_pull_that_fails_leaves_everything_as_it_was() {
    // Git cannot merge what learner and course both changed, and both committed.
    let it = Repositories::new();
    it.publish(&new_stub());
    it.write(&STUB.replace("The softmax", "My softmax"));
    it.commit(&it.learner());
    let later = STUB.replace("The softmax", "My softmax, later");
    it.write(&later);
    let head = it.git(&it.learner(), &["rev-parse", "HEAD"]);
    assert!(!it.pull().expect("it runs"));
    assert_eq!(it.content(), later);
    assert_eq!(it.git(&it.learner(), &["rev-parse", "HEAD"]), head);
    assert_eq!(it.git(&it.learner(), &["status", "--porcelain"]).trim(), format!("M {}", it.exercise.file().display()));

    // There is nothing to pull from.
    std::fs::remove_dir_all(it.course()).expect("removed");
    assert!(!it.pull().expect("it runs"));
    assert_eq!(it.content(), later);
    std::fs::remove_file(it.file()).expect("removed");
    assert!(!it.pull().expect("it runs"));
    assert!(!it.file().exists(), "what was deleted is put back as deleted");
}

#[test]
fn a_deleted_file_comes_back_as_the_new_stub() {
    let it = Repositories::new();
    it.publish(&new_stub());
    std::fs::remove_file(it.file()).expect("removed");
    assert!(it.pull().expect("it runs"));
    assert_eq!((it.content(), it.update(&new_stub())), (new_stub(), Updated::UpToDate));
}

#[test]
fn an_exercise_that_leaves_the_course_keeps_its_file() {
    let it = Repositories::new();
    it.write(&edited(STUB));
    std::fs::remove_file(it.course().join(it.exercise.file())).expect("removed");
    it.commit(&it.course());
    assert!(it.pull().expect("it runs"));
    assert_eq!(it.content(), edited(STUB));
}

#[test]
fn what_was_staged_is_kept_too() {
    let it = Repositories::new();
    it.publish(&new_stub());
    it.write("staged\n");
    it.git(&it.learner(), &["add", "--all"]);
    it.write("later\n");
    assert!(it.pull().expect("it runs"));
    assert_eq!(it.content(), "later\n");
    let backup = |number: usize| it.learner().join(format!(".workshop/backups/week01-math/softmax.{number}.rs"));
    let mut kept = [1, 2].map(|number| std::fs::read_to_string(backup(number)).expect("a backup"));
    kept.sort();
    assert_eq!(kept, ["later\n", "staged\n"]);
}

#[test]
fn an_unfinished_merge_is_not_touched() {
    let it = Repositories::new();
    it.publish(&new_stub());
    it.write(&STUB.replace("The softmax", "My softmax"));
    it.commit(&it.learner());
    let merge = Command::new("git").arg("-C").arg(it.learner()).arg("pull").output().expect("git starts");
    assert!(!merge.status.success());
    let marked = it.content();
    assert!(marked.contains("<<<<<<<"));
    let refused = it.pull().map_err(|error| error.to_string());
    assert!(refused.is_err_and(|why| why.contains("a merge is not finished")), "refused");
    assert_eq!((it.content(), it.update(&new_stub())), (marked, Updated::Unfinished));
}

#[test]
fn where_there_is_no_repository_it_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let said = pull(folder.path(), &[], &Catalogue::default()).map_err(|error| error.to_string());
    assert!(said.is_err_and(|why| why.contains("not a git repository")), "refused");
}
