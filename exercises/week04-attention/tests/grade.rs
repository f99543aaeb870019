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

#[test]
fn heads() {
    checks::assert_passed("week04/heads", || checks::week04_heads!(ex04_attention));
}

#[test]
fn multi_head() {
    checks::assert_passed("week04/multi-head", || checks::week04_multi_head!(ex04_attention));
}

#[test]
fn sinusoidal() {
    checks::assert_passed("week04/sinusoidal", || checks::week04_sinusoidal!(ex04_attention));
}

#[test]
fn rope() {
    checks::assert_passed("week04/rope", || checks::week04_rope!(ex04_attention));
}

#[test]
fn grouped_query() {
    checks::assert_passed("week04/grouped-query", || checks::week04_grouped_query!(ex04_attention));
}

#[test]
fn cache_size() {
    checks::assert_passed("week04/cache-size", || checks::week04_cache_size!(ex04_attention));
}

#[test]
fn latent() {
    checks::assert_passed("week04/latent", || checks::week04_latent!(ex04_attention));
}

#[test]
fn online_softmax() {
    checks::assert_passed("week04/online-softmax", || checks::week04_online_softmax!(ex04_attention));
}

#[test]
fn flash_tile() {
    checks::assert_passed("week04/flash-tile", || checks::week04_flash_tile!(ex04_attention));
}
