//! The pieces of Week 4, solved: what every exercise of the week is made from.
//!
//! The lesson crate `week04-attention` assembles them; `workshop author stubs` takes the regions between `SOLUTION` and
//! `END` out and writes what is left to `exercises/week04-attention`.

pub mod cache_size;
pub mod flash_tile;
pub mod grouped_query;
pub mod heads;
pub mod latent;
pub mod masks;
pub mod multi_head;
pub mod online_softmax;
pub mod rope;
pub mod scaled_dot_product;
pub mod sinusoidal;
pub mod softmax;
