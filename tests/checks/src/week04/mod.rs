//! Week 4: attention.

pub mod flash_tile;
pub mod online_softmax;
pub mod scaled_dot_product;
