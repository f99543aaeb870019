//! `workshop run`: a lesson's program, on our pieces or, with `--mine`, on the learner's.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, anyhow, bail};
use clap::ValueEnum;
use workshop_base::sources::{DEVICE_ENV, MINE_ENV};
use workshop_base::text::{Catalogue, LANG_ENV};
use workshop_base::tr;

use crate::artifacts::Build;
use crate::course::{Course, Week};
use crate::journal::{self, Event};
use crate::machine;
use crate::mine::{self, Mine};
use crate::process::Stop;

#[derive(clap::Args)]
pub(super) struct Args {
    /// The week, such as week04
    week: String,
    /// The program; without it, the week's programs are listed
    program: Option<String>,
    /// Run on your own pieces where they pass, on ours where not
    #[arg(long)]
    mine: bool,
    /// Compute on this device; without it, on the one that WORKSHOP_DEVICE names, else on the processor
    #[arg(long, value_enum, ignore_case = true)]
    device: Option<Device>,
    /// What to hand to the program
    #[arg(last = true)]
    args: Vec<String>,
}

/// Where the program's tensors are computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Device {
    Cpu,
    Cuda,
    Metal,
}

impl Device {
    /// The name that the program reads, which is also the feature that the lesson's crate is built with.
    fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Cuda => "cuda",
            Self::Metal => "metal",
        }
    }

    /// What is missing here to build for it.
    fn missing(self, text: &Catalogue) -> Option<String> {
        match self {
            Self::Cuda if machine::nvcc().is_none() => Some(tr!(
                text,
                "--device cuda needs NVIDIA's CUDA toolkit to build the lessons, and nvcc is neither on PATH nor in CUDA_HOME: install it from https://developer.nvidia.com/cuda-downloads, or run on the processor"
            )),
            Self::Metal if !cfg!(target_os = "macos") => {
                Some(tr!(text, "--device metal is for Apple's machines: leave it out to run on the processor"))
            }
            _ => None,
        }
    }
}

pub(super) fn execute(args: &Args, text: &Catalogue) -> Result<ExitCode> {
    let course = Course::read()?;
    let week = match super::week(&course, &args.week, text) {
        Ok(week) => week,
        Err(error) => return Ok(super::wrong_usage(&error)),
    };
    let known = programs(&course, week)?;
    let Some(name) = &args.program else {
        if known.is_empty() {
            println!("{}", tr!(text, "{week} has no programs.", week = week.short()));
            return Ok(ExitCode::SUCCESS);
        }
        println!("{}", tr!(text, "Programs of {week}:", week = week.short()));
        known.iter().for_each(|name| println!("  {name}"));
        return Ok(ExitCode::SUCCESS);
    };
    if !known.contains(name) {
        let (week, known) = (week.short(), known.join(", "));
        return Ok(super::wrong_usage(&anyhow!(tr!(
            text,
            "{week} has no program {name}: it has {known}",
            week = week,
            name = name,
            known = known
        ))));
    }
    // What the program would read from the environment, it must be built for.
    let named = || Device::from_str(&std::env::var(DEVICE_ENV).ok()?, true).ok();
    let elsewhere = args.device.or_else(named).filter(|device| *device != Device::Cpu);
    if args.mine && elsewhere.is_some() {
        return Ok(super::wrong_usage(&anyhow!(tr!(
            text,
            "--mine runs on the processor: leave out --device, or --mine"
        ))));
    }
    if let Some(missing) = elsewhere.and_then(|device| device.missing(text)) {
        bail!(missing);
    }
    let program = match elsewhere {
        Some(device) => {
            let feature = format!("{}/{}", week.folder, device.name());
            super::build_and_tell(text, &["--package", &week.folder, "--features", &feature], |_| {})?.program(name)?
        }
        None => {
            let build = super::build(text)?;
            if args.mine { super::block_on(mine(&course, &build, week, name, text))? } else { build.program(name)? }
        }
    };
    journal::note(&Event::Program { week: week.short().to_owned(), name: name.clone(), mine: args.mine })?;
    let mut command = std::process::Command::new(&program);
    if args.mine {
        command.env(MINE_ENV, "1");
    }
    if let Some(device) = args.device {
        command.env(DEVICE_ENV, device.name());
    }
    // An error is a sentence; a panic still shows where it came from.
    command.args(&args.args).env(LANG_ENV, text.lang()).env("RUST_LIB_BACKTRACE", "0");
    super::become_program(command)
}

fn programs(course: &Course, week: &Week) -> Result<Vec<String>> {
    let folder = course.root.join("lessons").join(&week.folder).join("src").join("bin");
    if !folder.is_dir() {
        return Ok(vec![]);
    }
    let mut names: Vec<String> = std::fs::read_dir(folder)?
        .filter_map(|entry| Some(entry.ok()?.file_name().to_str()?.strip_suffix(".rs")?.to_owned()))
        .collect();
    names.sort();
    Ok(names)
}

/// The program compiled on the learner's green pieces, saying which they are.
async fn mine(course: &Course, build: &Build, week: &Week, name: &str, text: &Catalogue) -> Result<PathBuf> {
    let (_keep, stop) = Stop::new();
    let bar = super::waiting(tr!(text, "checking your pieces"));
    let mine = Mine::of(course, build, &week.folder, text, stop.clone()).await;
    bar.finish_and_clear();
    let mine = mine?;
    for id in &mine.yours {
        println!("{}", tr!(text, "{id}: yours", id = id));
    }
    for id in &mine.ours {
        println!("{}", tr!(text, "{id}: ours (yours has not passed)", id = id));
    }
    if mine.is_ours() {
        return build.program(name);
    }
    println!();
    mine::program(course, build, &week.folder, name, &mine, text, stop).await
}
