//! What Cargo built, and `rustc` called against it.
//!
//! Cells, checks and `--mine` programs are compiled by `rustc` directly, against the libraries of the last build: a
//! second instead of ten, and without waiting for Cargo's lock on `target/`.

use std::collections::{BTreeSet, HashMap};
use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;
use serde_json::Value;

use crate::machine;

/// How far a build is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// Crates built.
    pub done: usize,
    /// Crates in all.
    pub total: usize,
    /// What is being built.
    pub current: String,
}

/// A finished build: where each library and program is, and what each package depends on.
#[derive(Debug, Clone)]
pub struct Build {
    root: PathBuf,
    target: PathBuf,
    rustc: PathBuf,
    flags: Vec<String>,
    libraries: HashMap<String, PathBuf>, // by package id
    programs: HashMap<String, PathBuf>,  // by name
    packages: HashMap<String, Package>,  // by package name, of the workspace
    edition: String,
}

/// Whether Cargo sets this variable for the programs that it runs.
fn is_about_a_package(name: &std::ffi::OsStr) -> bool {
    let name = name.to_string_lossy();
    ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_"]
        .iter()
        .any(|start| name.starts_with(start))
}

/// A package of the workspace.
#[derive(Debug, Clone)]
struct Package {
    id: String,
    library: Option<(String, PathBuf)>, // crate name and root file
    folder: PathBuf,
    dependencies: Vec<(String, String)>, // name in the code, package id
}

impl Build {
    /// Builds everything but the exercises, telling `progress` how far it is.
    ///
    /// # Errors
    /// When it does not compile; the message is the compiler's.
    pub fn run(progress: impl FnMut(Progress)) -> Result<Self> {
        Self::run_with(&[], progress)
    }

