//! `workshop watch`: grades an exercise at each save of its file, and goes on to the next one when it passes.

use std::io::{IsTerminal as _, Read as _};
use std::path::Path;
use std::pin::pin;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use crossterm::event::{Event, KeyCode, KeyEventKind, KeyModifiers};
use crossterm::terminal;
use notify::Watcher as _;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, interval, timeout};
use workshop_base::text::Catalogue;
use workshop_base::tr;

use crate::artifacts::Build;
use crate::course::{Course, slashes};
use crate::exercise::Exercise;
use crate::grade::{self, Told};
use crate::process::Stop;
use crate::progress::{self, State};
use crate::{files, update};

/// An editor writes a file in several steps: it is whole when it has been quiet for so long.
const QUIET: Duration = Duration::from_millis(150);
/// How long to wait for quiet at most.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often to look for keys.
const KEYS: Duration = Duration::from_millis(50);
/// How often to look at the files even when nothing was told of them: some folders tell nothing (network drives, a Windows
/// drive seen from WSL).
const LOOK: Duration = Duration::from_secs(1);
/// What Ctrl-C is when the terminal gives every key to the program.
const CTRL_C: char = '\u{3}';

#[derive(clap::Args)]
pub(super) struct Args {
    /// A week (week04) or an exercise (week04/scaled-dot-product); everything where it is left out
    what: Option<String>,
}

pub(super) fn execute(args: &Args, text: &Catalogue) -> Result<ExitCode> {
    let course = Course::read()?;
    let exercises = match super::chosen(&course, args.what.as_deref(), text) {
        Ok(exercises) => exercises,
        Err(error) => return Ok(super::wrong_usage(&error)),
    };
    update::remember_stubs(&workshop_base::home(), &course)?;
    let build = super::build(text)?;
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        // What is said next must be readable.
        let _ = terminal::disable_raw_mode();
        usual(info);
    }));
    super::block_on(async {
        Watch::new(&course, &build, exercises, text).watch().await?;
        Ok(ExitCode::SUCCESS)
    })
}

struct Watch<'a> {
    course: &'a Course,
    build: &'a Build,
    exercises: Vec<&'a Exercise>,
    text: &'a Catalogue,
    /// The hash of each file as it was last graded, or found: another one has been saved since.
    seen: Vec<Option<String>>,
    /// The exercise that the keys are about.
    current: usize,
    /// The exercise that passed last.
    passed: Option<usize>,
    /// Something has changed in a folder of exercises.
    changes: mpsc::UnboundedReceiver<()>,
    /// Tells of changes as long as it lives; none where the system does not tell.
    _watcher: Option<notify::RecommendedWatcher>,
    /// The learner has asked to quit during a check.
    quits: bool,
    /// The input has ended. None where it is a terminal, which has keys instead.
    end: Option<oneshot::Receiver<()>>,
}

/// What the learner did.
enum Happened {
    Saved(usize),
    Pressed(char),
    End,
}

impl<'a> Watch<'a> {
    fn new(course: &'a Course, build: &'a Build, exercises: Vec<&'a Exercise>, text: &'a Catalogue) -> Self {
        let (sender, changes) = mpsc::unbounded_channel();
        let watcher = watcher(&exercises, sender);
        let end = (!std::io::stdin().is_terminal()).then(end_of_input);
        let (seen, current, passed, quits) = (vec![], 0, None, false);
        let mut watch =
            Self { course, build, exercises, text, seen, current, passed, quits, changes, _watcher: watcher, end };
        watch.seen = watch.hashes();
        watch
    }

    async fn watch(&mut self) -> Result<()> {
        let text = self.text;
        if self.end.is_some() {
            println!(
                "{}",
                tr!(text, "The input is not a terminal, so there are no keys; saves are checked until it ends.")
            );
        }
        match self.next()? {
            Some(first) => told(self.check(first).await),
            None => self.tell_that_all_passed(),
        }
        while !self.quits {
            self.tell_what_to_do();
            match self.happened().await? {
                Happened::Saved(exercise) => told(self.check(exercise).await),
                Happened::Pressed('q' | CTRL_C) | Happened::End => return Ok(()),
                Happened::Pressed('r') => {
                    let file = slashes(&self.exercises[self.current].file());
                    println!("{}", tr!(text, "Put {file} back to its stub? What you have is kept. (y/n)", file = file));
                    match self.key().await? {
                        'y' => told(self.do_for_key('r').await),
                        CTRL_C => return Ok(()),
                        _ => {}
                    }
                }
                Happened::Pressed(key) => told(self.do_for_key(key).await),
            }
        }
        Ok(())
    }

