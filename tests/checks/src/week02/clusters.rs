//! The check of `week02/clusters`: connected components by networkx (`tests/reference/week02_clusters.py`).

use std::collections::BTreeMap;

use candle_core::Result;
use serde::Deserialize;
use sol02_data::clusters as ours;
use week00_workbench::fixtures;

use crate::check::{Case, Check};
use crate::observe::Values;

/// The function under test.
pub type Subject = fn(usize, &[(usize, usize)]) -> Vec<usize>;

/// Grades a crate's `clusters`.
#[macro_export]
macro_rules! week02_clusters {
    ($($subject:tt)+) => {
        $crate::week02::clusters::check().grade(&($($subject)+::clusters::clusters as $crate::week02::clusters::Subject))
    };
}

/// How many documents, and which pairs.
#[derive(Debug, Clone)]
pub struct Input {
    count: usize,
    pairs: Vec<(usize, usize)>,
}

/// The check.
pub fn check() -> Check<Input, Subject> {
    let observe = |subject: &Subject, input: &Input, values: &mut Values| measure(&subject, input, values);
    let truth: Subject = ours::clusters;
    Check::new("week02/clusters", truth, observe, flawed)
        .cases(golden())
        .cases(Ok(by_hand()))
        .mistake(
            "one step only",
            "Your documents know their own pairs and not those of their partners. If 1 goes with 2 and 2 with 3, where does 3 belong?",
            "Go on along the pairs until nothing changes: union-find follows the parents up to the root, for both ends of each pair.",
        )
        .mistake(
            "one pass over the pairs",
            "Your result hangs on the order of the pairs. When a pair joins two clusters, who learns of it?",
            "A pair joins all members of both clusters: change the root of one cluster, not only the two documents of the pair.",
        )
        .mistake(
            "parent overwritten",
            "A document that is the larger one of two pairs forgets the first. Whose parent may you set?",
            "Only a root has a parent to give away: find the roots of both documents first, and join these.",
        )
        .mistake(
            "parent instead of root",
            "Some documents get one that has itself an earlier one before it. How far up must you look at the end?",
            "After the last pair, look for the root of every document: its parent may not be one.",
        )
        .mistake(
            "largest instead of smallest",
            "Your clusters are right, and called by their last document. Which one should stay?",
            "When you join two roots, the smaller one stays a root.",
        )
        .mistake(
            "root of the first document",
            "Your clusters are right, and called by one of their documents. Which one should it be?",
            "When you join two roots, the smaller one stays a root, whichever stands first in the pair.",
        )
        .mistake(
            "clusters numbered",
            "Your clusters are right, and called 0, 1, 2. What should they be called by?",
            "Give each document the number of the smallest document of its cluster.",
        )
        .mistake(
            "only pairs in order",
            "A pair that is written from the larger document does nothing. Does (3, 1) say something else than (1, 3)?",
            "A pair has no direction: handle it whichever of the two is smaller.",
        )
        .right("gone through in breadth", in_breadth)
        .right("labels until nothing changes", labels)
}

type Clusters<'a> = &'a dyn Fn(usize, &[(usize, usize)]) -> Vec<usize>;

fn measure(clusters: Clusters<'_>, input: &Input, values: &mut Values) -> Result<()> {
    values.counts("first of each cluster", clusters(input.count, &input.pairs))
}

#[derive(Deserialize)]
struct Golden {
    clusters: Vec<GoldenClusters>,
}

#[derive(Deserialize)]
struct GoldenClusters {
    name: String,
    count: usize,
    pairs: Vec<(usize, usize)>,
    first_of: Vec<usize>,
}

/// What networkx says.
fn golden() -> Result<Vec<Case<Input>>> {
    let golden: Golden = fixtures::json("week02/clusters.json")?;
    let case = |GoldenClusters { name, count, pairs, first_of }: GoldenClusters| {
        let mut values = Values::default();
        values.counts("first of each cluster", first_of)?;
        let name = if pairs.len() <= 5 { format!("{name}: count = {count}, pairs = {pairs:?}") } else { name };
        Ok(Case { name, input: Input { count, pairs }, golden: Some(values) })
    };
    golden.clusters.into_iter().map(case).collect()
}

