//! Week 4: attention.

pub mod rope;
pub mod scaled_dot_product;
pub mod sinusoidal;
