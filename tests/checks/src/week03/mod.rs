//! The checks of Week 3.

pub mod borders;
pub mod fertility;