    /// Does what a key asks for.
    async fn do_for_key(&mut self, key: char) -> Result<()> {
        let exercise = self.exercises[self.current];
        match key {
            'h' => super::hint::show(exercise, self.text),
            'l' => super::list::print(self.course, &self.exercises, self.text),
            'r' => {
                super::reset::reset(self.course, exercise, self.text)?;
                // That the stub is not a solution need not be checked.
                self.seen[self.current] = hash(&exercise.path());
                Ok(())
            }
            'c' => self.check(self.current).await,
            's' => self.solution(),
            _ => Ok(()),
        }
    }

    /// Shows our solution of the current exercise, or of the one that has passed just before it.
    fn solution(&self) -> Result<()> {
        let states = progress::states(self.course)?;
        let is_passed = |of: &usize| states.contains(&(self.exercises[*of], State::Passed));
        let of = [Some(self.current), self.passed].into_iter().flatten().find(is_passed).unwrap_or(self.current);
        super::solution::show(self.course, self.exercises[of], false, self.text).map(drop)
    }

    /// Grades an exercise; when it passes, the next that has not, and so on.
    async fn check(&mut self, mut at: usize) -> Result<()> {
        loop {
            let exercise = self.exercises[at];
            self.current = at;
            self.seen[at] = hash(&exercise.path());
            println!("\n{}", tr!(self.text, "checking {id}", id = exercise.id));
            let told = self.graded(exercise).await?;
            super::check::print(&told, true);
            if self.quits {
                return Ok(());
            }
            if told.verdict != "passed" {
                return Ok(());
            }
            self.passed = Some(at);
            match self.next()? {
                Some(next) => at = next,
                None => {
                    self.tell_that_all_passed();
                    return Ok(());
                }
            }
        }
    }

    /// Grades an exercise; a piece that never ends need not be waited for.
    async fn graded(&mut self, exercise: &Exercise) -> Result<Told> {
        let (stop, stopped) = Stop::new();
        let has_keys = self.end.is_none();
        let _raw = has_keys.then(Raw::enter).transpose()?;
        let mut grading = pin!(grade::grade(self.course, self.build, exercise, self.text, stopped));
        let mut keys = interval(KEYS);
        loop {
            tokio::select! {
                told = &mut grading => return told,
                _ = keys.tick(), if has_keys => if let Some('q' | CTRL_C) = pressed()? {
                    stop.now();
                    self.quits = true;
                },
            }
        }
    }

    /// The first exercise from the current one on, and around, that has not passed.
    fn next(&self) -> Result<Option<usize>> {
        let states = progress::states(self.course)?;
        let passed = self.exercises.iter().map(|exercise| states.contains(&(exercise, State::Passed)));
        Ok(next(self.current, &passed.collect::<Vec<_>>()))
    }

    fn tell_that_all_passed(&self) {
        println!("{}", tr!(self.text, "All passed: {total} of {total}.", total = self.exercises.len()));
    }

    fn tell_what_to_do(&self) {
        let file = slashes(&self.exercises[self.current].file());
        println!("\n{}", tr!(self.text, "Save {file} and it is checked.", file = file));
        if self.end.is_none() {
            println!("{}", tr!(self.text, "h hint   l list   r reset   c check   s solution   q quit"));
        }
    }

    /// Waits until the learner does something.
    async fn happened(&mut self) -> Result<Happened> {
        let _raw = self.end.is_none().then(Raw::enter).transpose()?;
        let (mut keys, mut look) = (interval(KEYS), interval(LOOK));
        loop {
            tokio::select! {
                Some(()) = self.changes.recv() => self.quiet().await,
                _ = look.tick() => if self.hashes() != self.seen {
                    self.quiet().await;
                },
                _ = keys.tick(), if self.end.is_none() => match pressed()? {
                    Some(key) => return Ok(Happened::Pressed(key)),
                    None => continue,
                },
                _ = async { self.end.as_mut()?.await.ok() }, if self.end.is_some() => return Ok(Happened::End),
            }
            if let Some(saved) = self.saved() {
                return Ok(Happened::Saved(saved));
            }
        }
    }

