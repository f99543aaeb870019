//! The process between `workshop` and a program that it runs for a learner, on Linux.
//!
//! Killing a process, or its group, does not end what it started: a child can leave its group, and is then nobody's.
//! The guard is a *subreaper*: whatever descends from it stays its descendant, even when the processes between have gone.
//! So when the program has ended, or when `workshop` says so or has itself been killed, the guard ends everything that is
//! left. It also puts the program into a session of its own, without a terminal: nothing that runs can change the
//! learner's terminal.
//!
//! Elsewhere a process group (or Windows' job object, which has no such hole) does what it can: see [`crate::process`].

/// The hidden subcommand: `workshop __guard program arguments`.
///
/// Its standard input is the hand on the run: a line with a number of bytes, these bytes, which the program gets as its
/// standard input, and then nothing, for as long as the run may go on. Its end ends everything.
pub const COMMAND: &str = "__guard";

#[cfg(target_os = "linux")]
pub use linux::{Tree, adopt, command, end_orphans, main, started};

#[cfg(target_os = "linux")]
mod linux {
    use std::ffi::OsString;
    use std::io::{BufRead as _, Read as _, Write as _};
    use std::os::unix::process::ExitStatusExt as _;
    use std::process::{Command, ExitCode, ExitStatus, Stdio};
    use std::time::{Duration, Instant};

    use nix::errno::Errno;
    use nix::sys::signal::{Signal, kill, raise};
    use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
    use nix::unistd::Pid;

    use super::COMMAND;

