//! Week 4: attention.

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

use crate::Listed;

/// The checks in the order of the course.
pub(crate) fn all() -> Vec<Box<dyn Listed>> {
    checks![
        softmax,
        scaled_dot_product,
        masks,
        heads,
        multi_head,
        sinusoidal,
        rope,
        grouped_query,
        cache_size,
        latent,
        online_softmax,
        flash_tile,
    ]
}
