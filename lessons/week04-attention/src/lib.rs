//! Week 4: attention.
//!
//! The pieces come from `sol04-attention` (or, with `--mine`, from your own files) and are re-exported here:
//! [`scaled_dot_product`]. What stands beside them:
//!
//! - [`naive`]: the same attention as three loops, which the fast form is tested against
//! - [`stories`]: reading a small trained model; borrowed from Weeks 3 and 5
//! - the program `attend`: attention weights on a sentence of your choice

pub use sol04_attention::scaled_dot_product;

pub mod naive;
pub mod stories;
