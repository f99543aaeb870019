//! Grades Week 2 with nothing but Cargo. Generated.

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
