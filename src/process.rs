//! A program run within limits, its output streamed, and everything it started ended with it.

use std::process::Stdio;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use process_wrap::tokio::{ChildWrapper, CommandWrap, KillOnDrop};
use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
#[cfg(target_os = "linux")]
use tokio::process::ChildStdin;
use tokio::process::Command;
use tokio::sync::{mpsc, watch};
use workshop_base::text::Catalogue;
use workshop_base::tr;

use crate::machine;

/// The variable that gives a check another number of seconds, on a slow machine.
pub const CHECK_SECONDS_ENV: &str = "WORKSHOP_CHECK_SECONDS";

/// How much a program may use.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Time by the clock.
    pub time: Duration,
    /// Resident memory, in bytes.
    pub memory: u64,
    /// Bytes of output.
    pub output: usize,
}

impl Limits {
    /// For a cell: two minutes, 6 GB, 4 MB of output.
    pub fn cell() -> Self {
        Self { time: Duration::from_secs(120), memory: at_most(6 << 30), output: 4 << 20 }
    }

    /// For the compiler: two minutes, 6 GB, 16 MB of messages.
    pub fn compiler() -> Self {
        Self { output: 16 << 20, ..Self::cell() }
    }

    /// For a check: one minute (or as many seconds as [`CHECK_SECONDS_ENV`] says), 4 GB, 1 MB of output.
    pub fn check() -> Self {
        let asked = std::env::var(CHECK_SECONDS_ENV).ok().and_then(|seconds| seconds.parse().ok());
        Self { time: Duration::from_secs(asked.unwrap_or(60)), memory: at_most(4 << 30), output: 1 << 20 }
    }
}

/// So much memory, but no more than half of what the machine has: nobody's other programs are to suffer.
fn at_most(memory: u64) -> u64 {
    static TOTAL: LazyLock<u64> = LazyLock::new(|| machine::memory_mb() << 20);
    memory.min((*TOTAL / 2).max(1 << 30))
}

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// By itself, with this exit code; `None` when a signal ended it.
    Exited(Option<i32>),
    /// It was asked to stop.
    Stopped,
    /// It used too much time.
    Time,
    /// It used too much memory.
    Memory,
    /// It printed too much.
    Output,
    /// It started too many programs.
    Processes,
}

impl End {
    /// One word for how it ended, as the page knows it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Exited(Some(0)) => "ok",
            Self::Exited(_) => "failed",
            Self::Stopped => "stopped",
            Self::Time => "time",
            Self::Memory => "memory",
            Self::Output => "output",
            Self::Processes => "processes",
        }
    }

    /// The sentence for what did not end by itself, within these limits; nothing for what did.
    pub fn say(self, limits: Limits, text: &Catalogue) -> Option<String> {
        Some(match self {
            Self::Exited(_) => return None,
            Self::Stopped => tr!(text, "It was stopped."),
            Self::Time => tr!(
                text,
                "It ran for more than {seconds} seconds. Does a loop ever end?",
                seconds = limits.time.as_secs()
            ),
            Self::Memory => tr!(
                text,
                "It used more than {gigabytes} GB of memory.",
                gigabytes = format!("{:.0}", limits.memory as f64 / f64::from(1 << 30))
            ),
            Self::Output => tr!(text, "It printed more than {megabytes} MB.", megabytes = limits.output >> 20),
            Self::Processes => tr!(text, "It started more than {count} programs.", count = PROCESSES),
        })
    }

    /// The sentences for a compiler that ended without a program and without an error to show.
    pub fn say_of_compiler(self, text: &Catalogue) -> String {
        let ended = tr!(text, "The compiler was ended.");
        self.say(Limits::compiler(), text).map_or(ended.clone(), |why| format!("{ended} {why}"))
    }
}

/// Which of its two outputs a program wrote to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// A hand on a run: drop it, or call [`Stop::now`], and the program ends.
#[derive(Debug)]
pub struct Stop(watch::Sender<bool>);

