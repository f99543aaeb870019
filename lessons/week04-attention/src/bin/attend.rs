//! Attention weights of a trained model on a sentence: `workshop run week04 attend`.

use std::process::ExitCode;

use anyhow::{Result, anyhow, bail};
use candle_core::{DType, Tensor};
use clap::Parser;
use week00_workbench::{Show as _, device, plot};
use week04_attention::scaled_dot_product::attention_weights;
use week04_attention::stories::Stories;
use workshop_base::text::Catalogue;
use workshop_base::tr;

/// Shows which tokens of a sentence look at which, in the first layer of a small trained model.
#[derive(Parser)]
struct Args {
    /// An English sentence of the kind the model was trained on
    #[arg(default_value = "Lily had a red ball. She loved the ball.")]
    sentence: String,
    /// The head to show, counted from 0
    #[arg(long, default_value_t = 2)]
    head: usize,
}

fn main() -> ExitCode {
    workshop_base::end_quietly_on_a_closed_pipe();
    match attend() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::from(1)
        }
    }
}

fn attend() -> Result<()> {
    let Args { sentence, head } = Args::parse();
    let text = Catalogue::from_env();
    let device = device().map_err(|error| anyhow!(error.say(&text)))?;
    let model = Stories::load(&device).map_err(|error| anyhow!(error.say(&text)))?;
    let heads = model.config.heads;
    if head >= heads {
        bail!(tr!(text, "there is no head {head}: the model has {heads}, counted from 0", head = head, heads = heads));
    }
    let ids = model.encode(&sentence).map_err(|error| anyhow!(error.say(&text)))?;
    let tokens = model.pieces(&ids);
    let x = model.embed(0, &ids)?; // (T, C)
    let (q, k) = (model.queries(0, &x)?, model.keys(0, &x)?); // (H, T, D)
    let t = ids.len();
    let mask = Tensor::tril2(t, DType::U8, &device)?; // a token may look at itself and back
    let weights = attention_weights(&q, &k, Some(&mask))?.get(head)?; // (T, T)

    let (name, dtype) = (device::name(&device), weights.dtype().as_str());
    println!(
        "{}",
        tr!(text, "Device {name}, numbers {dtype}; nothing is drawn, so no seed", name = name, dtype = dtype)
    );
    println!("{}", tr!(text, "Layer 0, head {head}: where each token looks most", head = head));
    let rows = weights.to_vec2::<f32>()?;
    let width = tokens.iter().map(|token| token.chars().count()).max().unwrap_or(0);
    for (token, row) in tokens.iter().zip(&rows) {
        let mut order: Vec<usize> = (0..row.len()).collect();
        order.sort_by(|a, b| row[*b].total_cmp(&row[*a]));
        let most: Vec<String> =
            order.iter().take(3).filter(|j| row[**j] > 0.0).map(|j| format!("{} {:.2}", tokens[*j], row[*j])).collect();
        println!("  {token:>width$}  {}", most.join("   "));
    }
    let title = tr!(text, "Attention weights of layer 0, head {head}", head = head);
    plot::heatmap(&title, &tokens, &tokens, &weights)?.show()
}
