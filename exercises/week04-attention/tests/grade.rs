//! Grades Week 4 with nothing but Cargo. Generated.

#[test]
fn softmax() {
    checks::assert_passed("week04/softmax", || checks::week04_softmax!(ex04_attention));
}

#[test]
fn scaled_dot_product() {
    checks::assert_passed("week04/scaled-dot-product", || checks::week04_scaled_dot_product!(ex04_attention));
}

#[test]
fn masks() {
    checks::assert_passed("week04/masks", || checks::week04_masks!(ex04_attention));
}
