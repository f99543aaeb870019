//! Clusters of duplicates: union-find (Galler & Fischer, 1964).

/// For each of `count` documents, the smallest document that it is connected with through pairs; itself where there is none.
/// A pair of which one is not below `count` connects nothing.
///
/// ```
/// use ex02_data::clusters::clusters;
/// // 4 ~ 1 and 1 ~ 3 make one cluster of three, whose first is 1.
/// assert_eq!(clusters(5, &[(4, 1), (1, 3)]), [0, 1, 2, 1, 1]);
/// ```
pub fn clusters(count: usize, pairs: &[(usize, usize)]) -> Vec<usize> {
    todo!("for each document, the first of its cluster")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_is_one_cluster_in_whatever_order_it_comes() {
        let forward: Vec<(usize, usize)> = (0..999).map(|i| (i, i + 1)).collect();
        let backward: Vec<(usize, usize)> = forward.iter().rev().map(|(a, b)| (*b, *a)).collect();
        assert_eq!(clusters(1000, &forward), vec![0; 1000]);
        assert_eq!(clusters(1000, &backward), vec![0; 1000]);
        assert_eq!(clusters(4, &[(2, 3), (0, 1), (3, 1)]), [0; 4]);
    }

    #[test]
    fn what_is_not_a_document_connects_nothing() {
        assert_eq!(clusters(3, &[(0, 7), (7, 1), (2, 2)]), [0, 1, 2]);
        assert!(clusters(0, &[(0, 1)]).is_empty());
    }
}
