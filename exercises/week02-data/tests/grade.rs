//! Grades Week 2 with nothing but Cargo. Generated.

#[test]
fn group() {
    checks::assert_passed("week02/group", || checks::week02_group!(ex02_data));
}

#[test]
fn join() {
    checks::assert_passed("week02/join", || checks::week02_join!(ex02_data));
}

#[test]
fn records() {
    checks::assert_passed("week02/records", || checks::week02_records!(ex02_data));
}

#[test]
fn compose() {
    checks::assert_passed("week02/compose", || checks::week02_compose!(ex02_data));
}

#[test]
fn mojibake() {
    checks::assert_passed("week02/mojibake", || checks::week02_mojibake!(ex02_data));
}

#[test]
fn language() {
    checks::assert_passed("week02/language", || checks::week02_language!(ex02_data));
}

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
fn shingles() {
    checks::assert_passed("week02/shingles", || checks::week02_shingles!(ex02_data));
}

#[test]
fn minhash() {
    checks::assert_passed("week02/minhash", || checks::week02_minhash!(ex02_data));
}

#[test]
fn lsh() {
    checks::assert_passed("week02/lsh", || checks::week02_lsh!(ex02_data));
}

#[test]
fn clusters() {
    checks::assert_passed("week02/clusters", || checks::week02_clusters!(ex02_data));
}

#[test]
fn contamination() {
    checks::assert_passed("week02/contamination", || checks::week02_contamination!(ex02_data));
}

#[test]
fn mixture() {
    checks::assert_passed("week02/mixture", || checks::week02_mixture!(ex02_data));
}
