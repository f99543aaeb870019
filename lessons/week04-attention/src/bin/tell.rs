//! A story, told by a trained model on this week's pieces: `workshop run week04 tell`.

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::{Result, anyhow};
use clap::Parser;
use week00_workbench::device;
use week04_attention::stories::{START, Stories};
use workshop_base::text::Catalogue;
use workshop_base::tr;

/// Tells a story with a small trained model, always taking the most likely next token.
#[derive(Parser)]
struct Args {
    /// How it begins, in English; without it, the model begins by itself
    beginning: Option<String>,
    /// How many tokens to tell at most
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..))]
    tokens: u32,
}

fn main() -> ExitCode {
    workshop_base::run(tell)
}

fn tell() -> Result<()> {
    let Args { beginning, tokens } = Args::parse();
    let text = Catalogue::from_env();
    let device = device().map_err(|error| anyhow!(error.say(&text)))?;
    let model = Stories::load(&device).map_err(|error| anyhow!(error.say(&text)))?;
    let ids = match &beginning {
        Some(beginning) => model.encode(beginning).map_err(|error| anyhow!(error.say(&text)))?,
        None => vec![START],
    };
    println!(
        "{}\n",
        tr!(
            text,
            "Device {name}, numbers f32; the most likely token each time, so no seed",
            name = device::name(&device)
        )
    );
    let mut decoder = model.decoder();
    for id in &ids {
        write_now(&decoder.push(*id));
    }
    let mut told = 0;
    for id in model.tell(&ids).take(tokens as usize) {
        // What was told so far stays above the error.
        let id = id.inspect_err(|_| println!("{}\n", decoder.end())).map_err(|error| anyhow!(error.say(&text)))?;
        write_now(&decoder.push(id));
        told += 1;
    }
    println!("{}\n", decoder.end());
    if told < tokens {
        println!("{}", tr!(text, "{n} tokens told; then the model chose <s>, which ends a story", n = told));
    } else {
        println!("{}", tr!(text, "{n} tokens told, as many as --tokens allows", n = told));
    }
    Ok(())
}

/// Without waiting for the end of the line: a story is read while it is told.
fn write_now(text: &str) {
    print!("{text}");
    // Where this cannot be written, the next `print!` says so.
    let _ = std::io::stdout().flush();
}
