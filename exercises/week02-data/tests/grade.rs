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
