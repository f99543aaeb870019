//! A program run within limits, its output streamed, and everything it started ended with it.

use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use process_wrap::tokio::{ChildWrapper, CommandWrap, KillOnDrop};
use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::{mpsc, watch};

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
    pub const CELL: Self = Self { time: Duration::from_secs(120), memory: 6 << 30, output: 4 << 20 };
    /// For a check: one minute, 4 GB, 1 MB of output.
    pub const CHECK: Self = Self { time: Duration::from_secs(60), memory: 4 << 30, output: 1 << 20 };
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
    mut command: tokio::process::Command,
    input: &str,
    limits: Limits,
    mut stop: watch::Receiver<bool>,
    mut output: impl FnMut(Stream, &[u8]),
) -> Result<End> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let shown = format!("{:?}", command.as_std().get_program());
    let mut wrap = CommandWrap::from(command);
    wrap.wrap(KillOnDrop);
    #[cfg(unix)]
    wrap.wrap(process_wrap::tokio::ProcessGroup::leader());
    #[cfg(windows)]
    wrap.wrap(process_wrap::tokio::JobObject);
    let mut child = wrap.spawn().with_context(|| format!("{shown} cannot be started"))?;

    if let Some(mut stdin) = child.stdin().take() {
        // A program that does not read its input has closed it: that is its business.
        let _ = stdin.write_all(input.as_bytes()).await;
    }
    let (sender, mut pieces) = mpsc::channel(16);
    if let Some(out) = child.stdout().take() {
        tokio::spawn(forward(Stream::Out, out, sender.clone()));
    }
    if let Some(err) = child.stderr().take() {
        tokio::spawn(forward(Stream::Err, err, sender.clone()));
    }
    drop(sender);

    let started = Instant::now();
    let mut tick = tokio::time::interval(Duration::from_millis(50));
    let mut memory = MemoryOf::new(child.id());
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
                if memory.resident() > limits.memory {
                    break End::Memory;
                }
                if let Some(status) = child.try_wait()? {
                    break End::Exited(status.code());
                }
            }
        }
        // The outputs closed: the program ends at once, or has handed them to a child of its own.
        if !open && let Ok(status) = tokio::time::timeout(Duration::from_millis(20), child.wait()).await {
            break End::Exited(status?.code());
        }
    };
    finish(&mut *child).await;
    // What was printed before the end and is still on its way.
    while let Ok(Some((stream, bytes))) = tokio::time::timeout(Duration::from_millis(100), pieces.recv()).await {
        printed += bytes.len();
        if printed > limits.output {
            return Ok(if matches!(end, End::Exited(_)) { End::Output } else { end });
        }
        output(stream, &bytes);
    }
    Ok(end)
}

/// Ends whatever the program left running.
async fn finish(child: &mut dyn ChildWrapper) {
    // It may have ended already, and its group with it.
    let _ = child.start_kill();
    let _ = tokio::time::timeout(Duration::from_secs(5), child.wait()).await;
}

async fn forward(stream: Stream, mut from: impl tokio::io::AsyncRead + Unpin, to: mpsc::Sender<(Stream, Vec<u8>)>) {
    let mut buffer = vec![0; 1 << 14];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        if to.send((stream, buffer[..read].to_vec())).await.is_err() {
            return;
        }
    }
}

/// The resident memory of a process. Virtual memory would be the wrong measure: idle threads map gigabytes.
struct MemoryOf {
    pid: Option<Pid>,
    system: System,
}

impl MemoryOf {
    fn new(id: Option<u32>) -> Self {
        Self { pid: id.map(Pid::from_u32), system: System::new() }
    }

    fn resident(&mut self) -> u64 {
        let Some(pid) = self.pid else { return 0 };
        let kind = ProcessRefreshKind::nothing().with_memory();
        self.system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), true, kind);
        self.system.process(pid).map_or(0, sysinfo::Process::memory)
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    async fn sh(script: &str, limits: Limits) -> (End, String) {
        let mut command = tokio::process::Command::new("sh");
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
        let mut command = tokio::process::Command::new("sleep");
        command.arg("30");
        let (stop, stopped) = Stop::new();
        let run = tokio::spawn(run(command, "", Limits::CELL, stopped, |_, _| {}));
        tokio::time::sleep(Duration::from_millis(100)).await;
        stop.now();
        assert_eq!(run.await.expect("it ends").expect("sleep starts"), End::Stopped);
    }
}
