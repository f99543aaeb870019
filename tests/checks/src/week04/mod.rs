//! Week 4: attention.

pub mod masks;
pub mod scaled_dot_product;
pub mod softmax;
