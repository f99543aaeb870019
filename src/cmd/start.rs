//! `workshop start`: the book, live.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};
use tokio::sync::watch;
use workshop_base::text::Catalogue;
use workshop_base::tr;

use crate::artifacts::Progress;
use crate::book;
use crate::course::Course;
use crate::machine;
use crate::progress::{self, State};
use crate::serve::{self, App, Hosts, Lessons};
use crate::update;

#[derive(clap::Args)]
pub(super) struct Args {
    /// The port to serve on
    #[arg(long, default_value_t = 4040)]
    port: u16,
    /// Do not open a browser
    #[arg(long)]
    no_open: bool,
    /// A name under which a forwarded port is reached, as the browser shows it: localhost:5050, name.example.org
    #[arg(long, value_name = "HOST")]
    allow_host: Vec<String>,
}

pub(super) fn execute(args: &Args, text: &Catalogue) -> Result<ExitCode> {
    super::block_on_to_the_end(start(args, text))
}

async fn start(args: &Args, text: &Catalogue) -> Result<ExitCode> {
    let started = Instant::now();
    if let Err(error) = Hosts::new(args.port, &args.allow_host, text) {
        return Ok(super::wrong_usage(&error));
    }
    let course = Course::read()?;
    environment(&course, text);
    update::remember_stubs(&workshop_base::home(), &course)?;
    let listener =
        tokio::net::TcpListener::bind(("127.0.0.1", args.port)).await.map_err(|error| match error.kind() {
            std::io::ErrorKind::AddrInUse => anyhow!(tr!(
                text,
                "port {port} is taken: choose another with --port, or end the program that uses it",
                port = args.port
            )),
            _ => anyhow!(tr!(text, "port {port} cannot be used: {error}", port = args.port, error = error)),
        })?;
    let port = listener.local_addr()?.port();

    let folder = workshop_base::kept().join("book");
    book::build(&course, &folder)?;
    let pages = course.pages.len();
    println!(
        "{}",
        tr!(text, "The book is built: {pages} pages, {seconds} s.", pages = pages, seconds = seconds(started))
    );

    let states = progress::states(&course)?;
    let passed = states.iter().filter(|(_, state)| *state == State::Passed).count();
    println!("{}", tr!(text, "{passed} of {total} exercises passed", passed = passed, total = states.len()));

    let (sender, lessons) = watch::channel(Lessons::Building(Progress::default()));
    let hosts = Hosts::new(port, &args.allow_host, text)?;
    let app = Arc::new(App::new(course, folder, lessons, text.lang(), hosts)?);
    let url = format!("http://127.0.0.1:{port}/{}/", text.lang());
    println!("{}", tr!(text, "Read it at {url} (Ctrl-C ends it)", url = url));
    for host in &args.allow_host {
        println!(
            "{}",
            tr!(
                text,
                "Also answered: {host}. Whoever can open that address can run programs as you on this machine: keep the forwarded port to yourself.",
                host = host
            )
        );
    }
    if !args.no_open && has_display() && open::that_detached(&url).is_err() {
        println!("{}", tr!(text, "No browser could be opened: open that address yourself."));
    }
    let server = tokio::spawn(serve::serve(app.clone(), listener));
    let speak = text.clone();
    tokio::task::spawn_blocking(move || build_lessons(&sender, &speak));
    tokio::select! {
        ended = server => ended.context("the server stopped")??,
        () = super::interrupted() => println!(),
    }
    // What the reader's cell was doing ends with the program.
    let _ = tokio::time::timeout(Duration::from_secs(5), app.stop_all()).await;
    // The build, if it still runs, is Cargo's own process: it goes on where it was at the next start.
    std::process::exit(0)
}

/// Builds the lessons while the reader already reads, telling the terminal and the page how far it is.
fn build_lessons(sender: &watch::Sender<Lessons>, text: &Catalogue) {
    let started = Instant::now();
    let built = super::build_and_tell(text, &[], |progress| {
        sender.send_replace(Lessons::Building(progress));
    });
    match built {
        Ok(build) => {
            println!(
                "{}",
                tr!(
                    text,
                    "The lessons are built: {seconds} s. Cells and exercises run now.",
                    seconds = seconds(started)
                )
            );
            sender.send_replace(Lessons::Ready(Arc::new(build)));
        }
        Err(error) => {
            eprintln!("{}\n{error:#}", tr!(text, "The lessons could not be built:"));
            sender.send_replace(Lessons::Failed(format!("{error:#}")));
        }
    }
}

/// Says what the machine has and what the course will need of it.
fn environment(course: &Course, text: &Catalogue) {
    let (cores, memory) = (machine::cores(), machine::memory_mb());
    println!(
        "{}",
        tr!(
            text,
            "This machine: {cores} cores, {memory} GB of memory.",
            cores = cores,
            memory = machine::gigabytes(memory)
        )
    );
    if memory < machine::MEMORY_MB {
        println!(
            "{}",
            tr!(text, "The course is made for 8 GB of memory: close other programs while the lessons build.")
        );
    }
    let needed = machine::disk_needed();
    match machine::free_disk(&course.root).map(|bytes| bytes >> 20) {
        Some(free) if free < machine::DISK_MB => println!(
            "{}",
            tr!(
                text,
                "The lessons need {needed} GB of disk, and {free} GB are free: make room first.",
                needed = needed,
                free = machine::tenths_of_gigabytes(free)
            )
        ),
        _ => println!(
            "{}",
            tr!(
                text,
                "The lessons need {needed} GB of disk; the first build takes a few minutes, while you read.",
                needed = needed
            )
        ),
    }
}

fn has_display() -> bool {
    !cfg!(target_os = "linux") || ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some())
}

fn seconds(since: Instant) -> String {
    format!("{:.1}", since.elapsed().as_secs_f64())
}
