//! Grades Week 4 with nothing but Cargo. Generated.

#[test]
fn scaled_dot_product() {
    checks::assert_passed("week04/scaled-dot-product", || checks::week04_scaled_dot_product!(ex04_attention));
}
