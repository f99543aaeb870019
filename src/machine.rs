//! What this machine has: cores, memory, disk, vector instructions, a GPU, programs.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use sysinfo::System;
use workshop_base::folder_of;

/// What the lessons take on disk once they are built, in MB. Measured: `du -sm target` after `cargo run` and the build.
pub const DISK_MB: u64 = 2200;
/// Less memory than this, in MB, is called little: a machine sold with 8 GB shows somewhat less.
pub const MEMORY_MB: u64 = 7 << 10;

/// How many threads run at once.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The memory, in MB.
pub fn memory_mb() -> u64 {
    let mut system = System::new();
    system.refresh_memory();
    system.total_memory() >> 20
}

/// How many bytes may be written where a folder is, or will be; `None` where the system does not say.
pub fn free_disk(folder: &Path) -> Option<u64> {
    let folder = std::path::absolute(folder).ok()?;
    let there = folder.ancestors().find(|folder| folder.exists())?;
    free_at(there)
}

/// On network disks and in memory too, which the list of disks leaves out.
#[cfg(unix)]
fn free_at(folder: &Path) -> Option<u64> {
    let disk = nix::sys::statvfs::statvfs(folder).ok()?;
    #[allow(clippy::unnecessary_cast, reason = "the types differ between systems")]
    Some((disk.blocks_available() as u64).saturating_mul(disk.fragment_size() as u64))
}

#[cfg(not(unix))]
fn free_at(folder: &Path) -> Option<u64> {
    let disks = sysinfo::Disks::new_with_refreshed_list();
    let around = disks.iter().filter(|disk| folder.starts_with(disk.mount_point()));
    around.max_by_key(|disk| disk.mount_point().as_os_str().len()).map(sysinfo::Disk::available_space)
}

/// Megabytes as whole gigabytes.
pub fn gigabytes(megabytes: u64) -> String {
    format!("{:.0}", megabytes as f64 / 1024.0)
}

/// Megabytes as gigabytes with a decimal: for disk, where one gigabyte is much.
pub fn tenths_of_gigabytes(megabytes: u64) -> String {
    format!("{:.1}", megabytes as f64 / 1024.0)
}

/// [`DISK_MB`] in gigabytes.
pub fn disk_needed() -> String {
    tenths_of_gigabytes(DISK_MB)
}

/// The vector instructions that candle has kernels for, and whether this processor knows them.
pub fn vector_instructions() -> Vec<(&'static str, bool)> {
    #[cfg(target_arch = "x86_64")]
    let known = vec![
        ("avx2", std::arch::is_x86_feature_detected!("avx2")),
        ("fma", std::arch::is_x86_feature_detected!("fma")),
        ("f16c", std::arch::is_x86_feature_detected!("f16c")),
        ("avx512f", std::arch::is_x86_feature_detected!("avx512f")),
    ];
    #[cfg(target_arch = "aarch64")]
    let known = vec![
        ("neon", std::arch::is_aarch64_feature_detected!("neon")),
        ("dotprod", std::arch::is_aarch64_feature_detected!("dotprod")),
    ];
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    let known = vec![];
    known
}

/// A program of this name: on PATH, else in one of `folders`.
pub fn find(name: &str, folders: &[PathBuf]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(&path)
        .chain(folders.iter().cloned())
        .map(|folder| folder.join(&file))
        .find(|path| path.is_file())
}

/// The system and the kind of processor: `Linux (Debian 13) x86_64`.
pub fn system() -> String {
    let name = System::long_os_version().unwrap_or_else(|| std::env::consts::OS.to_owned());
    format!("{name} {}", std::env::consts::ARCH)
}

/// The folder that holds what belongs to this user.
pub fn user_folder() -> Option<PathBuf> {
    folder_of("HOME").or_else(|| folder_of("USERPROFILE"))
}

/// The folder of Cargo's own files.
pub fn cargo_folder() -> Option<PathBuf> {
    folder_of("CARGO_HOME").or_else(|| Some(user_folder()?.join(".cargo")))
}

/// Cargo: the one that runs this program, else the one on PATH.
pub fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// NVIDIA's compiler, which builds candle's CUDA kernels.
pub fn nvcc() -> Option<PathBuf> {
    let named = ["CUDA_HOME", "CUDA_PATH", "CUDA_ROOT"].into_iter().filter_map(folder_of);
    let folders: Vec<PathBuf> =
        named.chain([PathBuf::from("/usr/local/cuda")]).map(|folder| folder.join("bin")).collect();
    find("nvcc", &folders)
}

/// What a program prints when it is asked something: its standard output where it succeeds within twenty seconds, `None`
/// otherwise. A program that hangs must not hang the one who asks.
pub fn ask(program: &Path, args: &[&str]) -> Option<String> {
    const LIMIT: Duration = Duration::from_secs(20);
    let mut command = Command::new(program);
    command.args(args).current_dir(workshop_base::root());
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
    let mut output = child.stdout.take()?;
    let (sender, said) = std::sync::mpsc::channel();
    // A thread of its own: a child that the program left behind may keep the output open for good.
    std::thread::spawn(move || {
        let mut text = vec![];
        let read = std::io::Read::read_to_end(&mut output, &mut text);
        // Nobody waits any more: it took too long.
        let _ = sender.send(read.map(|_| text));
    });
    let started = Instant::now();
    let status = loop {
        match child.try_wait().ok()? {
            Some(status) => break status,
            None if started.elapsed() > LIMIT => {
                // It may have ended this moment.
                let _ = child.kill();
                let _ = child.wait();
                return None;
            }
            None => std::thread::sleep(Duration::from_millis(10)),
        }
    };
    let text = said.recv_timeout(LIMIT.saturating_sub(started.elapsed())).ok()?.ok()?;
    status.success().then(|| String::from_utf8_lossy(&text).trim().to_owned())
}