    /// The same command, run by a guard. `None` in a program that is not `workshop`, such as a test.
    pub fn command(command: &Command) -> Option<Command> {
        let exe = std::env::current_exe().ok()?;
        // A newer build may have taken this program's place: then that name says "(deleted)".
        let name = exe.file_name()?.to_str()?;
        if name.split(' ').next() != Some(env!("CARGO_PKG_NAME")) {
            return None;
        }
        let mut guarded = Command::new("/proc/self/exe");
        guarded.arg(COMMAND).arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => guarded.env(name, value),
                None => guarded.env_remove(name),
            };
        }
        if let Some(folder) = command.get_current_dir() {
            guarded.current_dir(folder);
        }
        Some(guarded)
    }

    /// The guard itself: runs the program and ends as the program ended.
    pub fn main(mut args: impl Iterator<Item = OsString>) -> ExitCode {
        let Some(program) = args.next() else { return ExitCode::from(2) };
        // Refused only to the leader of a group, which the guard is not unless it was started by hand.
        let _ = nix::unistd::setsid();
        let _ = nix::sys::prctl::set_child_subreaper(true);
        // Programs that abort are everyday here: their memory is of no use to anybody.
        let _ = nix::sys::resource::setrlimit(nix::sys::resource::Resource::RLIMIT_CORE, 0, 0);
        let mut child = match Command::new(&program).args(args).stdin(Stdio::piped()).spawn() {
            Ok(child) => child,
            Err(error) => {
                eprintln!("{}: {error}", program.display());
                return ExitCode::from(127);
            }
        };
        let input = child.stdin.take();
        std::thread::spawn(move || {
            hand_over(input);
            end_all();
            std::process::exit(0);
        });
        let status = child.wait();
        end_all();
        status.map_or(ExitCode::from(126), end_like)
    }

    /// Gives the program its input, and returns when nobody holds the run any more.
    fn hand_over(to: Option<std::process::ChildStdin>) {
        let mut from = std::io::stdin().lock();
        let mut length = String::new();
        if from.read_line(&mut length).is_err() {
            return;
        }
        let mut input = vec![0; length.trim().parse().unwrap_or(0)];
        if from.read_exact(&mut input).is_err() {
            return;
        }
        if let Some(mut to) = to {
            // A program that does not read its input has closed it: that is its business.
            let _ = to.write_all(&input);
        }
        // The word of a check is not left where it was read.
        input.fill(0);
        let _ = from.read_to_end(&mut vec![]);
    }

    /// Ends every descendant, until there is none. That `/proc` shows none proves nothing: a process that is forever
    /// replaced by its child slips through. The system knows: whatever is left is a child of ours in the end, and only
    /// without any does waiting for one fail.
    fn end_all() {
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(10) {
            for pid in Tree::below(std::process::id()).pids {
                // It may have ended by itself meanwhile.
                let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
            }
            loop {
                match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
                    Ok(WaitStatus::StillAlive) => break,
                    Ok(_) | Err(Errno::EINTR) => {}
                    Err(_) => return,
                }
            }
        }
    }

    /// What a guard leaves is this program's while it runs one, should the guard itself be killed; see [`end_orphans`].
    pub fn adopt(orphans: bool) {
        let _ = nix::sys::prctl::set_child_subreaper(orphans);
    }

    /// Ends what a guard has left: nothing, unless the program killed it. What is left is in its session, or has become a
    /// child of ours that is younger than it.
    pub fn end_orphans(guard: u32, since: u64) {
        let (Ok(guard), Ok(own)) = (i32::try_from(guard), i32::try_from(std::process::id())) else { return };
        for _ in 0..20 {
            let all = Stat::all();
            let is_left = |stat: &&Stat| {
                stat.session == guard || (stat.parent == own && stat.started >= since && stat.session != own_session())
            };
            let left: Vec<i32> = all.iter().filter(|stat| !stat.ended).filter(is_left).map(|stat| stat.pid).collect();
            for pid in &left {
                // It may have ended by itself meanwhile.
                let _ = kill(Pid::from_raw(*pid), Signal::SIGKILL);
                let _ = waitpid(Pid::from_raw(*pid), Some(WaitPidFlag::WNOHANG));
            }
            if left.is_empty() {
                return;
            }
        }
    }

    fn own_session() -> i32 {
        nix::unistd::getsid(None).map_or(0, Pid::as_raw)
    }

    /// When a process was started, by the system's own clock.
    pub fn started(pid: u32) -> u64 {
        i32::try_from(pid).ok().and_then(Stat::read).map_or(u64::MAX, |stat| stat.started)
    }

    fn end_like(status: ExitStatus) -> ExitCode {
        if let Some(signal) = status.signal().and_then(|signal| Signal::try_from(signal).ok()) {
            // Twice: the first time, Rust's own handler for a fault takes itself away. And for what is ignored:
            let _ = raise(signal);
            let _ = raise(signal);
            let _ = raise(Signal::SIGKILL);
        }
        ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
    }

    /// What descends from a process, as `/proc` tells it now.
    #[derive(Debug, Default)]
    pub struct Tree {
        /// The processes, without the first.
        pub pids: Vec<i32>,
        /// Their resident memory, in bytes.
        pub resident: u64,
    }

    impl Tree {
        /// The processes below this one that are still alive.
        pub fn below(root: u32) -> Self {
            let Ok(root) = i32::try_from(root) else { return Self::default() };
            let all = Stat::all();
            let mut tree = Self::default();
            let mut parents = vec![root];
            while let Some(parent) = parents.pop() {
                for child in all.iter().filter(|stat| stat.parent == parent) {
                    parents.push(child.pid);
                    if !child.ended {
                        tree.pids.push(child.pid);
                        tree.resident += resident(child.pid).unwrap_or(0);
                    }
                }
            }
            tree
        }
    }

    struct Stat {
        pid: i32,
        parent: i32,
        session: i32,
        started: u64,
        /// It has ended, and its parent has not asked how.
        ended: bool,
    }

    impl Stat {
        fn all() -> Vec<Self> {
            let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
            entries.filter_map(|entry| Self::read(entry.file_name().to_str()?.parse().ok()?)).collect()
        }

        /// `/proc/PID/stat`: `pid (name) state parent group session … start …`; the name may hold anything, also brackets.
        fn read(pid: i32) -> Option<Self> {
            let text = std::fs::read(format!("/proc/{pid}/stat")).ok()?;
            let text = String::from_utf8_lossy(&text);
            let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
            let ended = matches!(fields.first(), Some(&"Z" | &"X"));
            let number = |field: usize| fields.get(field)?.parse().ok();
            let started = fields.get(19)?.parse().ok()?;
            Some(Self { pid, parent: number(1)?, session: number(3)?, started, ended })
        }
    }

    /// Virtual memory would be the wrong measure: idle threads map gigabytes of it.
    fn resident(pid: i32) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        let kilobytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
        Some(kilobytes << 10)
    }
}
