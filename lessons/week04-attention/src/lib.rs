//! Week 4: attention.
//!
//! The pieces come from `sol04-attention` (or, with `--mine`, from your own files) and are re-exported here. What stands
//! beside them:
//!
//! - [`naive`]: attention as loops, which the fast forms are tested against
//! - [`models`]: the sizes of published models
//! - [`latent_layer`]: a whole layer of DeepSeek's latent attention
//! - [`flash`]: attention tile by tile, without ever holding the table of scores
//! - [`stories`]: a small trained model, assembled from the pieces
//! - [`telling`]: its story, token by token
//! - [`borrowed`]: what it needs from Weeks 3 and 5; `model_file`, the reader of its file, stands beside it
//! - [`error`]: why it cannot be used
//! - [`saturation`]: an experiment, how wide a head may be before attention saturates
//! - the programs `attend`, attention weights on a sentence of your choice; `tell`, a story; `saturation`, which fills in
//!   the report of that experiment

/// A layer of candle's, a matrix and perhaps a bias, and how it is applied: the pages' cells name them from here.
pub use candle_nn::{Linear, Module};
pub use sol04_attention::{
    cache_size, flash_tile, grouped_query, heads, latent, masks, multi_head, online_softmax, rope, scaled_dot_product,
    sinusoidal, softmax,
};

pub mod borrowed;
pub mod error;
pub mod flash;
pub mod latent_layer;
mod model_file;
pub mod models;
pub mod naive;
pub mod saturation;
pub mod stories;
pub mod telling;