    /// Builds with more arguments for `cargo build`: one package, a feature.
    ///
    /// # Errors
    /// When it does not compile; the message is the compiler's.
    pub fn run_with(args: &[&str], mut progress: impl FnMut(Progress)) -> Result<Self> {
        let root = workshop_base::root();
        let mut command = Command::new(machine::cargo());
        // `cargo run` tells a program what package it is of; a build script that looks at that (ring's) would run again.
        for (name, _) in std::env::vars_os().filter(|(name, _)| is_about_a_package(name)) {
            command.env_remove(name);
        }
        let mut child = command
            .args(["build", "--message-format=json-render-diagnostics"])
            .args(args)
            .current_dir(&root)
            // Cargo's own progress bar says how many crates there are; it draws it where it is told that it may.
            .env("CARGO_TERM_PROGRESS_WHEN", "always")
            .env("CARGO_TERM_PROGRESS_WIDTH", "120")
            .env("CARGO_TERM_COLOR", "never")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("cargo cannot be started")?;
        let stdout = child.stdout.take().context("cargo has no output")?;
        let stderr = child.stderr.take().context("cargo has no output")?;
        let messages = std::thread::spawn(move || -> Result<Vec<Value>> {
            let lines = BufReader::new(stdout).lines().map_while(std::io::Result::ok);
            Ok(lines.filter_map(|line| serde_json::from_str(&line).ok()).collect())
        });
        let said = watch(stderr, &mut progress);
        let status = child.wait()?;
        let messages = messages.join().map_err(|_| anyhow::anyhow!("cargo's messages cannot be read"))??;
        if !status.success() {
            bail!("{}", said.trim());
        }

        let mut libraries = HashMap::new();
        let mut programs = HashMap::new();
        for message in messages.iter().filter(|message| message["reason"] == "compiler-artifact") {
            let kinds: Vec<&str> =
                message["target"]["kind"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            let files = || message["filenames"].as_array().into_iter().flatten().filter_map(Value::as_str);
            if kinds.contains(&"bin") {
                if let (Some(name), Some(path)) = (message["target"]["name"].as_str(), message["executable"].as_str()) {
                    programs.insert(name.to_owned(), PathBuf::from(path));
                }
            } else if let (Some(id), Some(file)) = (
                message["package_id"].as_str(),
                files().find(|file| [".rlib", ".so", ".dylib", ".dll"].iter().any(|ending| file.ends_with(ending))),
            ) {
                libraries.insert(id.to_owned(), PathBuf::from(file));
            }
        }
        let Metadata { packages, edition, target } = metadata(&root, &host(&root)?)?;
        let rustc = sysroot(&root)?.join("bin").join(if cfg!(windows) { "rustc.exe" } else { "rustc" });
        Ok(Self { flags: rustflags(&root)?, root, target, rustc, libraries, programs, packages, edition })
    }

    /// A program that the build made.
    ///
    /// # Errors
    /// When it made none of that name.
    pub fn program(&self, name: &str) -> Result<PathBuf> {
        self.programs.get(name).cloned().with_context(|| format!("the build made no program {name}"))
    }

    /// The folder for what is compiled here.
    pub fn scratch(&self) -> PathBuf {
        self.target.join("workshop")
    }

    /// The packages of the workspace that `package` uses, itself included, those without dependencies first.
    pub fn ladder(&self, package: &str) -> Vec<String> {
        let mut order = vec![];
        let mut seen = BTreeSet::new();
        self.climb(package, &mut seen, &mut order);
        order
    }

    fn climb(&self, name: &str, seen: &mut BTreeSet<String>, order: &mut Vec<String>) {
        let Some(package) = self.packages.get(name) else { return };
        if !seen.insert(name.to_owned()) {
            return;
        }
        for (_, id) in &package.dependencies {
            if let Some(used) = self.name_of(id) {
                self.climb(&used, seen, order);
            }
        }
        order.push(name.to_owned());
    }

    fn name_of(&self, id: &str) -> Option<String> {
        self.packages.iter().find(|(_, package)| package.id == id).map(|(name, _)| name.clone())
    }

    /// The libraries that code of `package` may name: its dependencies, under the names they have there.
    pub fn externs(&self, package: &str) -> Vec<Extern> {
        let Some(package) = self.packages.get(package) else { return vec![] };
        package
            .dependencies
            .iter()
            .filter_map(|(name, id)| Some(Extern { name: name.clone(), path: self.libraries.get(id)?.clone() }))
            .collect()
    }

    /// The library of `package` itself.
    pub fn library(&self, package: &str) -> Option<Extern> {
        let package = self.packages.get(package)?;
        let (name, _) = package.library.as_ref()?;
        Some(Extern { name: name.clone(), path: self.libraries.get(&package.id)?.clone() })
    }

    /// The root file of a package's library.
    pub fn library_root(&self, package: &str) -> Option<&Path> {
        Some(&self.packages.get(package)?.library.as_ref()?.1)
    }

    /// The folder of a package.
    pub fn folder(&self, package: &str) -> Option<&Path> {
        Some(&self.packages.get(package)?.folder)
    }

    /// The command that compiles `unit`. It prints its diagnostics as JSON, a line each, on standard error.
    pub fn rustc(&self, unit: &Unit) -> Command {
        let mut command = Command::new(&self.rustc);
        command
            .current_dir(&self.root)
            .arg(&unit.root)
            .arg(format!("--edition={}", self.edition))
            .args(["--crate-name", &unit.name, "--crate-type", if unit.program { "bin" } else { "rlib" }])
            .args(["--error-format=json", "-Awarnings", "-Copt-level=1", "-Cdebuginfo=0"])
            // As in Cargo's own profile: arithmetic that overflows is an error, not a surprise.
            .args(["-Cdebug-assertions=on"])
            .args(&self.flags)
            .args(&unit.flags)
            .arg("-o")
            .arg(&unit.out);
        // Wherever Cargo's target folder is. Most libraries lie together; those of the workspace are linked one folder up.
        // Libraries that were compiled here lie elsewhere.
        let used = unit.externs.iter().map(|used| &used.path);
        let folders: BTreeSet<&Path> =
            self.libraries.values().chain(used).filter_map(|library| library.parent()).collect();
        for folder in folders {
            command.arg("-L").arg(format!("dependency={}", folder.display()));
        }
        for Extern { name, path } in &unit.externs {
            command.arg("--extern").arg(format!("{name}={}", path.display()));
        }
        if let Some(folder) = &unit.folder {
            command.env("CARGO_MANIFEST_DIR", folder);
        }
        command
    }
}

/// A library that code can name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extern {
    /// Its name in the code.
    pub name: String,
    /// The file.
    pub path: PathBuf,
}

