//! Grades Week 3 with nothing but Cargo. Generated.

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
