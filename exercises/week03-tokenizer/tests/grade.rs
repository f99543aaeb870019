//! Grades Week 3 with nothing but Cargo. Generated.

#[test]
fn byte_alphabet() {
    checks::assert_passed("week03/byte-alphabet", || checks::week03_byte_alphabet!(ex03_tokenizer));
}

#[test]
fn stream() {
    checks::assert_passed("week03/stream", || checks::week03_stream!(ex03_tokenizer));
}

#[test]
fn gpt2_words() {
    checks::assert_passed("week03/gpt2-words", || checks::week03_gpt2_words!(ex03_tokenizer));
}

#[test]
fn special() {
    checks::assert_passed("week03/special", || checks::week03_special!(ex03_tokenizer));
}

#[test]
fn chat() {
    checks::assert_passed("week03/chat", || checks::week03_chat!(ex03_tokenizer));
}

#[test]
fn extend() {
    checks::assert_passed("week03/extend", || checks::week03_extend!(ex03_tokenizer));
}