/// Something to compile.
#[derive(Debug, Clone)]
pub struct Unit {
    /// The crate's name.
    pub name: String,
    /// Its root file.
    pub root: PathBuf,
    /// A program, or a library.
    pub program: bool,
    /// What it may name.
    pub externs: Vec<Extern>,
    /// More flags for the compiler.
    pub flags: Vec<String>,
    /// The file to write.
    pub out: PathBuf,
    /// The package's folder, for `env!("CARGO_MANIFEST_DIR")`.
    pub folder: Option<PathBuf>,
}

/// A message of the compiler.
#[derive(Debug, Clone, Deserialize)]
pub struct Diagnostic {
    /// `error`, `warning`, ..
    pub level: String,
    /// The message, a line.
    #[serde(default)]
    pub message: String,
    /// The message as `rustc` prints it.
    #[serde(default)]
    pub rendered: Option<String>,
    /// The places it speaks of.
    #[serde(default)]
    pub spans: Vec<Span>,
}

/// A place in a source file.
#[derive(Debug, Clone, Deserialize)]
pub struct Span {
    /// The file, as it was given to the compiler.
    pub file_name: String,
    /// From 1.
    pub line_start: usize,
    /// From 1.
    pub column_start: usize,
    /// Whether it is what the message is about.
    pub is_primary: bool,
}

/// The errors among what the compiler printed.
pub fn errors(stderr: &str) -> Vec<Diagnostic> {
    stderr
        .lines()
        .filter_map(|line| serde_json::from_str::<Diagnostic>(line).ok())
        .filter(|diagnostic| diagnostic.level == "error" && !diagnostic.message.starts_with("aborting due to"))
        .collect()
}

/// Reads Cargo's progress from its standard error; gives back everything else it said there.
fn watch(stderr: impl Read, progress: &mut impl FnMut(Progress)) -> String {
    let mut said = String::new();
    let mut reader = BufReader::new(stderr);
    let mut piece = vec![];
    let mut last = Progress::default();
    loop {
        piece.clear();
        // The bar is redrawn after a carriage return, everything else ends with a line feed.
        if read_until_either(&mut reader, &mut piece) == 0 {
            return said;
        }
        let text = String::from_utf8_lossy(&piece);
        match parse_progress(&text) {
            Some(now) if now != last => {
                progress(now.clone());
                last = now;
            }
            Some(_) => {}
            None => said.push_str(text.trim_start_matches(['\r', '\u{1b}'])),
        }
    }
}

fn read_until_either(reader: &mut impl Read, piece: &mut Vec<u8>) -> usize {
    let mut byte = [0];
    while let Ok(1) = reader.read(&mut byte) {
        piece.push(byte[0]);
        if matches!(byte[0], b'\r' | b'\n') {
            break;
        }
    }
    piece.len()
}

/// `Building [====>   ] 12/240: candle-core, gemm`
fn parse_progress(text: &str) -> Option<Progress> {
    let (_, rest) = text.split_once("Building [")?;
    let (_, rest) = rest.split_once("] ")?;
    let (count, current) = rest.split_once(':').unwrap_or((rest, ""));
    let (done, total) = count.trim().split_once('/')?;
    let current = current.split(['\r', '\n', '\u{1b}']).next().unwrap_or_default();
    Some(Progress { done: done.parse().ok()?, total: total.parse().ok()?, current: current.trim().to_owned() })
}

