//! Week 4: attention.

pub mod heads;
pub mod multi_head;
pub mod scaled_dot_product;
