//! Grades Week 3 with nothing but Cargo. Generated.

#[test]
fn utf8() {
    checks::assert_passed("week03/utf8", || checks::week03_utf8!(ex03_tokenizer));
}

#[test]
fn pairs() {
    checks::assert_passed("week03/pairs", || checks::week03_pairs!(ex03_tokenizer));
}

#[test]
fn merge() {
    checks::assert_passed("week03/merge", || checks::week03_merge!(ex03_tokenizer));
}

#[test]
fn bpe_encode() {
    checks::assert_passed("week03/bpe-encode", || checks::week03_bpe_encode!(ex03_tokenizer));
}
