//! Attention weights of a trained model on a sentence: `workshop run week04 attend`.

use std::process::ExitCode;

use anyhow::{Result, anyhow, bail};
use candle_core::Tensor;
use clap::Parser;
use week00_workbench::{Show as _, device, plot};
use week04_attention::stories::{Stories, StoriesError};
use workshop_base::text::Catalogue;
use workshop_base::tr;

/// How many tokens are shown: their table still fits a screen.
const SHOWN: usize = 48;

/// Shows which tokens of a sentence look at which, in one head of a small trained model.
#[derive(Parser)]
struct Args {
    /// An English sentence of the kind the model was trained on
    #[arg(default_value = "Lily had a red ball. She loved the ball.")]
    sentence: String,
    /// The layer to show, counted from 0
    #[arg(long, default_value_t = 0)]
    layer: usize,
    /// The head to show, counted from 0
    #[arg(long, default_value_t = 2)]
    head: usize,
}

fn main() -> ExitCode {
    workshop_base::run(attend)
}

fn attend() -> Result<()> {
    let Args { sentence, layer, head } = Args::parse();
    let text = Catalogue::from_env();
    let device = device().map_err(|error| anyhow!(error.say(&text)))?;
    let model = Stories::load(&device).map_err(|error| anyhow!(error.say(&text)))?;
    let (layers, heads) = (model.config.layers, model.config.heads);
    if layer >= layers {
        bail!(StoriesError::NoLayer { layer, layers }.say(&text));
    }
    if head >= heads {
        bail!(tr!(text, "there is no head {head}: the model has {heads}, counted from 0", head = head, heads = heads));
    }
    let ids = model.encode(&sentence).map_err(|error| anyhow!(error.say(&text)))?;
    let tokens = model.pieces(&ids);
    let maps = model.attention_maps(&ids).map_err(|error| anyhow!(error.say(&text)))?; // of each layer (H, T, T)
    let weights = maps[layer].get(head)?; // (T, T)

    let (name, dtype) = (device::name(&device), weights.dtype().as_str());
    println!(
        "{}",
        tr!(text, "Device {name}, numbers {dtype}; nothing is drawn, so no seed", name = name, dtype = dtype)
    );
    println!("{}", tr!(text, "Layer {layer}, head {head}: where each token looks most", layer = layer, head = head));
    let first = ids.len().saturating_sub(SHOWN);
    if first > 0 {
        println!("{}", tr!(text, "Of the {n} tokens, the last {shown} are shown", n = ids.len(), shown = SHOWN));
    }
    let rows = weights.to_vec2::<f32>()?;
    let shown = &tokens[first..];
    let width = tokens.iter().map(|token| token.chars().count()).max().unwrap_or(0);
    for (token, row) in shown.iter().zip(&rows[first..]) {
        let mut order: Vec<usize> = (0..row.len()).collect();
        order.sort_by(|a, b| row[*b].total_cmp(&row[*a]));
        let most: Vec<String> =
            order.iter().take(3).filter(|j| row[**j] > 0.0).map(|j| format!("{} {:.2}", tokens[*j], row[*j])).collect();
        println!("  {token:>width$}  {}", most.join("   "));
    }
    let title = tr!(text, "Attention weights of layer {layer}, head {head}", layer = layer, head = head);
    let last = |weights: &Tensor, dim| weights.narrow(dim, first, shown.len());
    plot::heatmap(&title, shown, shown, &last(&last(&weights, 0)?, 1)?)?.show()
}
