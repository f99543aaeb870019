//! Week 4: attention.

pub mod scaled_dot_product;