/// The edges, and a chain that a recursion or a slow search does not survive.
fn by_hand() -> Vec<Case<Input>> {
    let case = |name: &str, count, pairs: Vec<(usize, usize)>| Case {
        name: name.to_owned(),
        input: Input { count, pairs },
        golden: None,
    };
    vec![
        case("no documents", 0, vec![]),
        case("a document with itself", 3, vec![(1, 1), (1, 2)]),
        case("a chain of 20,000 from the back", 20_000, (1..20_000).rev().map(|i| (i - 1, i)).collect()),
    ]
}

/// Clusters with the named mistakes built in.
fn flawed(has: &dyn Fn(&str) -> bool, input: &Input, values: &mut Values) -> Result<()> {
    let clusters = |count: usize, pairs: &[(usize, usize)]| -> Vec<usize> {
        let mut parent: Vec<usize> = (0..count).collect();
        let root = |parent: &[usize], mut document: usize| {
            while parent[document] != document {
                document = parent[document];
            }
            document
        };
        let pairs: Vec<(usize, usize)> =
            pairs.iter().copied().filter(|(a, b)| !has("only pairs in order") || a < b).collect();
        if has("one step only") {
            for (a, b) in &pairs {
                parent[*a] = parent[*a].min(*b);
                parent[*b] = parent[*b].min(*a);
            }
            return parent;
        }
        if has("one pass over the pairs") {
            for (a, b) in &pairs {
                let first = parent[*a].min(parent[*b]);
                (parent[*a], parent[*b]) = (first, first);
            }
            return parent;
        }
        if has("parent overwritten") {
            for (a, b) in &pairs {
                parent[*a.max(b)] = *a.min(b);
            }
        } else {
            // All members at once, so that a long chain stays quick; the roots are those of a union without shortening.
            for (a, b) in &pairs {
                let (a, b) = if has("parent instead of root") {
                    (root(&parent, *a), root(&parent, *b))
                } else {
                    (quick_root(&mut parent, *a), quick_root(&mut parent, *b))
                };
                let (stays, goes) = match () {
                    () if has("largest instead of smallest") => (a.max(b), a.min(b)),
                    () if has("root of the first document") => (a, b),
                    () => (a.min(b), a.max(b)),
                };
                parent[goes] = stays;
            }
        }
        let first_of: Vec<usize> = if has("parent instead of root") {
            parent
        } else {
            (0..count).map(|document| quick_root(&mut parent, document)).collect()
        };
        if has("clusters numbered") {
            let mut numbers = BTreeMap::new();
            return first_of
                .into_iter()
                .map(|first| {
                    let next = numbers.len();
                    *numbers.entry(first).or_insert(next)
                })
                .collect();
        }
        first_of
    };
    measure(&clusters, input, values)
}

fn quick_root(parent: &mut [usize], mut document: usize) -> usize {
    while parent[document] != document {
        parent[document] = parent[parent[document]];
        document = parent[document];
    }
    document
}

/// Right, in an odd way: from each document along all pairs.
fn in_breadth(count: usize, pairs: &[(usize, usize)]) -> Vec<usize> {
    let mut partners = vec![vec![]; count];
    for (a, b) in pairs {
        partners[*a].push(*b);
        partners[*b].push(*a);
    }
    let mut first_of = vec![usize::MAX; count];
    for first in 0..count {
        let mut waiting = vec![first];
        while let Some(document) = waiting.pop() {
            if first_of[document] == usize::MAX {
                first_of[document] = first;
                waiting.extend(&partners[document]);
            }
        }
    }
    first_of
}

/// Right as well: each end of a pair takes the smaller label, until a pass changes nothing.
fn labels(count: usize, pairs: &[(usize, usize)]) -> Vec<usize> {
    let mut label: Vec<usize> = (0..count).collect();
    loop {
        let before = label.clone();
        // Forwards and backwards, so that a chain is short in one of the two.
        for (a, b) in pairs.iter().chain(pairs.iter().rev()) {
            let smaller = label[*a].min(label[*b]);
            (label[*a], label[*b]) = (smaller, smaller);
        }
        if label == before {
            return label;
        }
    }
}
