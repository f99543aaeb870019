//! The pieces of Week 4, solved: what every exercise of the week is made from.
//!
//! The lesson crate `week04-attention` assembles them; `workshop author stubs` takes the regions between `SOLUTION` and
//! `END` out and writes what is left to `exercises/week04-attention`.

pub mod scaled_dot_product;
