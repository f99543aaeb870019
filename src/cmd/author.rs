//! `workshop author`: what is generated, generated; what is claimed, checked. Speaks English.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::{Subcommand, ValueEnum};
use workshop_base::text::{Catalogue, LANGUAGES};

use crate::artifacts::Build;
use crate::book;
use crate::catalogue;
use crate::course::{Course, titles};
use crate::exercise::{self, Exercise};
use crate::experiment;
use crate::files;
use crate::grade::{self, Outcome};
use crate::markup;
use crate::notebook;
use crate::outputs;
use crate::page::{self, Kind, Page};
use crate::playground;
use crate::process::Stop;
use crate::skeleton;
use workshop_base::verdict::Verdict;

/// What `workshop author --help` ends with: nothing that has to be done twice, nothing to guess.
const STEPS: &str = "\
`new` makes a skeleton and says what comes next. All commands in their order; notebooks come last, because they hold what
the others make. `check` refuses what still says TODO.

A page:  workshop author new page week04/10-temperature \"Temperature\"
         Write the page and its quiz. Then outputs, po (and translate what it lists in book/po/ko.po), notebooks, check.
A piece: workshop author new piece week04/temperature \"Softmax with a temperature\"
         Write the solution, its text in exercises.toml, its check, and {{#exercise week04/temperature}} on a page. Then
         cargo fmt, cargo test -p checks --test proof (proves the checks), stubs, outputs, po, notebooks, check.
An experiment, without `new`: write our own report, solutions/WEEK/experiments/name.md, filled in by its program,
         lessons/WEEK/src/bin/name.rs (in a home of its own: WORKSHOP_HOME), its text in solutions/WEEK/experiments.toml,
         and {{#exercise weekNN/name}} on a page. Then cargo fmt, stubs, outputs, po, notebooks, check.
A week:  workshop author new week week05-training \"Week 5: training\"
         Then cargo fmt, cargo build, its pieces, its pages.

Formats: src/page.rs (front matter, cells, listings, directives), src/exercise.rs (fields of exercises.toml),
         tests/checks/src/check.rs (how a check is written), lessons/week00-workbench/src/plot.rs (plots).";

#[derive(clap::Args)]
#[command(after_help = STEPS)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Begins a page, a piece or a week: a skeleton that compiles, in every list that needs it
    New {
        /// What to begin
        #[arg(value_enum)]
        what: What,
        /// Its name: week04/10-temperature, week04/temperature or week05-training
        name: String,
        /// Its title, such as "Temperature"; of a week, "Week 5: training"
        title: String,
    },
    /// Makes the exercises from the solutions
    Stubs,
    /// Runs the pages' cells and records what they print
    Outputs {
        /// The pages, such as week04-attention/02-scaled-dot-product; all where it is left out
        pages: Vec<String>,
    },
    /// Makes the notebooks from the pages
    Notebooks,
    /// Brings the catalogue up to date with every sentence of the course
    Po,
    /// Builds the page's playground: the lesson's tokenizers as WebAssembly, and the vocabularies that it shows
    Playground,
    /// Builds the book for a static host
    Site {
        /// The folder to write
        #[arg(default_value = "target/workshop/site")]
        to: PathBuf,
    },
    /// Checks that all of it is up to date, complete and correct
    Check {
        /// Run every page, not only the changed ones and a rotating sample
        #[arg(long)]
        all: bool,
    },
}

/// What has a skeleton.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    Page,
    Piece,
    Week,
}

/// How many unchanged pages `author check` runs again, other ones each day.
const SAMPLE: usize = 5;

pub(super) fn execute(args: &Args) -> Result<ExitCode> {
    if let Command::New { what, name, title } = &args.command {
        // Before the course is read: a mistake elsewhere in it is no reason not to begin.
        new(*what, name, title)?;
        return Ok(ExitCode::SUCCESS);
    }
    let course = Course::read()?;
    match &args.command {
        Command::New { .. } => {}
        Command::Stubs => {
            for (path, text) in exercise::generated(&course.root, &course.weeks)? {
                write(&course.root, &path, &text)?;
            }
        }
        Command::Notebooks => {
            for (path, text) in notebooks(&course)? {
                write(&course.root, &path, &text)?;
            }
        }
        Command::Outputs { pages } => {
            for name in pages {
                course.page(name)?;
            }
            let build = build()?;
            let chosen =
                |page: &&Page| (pages.is_empty() || pages.contains(&page.name)) && page.cells().next().is_some();
            let mut problems = vec![];
            for page in course.pages.iter().filter(chosen) {
                match record(&course, &build, page) {
                    Ok(done) => println!("{}: {done}", page.name),
                    Err(error) => problems.push(format!("{error:#}")),
                }
            }
            problems.iter().for_each(|problem| eprintln!("{problem}"));
            return Ok(ExitCode::from(u8::from(!problems.is_empty())));
        }
        Command::Po => {
            let build = build()?;
            let sentences = catalogue::collect(&course, &build)?;
            for lang in LANGUAGES.into_iter().skip(1) {
                let catalogue::Update { total, missing, fuzzy, dropped, backup } = catalogue::update(lang, &sentences)?;
                for (what, sentences) in [("dropped", &dropped), ("to review", &fuzzy), ("to translate", &missing)] {
                    sentences.iter().for_each(|sentence| println!("{what}: {:?}", catalogue::cut(sentence)));
                }
                let (missing, fuzzy, gone) = (missing.len(), fuzzy.len(), dropped.len());
                println!("{lang}.po: {total} sentences, {missing} to translate, {fuzzy} to review, {gone} dropped");
                if let Some(backup) = backup {
                    println!("the translations of what was dropped are kept in {}", backup.display());
                }
            }
        }
        Command::Playground => println!("{}", playground::build(&course.root)?.display()),
        Command::Site { to } => {
            let to = std::path::absolute(to)?;
            book::build(&course, &to)?;
            let first = LANGUAGES[0];
            let page = format!(
                "<!doctype html><head><meta http-equiv=\"refresh\" content=\"0; url={first}/\"><a href=\"{first}/\">{first}</a>\n"
            );
            std::fs::write(to.join("index.html"), book::with_policy(&page))?;
            println!("{} pages in {} languages: {}", course.pages.len(), LANGUAGES.len(), to.display());
        }
        Command::Check { all } => return check(&course, *all),
    }
    Ok(ExitCode::SUCCESS)
}

/// Begins something, and says what comes next.
fn new(what: What, name: &str, title: &str) -> Result<()> {
    let root = workshop_base::root();
    let (made, next) = match what {
        What::Page => (skeleton::page(&root, name, title)?, NEXT_PAGE),
        What::Piece => (skeleton::piece(&root, name, title)?, NEXT_PIECE),
        What::Week => (skeleton::week(&root, name, title)?, NEXT_WEEK),
    };
    made.write()?;
    for file in &made.files {
        println!("{} {}", if file.is_new { "made   " } else { "changed" }, file.path.display());
    }
    println!("\n{}", made.fill(next));
    Ok(())
}

const NEXT_PAGE: &str = "\
Now replace each TODO in these files. src/page.rs says what a page may hold, lessons/week00-workbench/src/plot.rs what a
plot may be. Then:
    cargo workshop author outputs @folder@/@file@
    cargo workshop author po            # and translate what it lists, in book/po/ko.po
    cargo workshop author notebooks
    cargo workshop author check";

const NEXT_PIECE: &str = "\
Now replace each TODO in these files. src/exercise.rs says what exercises.toml holds, tests/checks/src/check.rs how a
check is written. A page of the week gives the piece: {{#exercise @short@/@name@}}. Then:
    cargo fmt
    cargo test -p checks --test proof   # with PROVE=@short@/@name@ only this check
    cargo workshop author stubs
    cargo workshop author outputs
    cargo workshop author po            # and translate what it lists, in book/po/ko.po
    cargo workshop author notebooks
    cargo workshop author check";

const NEXT_WEEK: &str = "\
Next:
    cargo fmt
    cargo build                         # also names the week in Cargo.lock
    cargo workshop author new piece @short@/name \"Its title\"
    cargo workshop author new page @short@/01-name \"Its title\"";

/// The lessons, the checks and this program are what all of it is made with.
fn build() -> Result<Build> {
    eprintln!("building the lessons and the checks ..");
    super::build(&Catalogue::default())
}

fn record(course: &Course, build: &Build, page: &Page) -> Result<String> {
    let ran = super::block_on(outputs::run(build, page))?;
    let changed = outputs::record(page, &ran, &outputs::made_by(course, build, page)?)?;
    Ok(format!("{} cells, {}", ran.outputs.len(), if changed { "recorded" } else { "unchanged" }))
}

fn notebooks(course: &Course) -> Result<Vec<(PathBuf, String)>> {
    let mut files = vec![];
    for week in course.weeks.iter().filter(|week| course.pages.iter().any(|page| page.week() == week.folder)) {
        files.extend(notebook::library(course, &week.folder)?);
    }
    for lang in LANGUAGES {
        let text = Catalogue::load(lang);
        for page in &course.pages {
            if let Some(notebook) = notebook::make(course, &catalogue::translate(page, &text), &text)? {
                files.push((Path::new("book").join("src").join(notebook::file(page, lang)), notebook));
            }
        }
    }
    Ok(files)
}

/// Writes what was generated. What was there and differs is kept as a backup: it may be somebody's work.
fn write(root: &Path, path: &Path, text: &str) -> Result<()> {
    let target = root.join(path);
    let old = files::read_if_there(&target)?.unwrap_or_default();
    if old == text.as_bytes() {
        return Ok(());
    }
    let kept = if old.is_empty() {
        String::new()
    } else {
        let backup = files::keep_numbered(&workshop_base::kept().join("backups").join(path), &old)?;
        format!(" (what was there is kept in {})", backup.display())
    };
    files::write_whole(&target, text)?;
    println!("{}{kept}", path.display());
    Ok(())
}

fn check(course: &Course, all: bool) -> Result<ExitCode> {
    let build = build()?;
    let mut problems = vec![];
    let mut report = |what: &str, count: usize, found: Vec<String>| {
        println!("{what}: {count} checked, {} wrong", found.len());
        problems.extend(found);
    };

    let (count, found) = still_to_do(course)?;
    report("files that an author writes", count, found);
    let stubs = exercise::generated(&course.root, &course.weeks)?;
    report("exercises as generated", stubs.len(), stale(course, &stubs, "workshop author stubs"));
    let notebooks = notebooks(course)?;
    report("notebooks as generated", notebooks.len(), stale(course, &notebooks, "workshop author notebooks"));
    let sentences = catalogue::collect(course, &build)?;
    for lang in LANGUAGES.into_iter().skip(1) {
        report(&format!("sentences in {lang}"), sentences.len(), catalogue::problems(lang, &sentences)?);
    }
    report("pages and exercises that belong together", course.pages.len(), loose_ends(course, &build)?);
    report("exercises graded", course.exercises().count(), graded(course, &build)?);
    let (ran, found) = pages(course, &build, all)?;
    report("pages run", ran, found);
    let scratch = build.scratch().join("check");
    let built = book::build(course, &scratch).err().map(|error| format!("{error:#}"));
    report("pages built", course.pages.len() * LANGUAGES.len(), built.into_iter().collect());

    for problem in &problems {
        eprintln!("{problem}");
    }
    Ok(ExitCode::from(u8::from(!problems.is_empty())))
}

/// What an author has not yet replaced, in pages, quizzes, and the texts, solutions and checks of exercises.
fn still_to_do(course: &Course) -> Result<(usize, Vec<String>)> {
    let mut files = vec![];
    for page in &course.pages {
        files.push(page.path.clone());
        files.extend(page.blocks.iter().filter_map(|block| match &block.kind {
            Kind::Quiz(file) => Some(page.path.with_file_name(file)),
            _ => None,
        }));
    }
    for week in &course.weeks {
        let folder = course.root.join("solutions").join(&week.folder);
        let lists = ["exercises.toml", "experiments.toml"].map(|list| folder.join(list));
        files.extend(lists.into_iter().filter(|list| list.exists()));
    }
    files.extend(course.exercises().map(|exercise| course.root.join(exercise.solution())));
    let check = |exercise: &Exercise| course.root.join(exercise::check_file(&exercise.id));
    // One that is not there is told by the proof.
    files.extend(course.pieces().map(check).filter(|check| check.exists()));
    let mut found = vec![];
    for file in &files {
        let text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
        let shown = file.strip_prefix(&course.root).unwrap_or(file).display();
        found.extend(skeleton::still_to_do(&text).map(|line| format!("{shown}:{line}: still {}", skeleton::TODO)));
    }
    Ok((files.len(), found))
}

fn stale(course: &Course, files: &[(PathBuf, String)], command: &str) -> Vec<String> {
    let is_fresh = |(path, text): &&(PathBuf, String)| {
        std::fs::read_to_string(course.root.join(path)).is_ok_and(|old| old == *text)
    };
    files
        .iter()
        .filter(|file| !is_fresh(file))
        .map(|(path, _)| format!("{}: not as generated: run `{command}`", path.display()))
        .collect()
}

/// A page that the table of contents lacks; an exercise that no page gives, or that has no check which proves itself.
fn loose_ends(course: &Course, build: &Build) -> Result<Vec<String>> {
    let mut found = vec![];
    let source = course.root.join("book").join("src");
    let mut files = vec![];
    catalogue::walk(&source, &mut files)?;
    for file in files.iter().filter(|file| file.extension().is_some_and(|ending| ending == "md")) {
        let listed = file.ends_with("SUMMARY.md") || course.pages.iter().any(|page| page.path == *file);
        if !listed {
            found.push(format!("{}: not in SUMMARY.md", file.display()));
        }
    }
    for (page, title) in course.pages.iter().zip(titles(&source)?) {
        if page.title() != title {
            found.push(format!(
                "{}: its title is {:?}, and {title:?} in SUMMARY.md",
                page.path.display(),
                page.title()
            ));
        }
    }
    let mut texts: Vec<(String, &str)> = vec![];
    for page in &course.pages {
        texts.extend(page.blocks.iter().filter_map(|block| match &block.kind {
            Kind::Prose(text) | Kind::Speaker(text) => {
                Some((format!("{}:{}", page.path.display(), block.line), text.as_str()))
            }
            _ => None,
        }));
    }
    for exercise in course.exercises() {
        texts.push((format!("{}: statement", exercise.id), &exercise.statement));
        texts.extend(exercise.hints.iter().map(|hint| (format!("{}: hint", exercise.id), hint.as_str())));
    }
    for (place, text) in texts {
        if !markup::is_understood(text)? {
            found.push(format!(
                "{place}: Markdown below this place would not survive a translation: see markup::is_understood"
            ));
        }
    }
    // They would be one file in the target folder.
    let mut programs = vec![];
    for week in &course.weeks {
        let folder = course.root.join("lessons").join(&week.folder).join("src").join("bin");
        if folder.is_dir() {
            catalogue::walk(&folder, &mut programs)?;
        }
    }
    programs.sort_by(|a, b| a.file_name().cmp(&b.file_name()));
    for two in programs.windows(2).filter(|two| two[0].file_name() == two[1].file_name()) {
        found.push(format!("{} and {}: two programs of one name", two[0].display(), two[1].display()));
    }
    let mut ids: Vec<String> = course.exercises().map(|exercise| exercise.id.clone()).collect();
    for page in &course.pages {
        for block in &page.blocks {
            if let Kind::Quiz(file) = &block.kind {
                ids.extend(page::quiz(page, file)?.into_iter().map(|question| question.id));
            }
        }
    }
    ids.sort();
    found
        .extend(ids.windows(2).filter(|two| two[0] == two[1]).map(|two| format!("{}: this id is given twice", two[0])));
    let checks = catalogue::checks(build)?;
    for exercise in course.exercises() {
        if course.pages.iter().filter(|page| page.gives(&exercise.id)).count() != 1 {
            found.push(format!("{}: given on no page, or on more than one", exercise.id));
        }
        if !exercise.is_experiment() && !checks.contains_key(&exercise.id) {
            found.push(format!("{}: not among checks::all(), so nothing proves its check", exercise.id));
        }
    }
    Ok(found)
}

/// Every stub is red, every solution green, through the same grader as the learner's. A report of ours repeats.
fn graded(course: &Course, build: &Build) -> Result<Vec<String>> {
    let (mut found, text) = (vec![], Catalogue::default());
    for exercise in course.exercises().filter(|exercise| exercise.is_experiment()) {
        let (ours, stub) =
            (std::fs::read_to_string(course.root.join(exercise.solution()))?, exercise.stub(&course.root)?);
        let (_keep, stop) = Stop::new();
        let repeated = experiment::repeat(build, exercise, &ours, &stub, &text, stop);
        if let Err(judged) = super::block_on(repeated)? {
            found.push(format!("{}: our report must pass: {judged:?}", exercise.id));
        }
    }
    for exercise in course.pieces() {
        let solution = std::fs::read_to_string(course.root.join(exercise.solution()))?;
        let outcome = |piece: &str| {
            let (_keep, stop) = Stop::new();
            super::block_on(grade::outcome(build, exercise, piece, stop))
        };
        let red = outcome(&exercise.stub(&course.root)?)?;
        if !matches!(red, Outcome::Verdict(Verdict::NotStarted { .. })) {
            found.push(format!("{}: the stub must be red and not started: {}", exercise.id, shown(&red)));
        }
        let green = outcome(&solution)?;
        if !green.passed() {
            found.push(format!("{}: the solution must pass: {}", exercise.id, shown(&green)));
        }
    }
    Ok(found)
}

fn shown(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Verdict(verdict) => format!("{verdict:?}"),
        Outcome::Compile(errors) => errors.iter().filter_map(|error| error.rendered.clone()).collect(),
        Outcome::Died(end, said) => format!("{end:?} {said}"),
        Outcome::Compiler(end) => format!("the compiler: {end:?}"),
        Outcome::Experiment(judged) => format!("{judged:?}"),
    }
}

/// Runs the pages whose sources have changed since they were recorded, and a rotating sample of the others.
fn pages(course: &Course, build: &Build, all: bool) -> Result<(usize, Vec<String>)> {
    let day = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_secs() / 86_400;
    let with_cells: Vec<_> = course.pages.iter().filter(|page| page.cells().next().is_some()).collect();
    let start = usize::try_from(day)? * SAMPLE;
    let sampled =
        |i: usize| (i + with_cells.len() - start % with_cells.len().max(1)) % with_cells.len().max(1) < SAMPLE;
    let (mut ran, mut outdated, mut found) = (0, 0, vec![]);
    for (i, page) in with_cells.iter().enumerate() {
        let changed = outputs::made_by(course, build, page)? != page.front.recorded;
        if !(all || changed || sampled(i)) {
            continue;
        }
        ran += 1;
        outdated += usize::from(changed);
        match super::block_on(outputs::run(build, page)) {
            Ok(now) => {
                if let Some(missing) = &now.missing {
                    println!("{}: cells with data left out: {missing}", page.name);
                }
                found.extend(outputs::differences(page, &now));
            }
            Err(error) => found.push(format!("{error:#}")),
        }
    }
    if outdated > 0 {
        println!(
            "{outdated} of the pages have changed since they were recorded: `workshop author outputs` records them"
        );
    }
    Ok((ran, found))
}
