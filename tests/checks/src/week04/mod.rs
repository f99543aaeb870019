//! Week 4: attention.

pub mod cache_size;
pub mod grouped_query;
pub mod latent;
pub mod rope;
pub mod scaled_dot_product;
pub mod sinusoidal;
