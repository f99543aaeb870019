//! Week 4: attention.

pub mod flash_tile;
pub mod heads;
pub mod multi_head;
pub mod online_softmax;
pub mod rope;
pub mod scaled_dot_product;
pub mod sinusoidal;
