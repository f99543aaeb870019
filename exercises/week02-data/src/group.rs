//! Group means: how a column differs between groups.
//!
//! Split the rows by a key, apply a summary to each part, put the results together: Wickham (2011), "The
//! Split-Apply-Combine Strategy for Data Analysis", §1. In pandas: `table.groupby(key)[column].agg(["size", "mean"])`.

use std::collections::BTreeMap;

/// For each key, in sorted order: the key, how many rows have it, and the mean of their known values; `None` where none
/// is known.
///
/// `values[i]` belongs to `keys[i]`. A row without a value counts as a row; it takes no part in the mean.
///
/// ```
/// use ex02_data::group::group_mean;
/// let ports = ["S", "C", "S"].map(String::from);
/// let means = group_mean(&ports, &[Some(20.0), None, Some(30.0)]);
/// assert_eq!(means, [("C".to_string(), 1, None), ("S".to_string(), 2, Some(25.0))]);
/// ```
pub fn group_mean(keys: &[String], values: &[Option<f64>]) -> Vec<(String, usize, Option<f64>)> {
    todo!("for each key in sorted order, its rows counted and its known values averaged")
}
