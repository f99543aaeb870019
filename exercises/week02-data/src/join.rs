//! Left join: rows of one table beside the rows of another that have the same key.
//!
//! In pandas: `left.merge(right, on=key, how="left")`; in SQL: `LEFT JOIN .. ON ..`. Which columns stand beside each other
//! is left to the caller: the result is pairs of row numbers.

use std::collections::BTreeMap;

/// Pairs of row numbers: every row of `left` in order, with each row of `right` that has the same key, in order, or with
/// `None`.
///
/// ```
/// use ex02_data::join::left_join;
/// let passengers = ["S", "Q"].map(String::from);
/// let ports = ["C", "S", "S"].map(String::from); // one port stands there twice
/// assert_eq!(left_join(&passengers, &ports), [(0, Some(1)), (0, Some(2)), (1, None)]);
/// ```
pub fn left_join(left: &[String], right: &[String]) -> Vec<(usize, Option<usize>)> {
    todo!("every row of the left table with all rows of the right table that have its key, or with none")
}
