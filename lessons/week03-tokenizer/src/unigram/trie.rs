//! Tokens by their bytes: which of them does a text begin with?

/// A trie. The nodes stand level by level, so that the children of a node stand side by side, in order of their bytes.
#[derive(Debug, Clone)]
pub(super) struct Trie {
    /// The byte that leads to a node; that of the root, node 0, is none.
    bytes: Vec<u8>,
    /// Where the children of a node begin; they end where those of the next node begin.
    children: Vec<u32>,
    /// The token that ends at a node.
    token: Vec<Option<u32>>,
}

impl Trie {
    /// A trie of these tokens; their places are their ids. Of equal tokens the first counts.
    pub(super) fn new<'a>(tokens: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut sorted: Vec<(&[u8], u32)> = tokens.zip(0..).collect();
        sorted.sort_unstable();
        sorted.dedup_by_key(|(token, _)| *token);
        let mut trie = Self { bytes: vec![0], children: vec![], token: vec![] };
        // Of each node: the tokens that go through it, and how many bytes they share.
        let mut nodes = vec![(0, sorted.len(), 0)];
        let mut node = 0;
        while let Some((start, end, depth)) = nodes.get(node).copied() {
            let ends_here = sorted.get(start).filter(|(token, _)| start < end && token.len() == depth);
            trie.token.push(ends_here.map(|(_, id)| *id));
            trie.children.push(nodes.len() as u32);
            let mut start = start + usize::from(ends_here.is_some());
            while start < end {
                let byte = sorted[start].0[depth];
                let count = sorted[start..end].iter().take_while(|(token, _)| token[depth] == byte).count();
                nodes.push((start, start + count, depth + 1));
                trie.bytes.push(byte);
                start += count;
            }
            node += 1;
        }
        trie.children.push(nodes.len() as u32);
        trie
    }

    /// Every token that the bytes begin with, the shortest first, by its length and id.
    pub(super) fn prefixes(&self, bytes: &[u8], mut found: impl FnMut(usize, u32)) {
        let mut node = 0;
        for (i, byte) in bytes.iter().enumerate() {
            let (first, last) = (self.children[node] as usize, self.children[node + 1] as usize);
            let Ok(child) = self.bytes[first..last].binary_search(byte) else { return };
            node = first + child;
            if let Some(id) = self.token[node] {
                found(i + 1, id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_token_at_the_start_is_found() {
        let tokens = ["가", "가나", "나", "가나다", "", "a", "가나", "가라"];
        let trie = Trie::new(tokens.iter().map(|token| token.as_bytes()));
        let found = |text: &str| {
            let mut ids = vec![];
            trie.prefixes(text.as_bytes(), |length, id| {
                assert_eq!(&text[..length], tokens[id as usize]);
                ids.push(id);
            });
            ids
        };
        assert_eq!(found("가나다라"), [0, 1, 3]);
        assert_eq!(found("가라"), [0, 7]);
        assert_eq!(found("ab"), [5]);
        assert!(found("다").is_empty() && found("").is_empty());
        Trie::new(std::iter::empty()).prefixes(b"a", |_, _| panic!("there are no tokens"));
    }
}
