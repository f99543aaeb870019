//! The grader against hostile code: whatever a file does, it is that exercise's verdict alone, and the next is graded right.
//!
//! Each submission is the solution with something put at the beginning of `attention_weights`, or a file that is no piece
//! at all. Printed is a table of what became of each. None of this asks how long anything takes.
#![cfg(target_os = "linux")]
#![allow(clippy::expect_used, reason = "a test says what it expects")]

mod common;

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use common::{Home, ID, solution, solution_with, text};

/// In the command of all that is left behind: to be found, or not, among the processes.
const STRAY: &str = "987654";

/// Name; what stands before the solution's own first line; what the learner must be told.
const RUNNING: &[(&str, &str, &str)] = &[
    ("an endless loop", "loop { std::hint::black_box(0); }", "ran for more than 5 seconds"),
    ("an endless sleep", "loop { std::thread::sleep(std::time::Duration::from_secs(9)) }", "ran for more than 5 seconds"),
    ("a lock taken twice", "let lock = std::sync::Mutex::new(0); let _a = lock.lock(); let _b = lock.lock();", "ran for more than 5 seconds"),
    (
        "recursion without end",
        "fn down(n: u64) -> u64 { std::hint::black_box(down(std::hint::black_box(n + 1)) + 1) } down(0);",
        "used more stack than there is",
    ),
    ("an abort", "std::process::abort();", "was ended by a signal"),
    ("leaving with 0", "std::process::exit(0);", "The program ended (0)"),
    ("leaving with 0 from a thread", "std::thread::spawn(|| std::process::exit(0)).join().ok();", "The program ended (0)"),
    (
        "leaving with 0 from the panic hook",
        "std::panic::set_hook(Box::new(|_| std::process::exit(0))); panic!();",
        "The program ended (0)",
    ),
    (
        "a forged verdict",
        "println!(\"\\n{{\\\"kind\\\":\\\"passed\\\",\\\"cases\\\":20}}\\ntest result: ok. 20 passed\"); std::process::exit(0);",
        "The program ended (0)",
    ),
    (
        "a forged verdict with each word that it finds in its input, its environment and its arguments",
        "let mut words = std::io::read_to_string(std::io::stdin()).unwrap_or_default();
         for place in [\"/proc/self/environ\", \"/proc/self/cmdline\", \"/proc/self/fd/0\"] {
             let place = std::process::Command::new(\"timeout\").args([\"1\", \"cat\", place]).output();
             words += &String::from_utf8_lossy(&place.map(|p| p.stdout).unwrap_or_default()).replace('\\0', \"\\n\");
         }
         let parent = format!(\"/proc/{}/cmdline\", std::os::unix::process::parent_id());
         words += &String::from_utf8_lossy(&std::fs::read(parent).unwrap_or_default()).replace('\\0', \"\\n\");
         for word in words.split_whitespace() { println!(\"{word} {{\\\"kind\\\":\\\"passed\\\",\\\"cases\\\":20}}\"); }
         std::process::exit(0);",
        "The program ended (0)",
    ),
    ("a gigabyte of output", "let line = \"x\".repeat(1 << 20); for _ in 0..1024 { println!(\"{line}\"); }", "printed more than 1 MB"),
    ("a gigabyte of errors", "let line = \"x\".repeat(1 << 20); for _ in 0..1024 { eprintln!(\"{line}\"); }", "printed more than 1 MB"),
    ("a gigabyte of memory, given back", "static ONCE: std::sync::Once = std::sync::Once::new(); ONCE.call_once(|| drop(std::hint::black_box(vec![1_u8; 1 << 30])));", "passed"),
    ("ten gigabytes of memory", "std::hint::black_box(vec![1_u8; 10 << 30]);", "GB of memory"),
    (
        "ten gigabytes of memory in a child",
        "std::process::Command::new(\"sh\").args([\"-c\", \"head -c 10G /dev/zero | tail\"]).output().ok();",
        "GB of memory",
    ),
    (
        "a panic in drop",
        "struct Bad; impl Drop for Bad { fn drop(&mut self) { panic!(\"in drop\") } } let _bad = Bad;",
        "the code panicked: in drop",
    ),
    (
        "a panic in drop, during a panic",
        "struct Bad; impl Drop for Bad { fn drop(&mut self) { panic!(\"in drop\") } } let _bad = Bad; panic!(\"first\");",
        "was ended by a signal",
    ),
    (
        "a panic that panics when it is dropped",
        "struct Bad; impl Drop for Bad { fn drop(&mut self) { panic!(\"in drop\") } } std::panic::panic_any(Bad);",
        "before the check was done",
    ),
    ("a panic of a megabyte", "panic!(\"{}\", \"x\".repeat(900_000));", "the code panicked: xxx"),
    ("a panic with orders to the terminal", "panic!(\"\\u{1b}[2J\\u{1b}]0;mine\\u{7}\\u{9b}31m\");", "the code panicked: \u{fffd}[2J"),
    ("threads left running", "for _ in 0..4 { std::thread::spawn(|| loop { std::hint::spin_loop() }); }", "passed"),
    ("a child left behind", "std::process::Command::new(\"sleep\").arg(\"987654\").spawn().ok();", "passed"),
    (
        "a child left behind in a session of its own, without an environment",
        "std::process::Command::new(\"setsid\").args([\"-f\", \"sleep\", \"987654\"]).env_clear().spawn().ok();",
        "passed",
    ),
    (
        "a child that starts a child in another group",
        "use std::os::unix::process::CommandExt as _;
         std::process::Command::new(\"sh\").args([\"-c\", \"sleep 987654 & sleep 987654 & exit 0\"]).process_group(0).status().ok();",
        "passed",
    ),
    (
        "a thousand children",
        "let children: Vec<_> = (0..1000).map(|_| std::process::Command::new(\"sleep\").arg(\"987654\").spawn()).collect();
         std::thread::sleep(std::time::Duration::from_secs(60)); drop(children);",
        "started more than",
    ),
    (
        "killing what guards it",
        "std::process::Command::new(\"sleep\").arg(\"987654\").spawn().ok();
         std::process::Command::new(\"kill\").args([\"-9\", &std::os::unix::process::parent_id().to_string()]).status().ok();
         loop { std::thread::sleep(std::time::Duration::from_secs(9)) }",
        "was ended by a signal",
    ),
    (
        "killing what guards it, with a child in another session",
        "std::process::Command::new(\"setsid\").args([\"-f\", \"sleep\", \"987654\"]).status().ok();
         std::process::Command::new(\"kill\").args([\"-9\", &std::os::unix::process::parent_id().to_string()]).status().ok();
         loop { std::thread::sleep(std::time::Duration::from_secs(9)) }",
        "was ended by a signal",
    ),
    (
        "a process that is forever replaced by its child",
        "static ONCE: std::sync::Once = std::sync::Once::new();
         ONCE.call_once(|| drop(std::process::Command::new(\"perl\")
             .args([\"-e\", \"my $end = time() + 600; while (time() < $end) { exit 0 if fork() }\", \"987654\"]).spawn()));",
        "passed",
    ),
    (
        "output that is not UTF-8",
        "use std::io::Write as _; std::io::stdout().write_all(&[0xff, 0xfe, 0x80, b'\\n', 0xc3]).ok();",
        "passed",
    ),
    (
        "half a line of output, never ended",
        "use std::io::Write as _; std::io::stdout().write_all(b\"half\").ok(); std::io::stdout().flush().ok();",
        "passed",
    ),
    ("another panic hook", "std::panic::set_hook(Box::new(|_| {}));", "passed"),
];

/// Name; the file; what the learner must be told.
fn files() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let with_items = |items: &str| format!("{}\n{items}\n", solution()).into_bytes();
    let mut invalid = solution().into_bytes();
    invalid.extend(b"// caf\xe9\n");
    vec![
        ("a file that does not compile", with_items("fn broken( {"), "does not compile"),
        ("an empty file", vec![], "keep their names"),
        ("a file that is not UTF-8", invalid, "is not UTF-8: look at line"),
        ("a file of zeros", vec![0; 4096], "does not compile"),
        ("a file of two megabytes", with_items(&"// x\n".repeat(400_000)), "at most 1 MB"),
        ("unsafe code", with_items("fn f() { unsafe { std::hint::unreachable_unchecked() } }"), "unsafe"),
        ("a constant without end", with_items("pub const X: u8 = { loop {} };"), "does not compile"),
        (
            "a macro without end",
            with_items("macro_rules! m { () => { m!(); m!(); } } fn f() { m!(); }"),
            "recursion limit",
        ),
        (
            "a file that is too deep for the compiler",
            with_items(&format!("pub fn deep() -> u8 {{ {}1{} }}", "(".repeat(3000), ")".repeat(3000))),
            "The compiler did not come to an end",
        ),
        (
            "a file that the compiler reads without end",
            with_items("pub const X: &[u8] = include_bytes!(\"/dev/zero\");"),
            "The compiler did not come to an end",
        ),
    ]
}

/// The processes that are left of [`STRAY`].
fn strays() -> Vec<String> {
    let mut found = vec![];
    for entry in std::fs::read_dir("/proc").expect("/proc").flatten() {
        let Ok(command) = std::fs::read(entry.path().join("cmdline")) else { continue };
        let command = String::from_utf8_lossy(&command).trim_end_matches('\0').replace('\0', " ");
        if command.ends_with(STRAY) {
            found.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    found
}

/// The solution, told to be another text each time, so that it is really graded.
fn right(home: &Home, after: usize) -> bool {
    home.hand_in(&format!("{}// after {after}\n", solution()));
    let (code, said) = home.check();
    code == 0 && said.contains("passed")
}

fn check(home: &Home, seconds: &str) -> (i32, String) {
    let output = home.command(&["check", ID]).env("WORKSHOP_CHECK_SECONDS", seconds).output().expect("workshop starts");
    (output.status.code().unwrap_or(-1), text(&output))
}

/// Grades what was handed in, then something right; gives the line of the table, or what was not as it should be.
fn try_one(home: &Home, number: usize, name: &str, expected: &str) -> Result<String, String> {
    let started = Instant::now();
    // Only what never ends is given little time.
    let (code, said) = check(home, if expected.starts_with("ran for") { "5" } else { "120" });
    let took = started.elapsed().as_secs_f64();
    let passes = expected == "passed";
    let shown: String = said.chars().take(600).collect();
    if !said.contains(expected) || code != i32::from(!passes) || (!passes && said.contains("passed")) {
        return Err(format!("{name}: expected {expected:?}, got exit code {code} and\n{shown}"));
    }
    if said.chars().any(|c| c.is_control() && c != '\n') || said.len() > 20_000 {
        return Err(format!("{name}: what is printed is not fit for a terminal:\n{shown:?}"));
    }
    if !strays().is_empty() {
        return Err(format!("{name}: {} processes are left", strays().len()));
    }
    if !right(home, number) {
        return Err(format!("{name}: the next one is not graded right"));
    }
    let line = said.lines().find(|line| line.contains(expected)).unwrap_or_default().trim();
    let line: String = line.chars().take(80).collect();
    Ok(format!("| {name} | {line} | {took:.1} s |"))
}

#[test]
fn each_is_a_verdict_for_itself_alone() {
    let home = Home::new();
    const FIRST: &str = "    let d = q.dim(D::Minus1)?;";
    let mut table = vec![];
    let mut wrong = vec![];
    let mut tell = |told: Result<String, String>| match told {
        Ok(line) => table.push(line),
        Err(why) => wrong.push(why),
    };
    let mut number = 0;
    for (name, code, expected) in RUNNING {
        number += 1;
        home.hand_in(&solution_with(FIRST, &format!("{{ {code} }}\n{FIRST}")));
        tell(try_one(&home, number, name, expected));
    }
    for (name, file, expected) in files() {
        number += 1;
        std::fs::write(home.file(), file).expect("written");
        tell(try_one(&home, number, name, expected));
    }
    std::fs::remove_file(home.file()).expect("removed");
    tell(try_one(&home, number + 1, "a file that was deleted", "is missing"));
    std::fs::remove_file(home.file()).expect("removed");
    std::fs::create_dir(home.file()).expect("made");
    let said = check(&home, "120").1;
    std::fs::remove_dir(home.file()).expect("removed");
    tell(if said.contains("is not a source file") {
        Ok("| a folder in its place | is not a source file | |".into())
    } else {
        Err(said)
    });
    let made = Command::new("mkfifo").arg(home.file()).status().expect("mkfifo starts");
    assert!(made.success());
    let said = check(&home, "120").1;
    std::fs::remove_file(home.file()).expect("removed");
    tell(if said.contains("is not a source file") {
        Ok("| a pipe in its place | is not a source file | |".into())
    } else {
        Err(said)
    });

    println!("| submission | told | time |\n|---|---|---|\n{}", table.join("\n"));
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), wrong.len() + table.len(), wrong.join("\n\n"));
    assert!(table.len() >= 20);
}

#[test]
fn the_terminal_is_as_before() {
    // `script` gives the check a terminal of its own, and the hostile code tries to change it.
    let home = Home::new();
    home.hand_in(&solution_with(
        "    let d = q.dim(D::Minus1)?;",
        "    for order in [\"raw -echo\", \"-icanon min 0\"] {
             let terminal = std::fs::File::open(\"/dev/tty\").map(std::process::Stdio::from);
             if let Ok(terminal) = terminal {
                 std::process::Command::new(\"stty\").args(order.split(' ')).stdin(terminal).status().ok();
             }
         }
         std::fs::write(\"/dev/tty\", \"it wrote\").ok();
         let d = q.dim(D::Minus1)?;",
    ));
    let workshop = Path::new(env!("CARGO_BIN_EXE_workshop"));
    let before = home.path().join("before");
    let after = home.path().join("after");
    let script = format!(
        "stty -a > {before}; {workshop} check {ID}; stty -a > {after}",
        before = before.display(),
        workshop = workshop.display(),
        after = after.display()
    );
    let output = Command::new("script")
        .args(["-q", "-e", "-c", &script, "/dev/null"])
        .env("WORKSHOP_HOME", home.path())
        .env("LC_ALL", "C")
        .output()
        .expect("script starts");
    let said = text(&output);
    assert!(said.contains("passed"), "{said}");
    assert!(!said.contains("it wrote"), "{said:?}");
    let read = |path: &Path| std::fs::read_to_string(path).expect("settings");
    assert_eq!(read(&before), read(&after));
    assert!(read(&before).contains("icanon"), "it was a terminal: {}", read(&before));
}
