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

#[test]
fn byte_alphabet() {
    checks::assert_passed("week03/byte-alphabet", || checks::week03_byte_alphabet!(ex03_tokenizer));
}

#[test]
fn stream() {
    checks::assert_passed("week03/stream", || checks::week03_stream!(ex03_tokenizer));
}

#[test]
fn gpt2_words() {
    checks::assert_passed("week03/gpt2-words", || checks::week03_gpt2_words!(ex03_tokenizer));
}

#[test]
fn wordpiece() {
    checks::assert_passed("week03/wordpiece", || checks::week03_wordpiece!(ex03_tokenizer));
}

#[test]
fn viterbi() {
    checks::assert_passed("week03/viterbi", || checks::week03_viterbi!(ex03_tokenizer));
}

#[test]
fn expectation() {
    checks::assert_passed("week03/expectation", || checks::week03_expectation!(ex03_tokenizer));
}

#[test]
fn special() {
    checks::assert_passed("week03/special", || checks::week03_special!(ex03_tokenizer));
}

#[test]
fn chat() {
    checks::assert_passed("week03/chat", || checks::week03_chat!(ex03_tokenizer));
}

#[test]
fn borders() {
    checks::assert_passed("week03/borders", || checks::week03_borders!(ex03_tokenizer));
}

#[test]
fn fertility() {
    checks::assert_passed("week03/fertility", || checks::week03_fertility!(ex03_tokenizer));
}

#[test]
fn extend() {
    checks::assert_passed("week03/extend", || checks::week03_extend!(ex03_tokenizer));
}
