//! Grades Week 2 with nothing but Cargo. Generated.

#[test]
fn repetition() {
    checks::assert_passed("week02/repetition", || checks::week02_repetition!(ex02_data));
}

#[test]
fn perplexity() {
    checks::assert_passed("week02/perplexity", || checks::week02_perplexity!(ex02_data));
}

#[test]
fn personal() {
    checks::assert_passed("week02/personal", || checks::week02_personal!(ex02_data));
}

#[test]
fn contamination() {
    checks::assert_passed("week02/contamination", || checks::week02_contamination!(ex02_data));
}

#[test]
fn mixture() {
    checks::assert_passed("week02/mixture", || checks::week02_mixture!(ex02_data));
}