impl Stop {
    /// A hand and what the run listens to.
    pub fn new() -> (Self, watch::Receiver<bool>) {
        let (sender, receiver) = watch::channel(false);
        (Self(sender), receiver)
    }

    /// Ends the program.
    pub fn now(&self) {
        // Nobody listens any more: it has ended.
        let _ = self.0.send(true);
    }
}

/// Runs `command` to its end, within `limits`, giving `output` what it prints as it prints it.
///
/// # Errors
/// When it cannot be started.
pub async fn run(
    command: Command,
    input: &str,
    limits: Limits,
    mut stop: watch::Receiver<bool>,
    mut output: impl FnMut(Stream, &[u8]),
) -> Result<End> {
    let shown = format!("{:?}", command.as_std().get_program());
    let mut child = Running::start(command, input).await.with_context(|| format!("{shown} cannot be started"))?;
    let (sender, mut pieces) = mpsc::channel(16);
    if let Some(out) = child.0.stdout().take() {
        tokio::spawn(forward(Stream::Out, out, sender.clone()));
    }
    if let Some(err) = child.0.stderr().take() {
        tokio::spawn(forward(Stream::Err, err, sender.clone()));
    }
    drop(sender);

    let started = Instant::now();
    let mut tick = tokio::time::interval(Duration::from_millis(100));
    let mut printed = 0;
    let mut open = true;
    let end = loop {
        tokio::select! {
            piece = pieces.recv(), if open => match piece {
                Some((stream, bytes)) => {
                    let bytes: Vec<u8> = bytes;
                    printed += bytes.len();
                    if printed > limits.output {
                        break End::Output;
                    }
                    output(stream, &bytes);
                }
                None => open = false,
            },
            changed = stop.changed() => if changed.is_err() || *stop.borrow() { break End::Stopped },
            _ = tick.tick() => {
                if started.elapsed() > limits.time {
                    break End::Time;
                }
                if let Some(status) = child.0.try_wait()? {
                    break End::Exited(status.code());
                }
                let used = child.used();
                if used.memory > limits.memory {
                    break End::Memory;
                }
                if used.processes > PROCESSES {
                    break End::Processes;
                }
            }
        }
        // The outputs closed: the program ends at once, or has handed them to a child of its own.
        if !open && let Ok(status) = tokio::time::timeout(Duration::from_millis(20), child.0.wait()).await {
            break End::Exited(status?.code());
        }
    };
    child.finish().await;
    // What was printed before the end and is still on its way; not what somebody who got away goes on printing.
    let drained = tokio::time::Instant::now() + Duration::from_secs(1);
    while let Ok(Some((stream, bytes))) = tokio::time::timeout_at(drained, pieces.recv()).await {
        printed += bytes.len();
        if printed > limits.output {
            return Ok(if matches!(end, End::Exited(_)) { End::Output } else { end });
        }
        output(stream, &bytes);
    }
    Ok(end)
}

async fn forward(stream: Stream, mut from: impl tokio::io::AsyncRead + Unpin, to: mpsc::Sender<(Stream, Vec<u8>)>) {
    let mut buffer = vec![0; 1 << 14];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        if to.send((stream, buffer[..read].to_vec())).await.is_err() {
            return;
        }
    }
}

/// More programs than this at a time is a loop that starts programs.
const PROCESSES: usize = 200;

/// A program that runs, with what holds it: dropped, it ends with everything that it started.
struct Running(Box<dyn ChildWrapper>, Hold);

/// How the program is held.
enum Hold {
    /// By a guard, for as long as its input is open; with the guard's number, and when it was started.
    #[cfg(target_os = "linux")]
    Guard(Option<ChildStdin>, u32, u64),
    /// By its process group, or its job.
    Group(Box<System>),
}

/// What a program and everything that it started use.
struct Used {
    memory: u64,
    processes: usize,
}

