//! Grades Week 4 with nothing but Cargo. Generated.

#[test]
fn scaled_dot_product() {
    checks::assert_passed("week04/scaled-dot-product", || checks::week04_scaled_dot_product!(ex04_attention));
}

#[test]
fn online_softmax() {
    checks::assert_passed("week04/online-softmax", || checks::week04_online_softmax!(ex04_attention));
}

#[test]
fn flash_tile() {
    checks::assert_passed("week04/flash-tile", || checks::week04_flash_tile!(ex04_attention));
}