    /// Waits for a key.
    async fn key(&mut self) -> Result<char> {
        let _raw = Raw::enter()?;
        let mut keys = interval(KEYS);
        loop {
            keys.tick().await;
            if let Some(key) = pressed()? {
                return Ok(key);
            }
        }
    }

    /// Waits until nothing changes any more.
    async fn quiet(&mut self) {
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until && timeout(QUIET, self.changes.recv()).await.is_ok_and(|change| change.is_some()) {
        }
    }

    fn hashes(&self) -> Vec<Option<String>> {
        self.exercises.iter().map(|exercise| hash(&exercise.path())).collect()
    }

    /// The first exercise whose file is another than it was. One at a time: after its check the learner may have quit, or
    /// the next may be graded already.
    fn saved(&self) -> Option<usize> {
        std::iter::zip(self.hashes(), &self.seen).position(|(now, seen)| now != *seen)
    }
}

/// The first from `current` on, and around, that has not passed.
fn next(current: usize, passed: &[bool]) -> Option<usize> {
    (0..passed.len()).map(|i| (current + i) % passed.len()).find(|i| !passed[*i])
}

/// Tells what failed: that does not end the watch.
fn told(done: Result<()>) {
    if let Err(error) = done {
        eprintln!("{error:#}");
    }
}

/// The hash of a file, to tell whether it has changed; `None` where it cannot be read.
fn hash(path: &Path) -> Option<String> {
    Some(progress::hash(&files::read_if_there(path).ok()??))
}

/// What tells of changes in the folders of these exercises: an editor may save by renaming, so that the files themselves
/// come and go.
fn watcher(exercises: &[&Exercise], changes: mpsc::UnboundedSender<()>) -> Option<notify::RecommendedWatcher> {
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // We read these files ourselves.
        if !event.is_ok_and(|event| event.kind.is_access()) {
            // Nobody listens at the end.
            let _ = changes.send(());
        }
    })
    .ok()?;
    let mut folders: Vec<_> =
        exercises.iter().filter_map(|exercise| Some(exercise.path().parent()?.to_owned())).collect();
    folders.dedup();
    for folder in folders {
        // Without it, the files are looked at all the same, only less often.
        let _ = std::fs::create_dir_all(&folder);
        let _ = watcher.watch(&folder, notify::RecursiveMode::NonRecursive);
    }
    Some(watcher)
}

/// Tells when the input ends.
fn end_of_input() -> oneshot::Receiver<()> {
    let (sender, end) = oneshot::channel();
    std::thread::spawn(move || {
        let mut buffer = [0; 1024];
        while std::io::stdin().read(&mut buffer).is_ok_and(|read| read > 0) {}
        let _ = sender.send(());
    });
    end
}

/// The terminal while it gives each key to the program at once; as it was, when this is dropped.
struct Raw;

impl Raw {
    fn enter() -> Result<Self> {
        terminal::enable_raw_mode()?;
        Ok(Self)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        // There is nobody to tell.
        let _ = terminal::disable_raw_mode();
    }
}

/// The key that was pressed, if one was.
fn pressed() -> Result<Option<char>> {
    while crossterm::event::poll(Duration::ZERO)? {
        if let Event::Key(key) = crossterm::event::read()?
            && key.kind == KeyEventKind::Press
            && let KeyCode::Char(c) = key.code
        {
            return Ok(match c {
                'c' | 'C' if key.modifiers.contains(KeyModifiers::CONTROL) => Some(CTRL_C),
                _ if key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) => None,
                c => Some(letter(c)),
            });
        }
    }
    Ok(None)
}

/// The letter that stands on a key, also when the keyboard writes Korean.
fn letter(c: char) -> char {
    match c {
        'ㅗ' => 'h',
        'ㅣ' => 'l',
        'ㄱ' => 'r',
        'ㅊ' => 'c',
        'ㄴ' => 's',
        'ㅂ' => 'q',
        'ㅛ' => 'y',
        c => c.to_ascii_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_is_sought_from_here_and_around() {
        assert_eq!(next(0, &[false, false]), Some(0));
        assert_eq!(next(1, &[false, true, true, false]), Some(3));
        assert_eq!(next(2, &[true, false, true]), Some(1));
        assert_eq!(next(1, &[true, true]), None);
    }
}
