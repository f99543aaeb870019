//! Grades Week 3 with nothing but Cargo. Generated.

#[test]
fn borders() {
    checks::assert_passed("week03/borders", || checks::week03_borders!(ex03_tokenizer));
}

#[test]
fn fertility() {
    checks::assert_passed("week03/fertility", || checks::week03_fertility!(ex03_tokenizer));
}