/// What Cargo says of the workspace.
struct Metadata {
    packages: HashMap<String, Package>,
    edition: String,
    target: PathBuf,
}

fn metadata(root: &Path, host: &str) -> Result<Metadata> {
    let output = Command::new(machine::cargo())
        // Offline: what this machine needs was downloaded for the build, what others need was not.
        .args(["metadata", "--format-version=1", "--locked", "--offline", "--filter-platform", host])
        .current_dir(root)
        .output()
        .context("cargo cannot be started")?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
    }
    let metadata: Value = serde_json::from_slice(&output.stdout)?;
    let array = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let string = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let members: BTreeSet<String> = array(&metadata["workspace_members"]).iter().map(&string).collect();
    let mut nodes = HashMap::new();
    for node in array(&metadata["resolve"]["nodes"]) {
        let normal = |dep: &Value| array(&dep["dep_kinds"]).iter().any(|kind| kind["kind"].is_null());
        let deps = array(&node["deps"]);
        let deps = deps.iter().filter(|dep| normal(dep)).map(|dep| (string(&dep["name"]), string(&dep["pkg"])));
        nodes.insert(string(&node["id"]), deps.collect::<Vec<_>>());
    }
    let mut packages = HashMap::new();
    let mut edition = "2024".to_owned();
    for package in array(&metadata["packages"]) {
        let id = string(&package["id"]);
        if !members.contains(&id) {
            continue;
        }
        edition = string(&package["edition"]);
        let library = array(&package["targets"])
            .iter()
            .find(|target| array(&target["kind"]).iter().any(|kind| kind == "lib"))
            .map(|target| (string(&target["name"]).replace('-', "_"), PathBuf::from(string(&target["src_path"]))));
        let folder = PathBuf::from(string(&package["manifest_path"])).parent().map(PathBuf::from).unwrap_or_default();
        let dependencies = nodes.remove(&id).unwrap_or_default();
        packages.insert(string(&package["name"]), Package { id, library, folder, dependencies });
    }
    let target = PathBuf::from(string(&metadata["target_directory"]));
    Ok(Metadata { packages, edition, target })
}

/// The platform that is built for, such as `x86_64-unknown-linux-gnu`.
fn host(root: &Path) -> Result<String> {
    let output = Command::new("rustc").arg("-vV").current_dir(root).output().context("rustc cannot be started")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let host = text.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc does not say its host")?;
    Ok(host.to_owned())
}

fn sysroot(root: &Path) -> Result<PathBuf> {
    let output = Command::new("rustc")
        .args(["--print", "sysroot"])
        .current_dir(root)
        .output()
        .context("rustc cannot be started")?;
    Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
}

/// The flags that Cargo gives `rustc` for this workspace, so that what is compiled here fits what was built.
fn rustflags(root: &Path) -> Result<Vec<String>> {
    if let Ok(flags) = std::env::var("RUSTFLAGS") {
        return Ok(flags.split_whitespace().map(str::to_owned).collect());
    }
    let text = std::fs::read_to_string(root.join(".cargo").join("config.toml")).unwrap_or_default();
    let config: toml::Table = toml::from_str(&text).context(".cargo/config.toml")?;
    let targets = config.get("target").and_then(toml::Value::as_table);
    let flags = targets
        .into_iter()
        .flat_map(|targets| targets.values())
        .filter_map(|target| target.get("rustflags")?.as_array());
    Ok(flags.flatten().filter_map(|flag| flag.as_str().map(str::to_owned)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_says_how_far_it_is() {
        let progress = parse_progress("    Building [=======>      ] 12/240: candle-core, gemm\r").expect("a bar");
        assert_eq!(progress, Progress { done: 12, total: 240, current: "candle-core, gemm".to_owned() });
        assert_eq!(parse_progress("   Compiling gemm v0.19.0\n"), None);
    }
}
