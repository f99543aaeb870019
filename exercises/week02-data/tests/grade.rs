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