impl Running {
    async fn start(command: Command, input: &str) -> std::io::Result<Self> {
        #[cfg(target_os = "linux")]
        if let Some(guarded) = crate::guard::command(command.as_std()) {
            crate::guard::adopt(true);
            let mut child = CommandWrap::from(piped(guarded.into())).spawn()?;
            let mut hold = child.stdin().take();
            if let Some(hold) = &mut hold {
                // A guard that has ended has said why.
                let _ = hold.write_all(format!("{}\n{input}", input.len()).as_bytes()).await;
            }
            let id = child.id().unwrap_or(0);
            return Ok(Self(child, Hold::Guard(hold, id, crate::guard::started(id))));
        }
        let mut wrap = CommandWrap::from(piped(command));
        wrap.wrap(KillOnDrop);
        #[cfg(unix)]
        wrap.wrap(process_wrap::tokio::ProcessGroup::leader());
        #[cfg(windows)]
        wrap.wrap(process_wrap::tokio::JobObject);
        let mut child = wrap.spawn()?;
        if let Some(mut stdin) = child.stdin().take() {
            // A program that does not read its input has closed it: that is its business.
            let _ = stdin.write_all(input.as_bytes()).await;
        }
        Ok(Self(child, Hold::Group(Box::new(System::new()))))
    }

    /// The resident memory counts: idle threads map gigabytes of the virtual one.
    fn used(&mut self) -> Used {
        let Some(id) = self.0.id() else { return Used { memory: 0, processes: 0 } };
        match &mut self.1 {
            #[cfg(target_os = "linux")]
            Hold::Guard(..) => {
                let tree = crate::guard::Tree::below(id);
                Used { memory: tree.resident, processes: tree.pids.len() }
            }
            Hold::Group(system) => {
                let (pid, kind) = (Pid::from_u32(id), ProcessRefreshKind::nothing().with_memory());
                system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), true, kind);
                Used { memory: system.process(pid).map_or(0, sysinfo::Process::memory), processes: 1 }
            }
        }
    }

    /// Ends whatever still runs.
    async fn finish(&mut self) {
        #[cfg(target_os = "linux")]
        if let Hold::Guard(hold, id, since) = &mut self.1 {
            drop(hold.take());
            let ended = tokio::time::timeout(Duration::from_secs(3), self.0.wait()).await.is_ok();
            // The program may have killed its guard.
            crate::guard::end_orphans(*id, *since);
            crate::guard::adopt(false);
            if ended {
                return;
            }
        }
        // It may have ended already, and its group with it.
        let _ = self.0.start_kill();
        let _ = tokio::time::timeout(Duration::from_secs(5), self.0.wait()).await;
    }
}

fn piped(mut command: Command) -> Command {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    async fn sh(script: &str, limits: Limits) -> (End, String) {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        let (_stop, stopped) = Stop::new();
        let mut text = String::new();
        let end = run(command, "in\n", limits, stopped, |_, bytes| text += &String::from_utf8_lossy(bytes)).await;
        (end.expect("sh starts"), text)
    }

    #[tokio::test]
    async fn every_end_is_told_apart() {
        let limits = Limits { time: Duration::from_secs(1), memory: 1 << 30, output: 1 << 16 };
        assert_eq!(sh("cat; exit 3", limits).await, (End::Exited(Some(3)), "in\n".to_owned()));
        assert_eq!(sh("while :; do :; done", limits).await.0, End::Time);
        assert_eq!(sh("yes", limits).await.0, End::Output);
        assert_eq!(sh("kill -9 $$", limits).await.0, End::Exited(None));
        // A child left behind does not keep the run open, and ends with it.
        let start = Instant::now();
        assert_eq!(sh("sleep 30 & echo left", limits).await, (End::Exited(Some(0)), "left\n".to_owned()));
        assert!(start.elapsed() < Duration::from_secs(10));
    }

    #[tokio::test]
    async fn a_hand_stops_it() {
        let mut command = Command::new("sleep");
        command.arg("30");
        let (stop, stopped) = Stop::new();
        let run = tokio::spawn(run(command, "", Limits::cell(), stopped, |_, _| {}));
        tokio::time::sleep(Duration::from_millis(100)).await;
        stop.now();
        assert_eq!(run.await.expect("it ends").expect("sleep starts"), End::Stopped);
    }
}
