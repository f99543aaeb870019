//! Prints documents of all kinds to read: `cargo run -q -p workshop-datasets --example sample -- SEED COUNT`.

use workshop_datasets::corpus::document;

fn main() {
    let numbers: Vec<u64> = std::env::args().skip(1).filter_map(|word| word.parse().ok()).collect();
    let (seed, count) = (numbers.first().copied().unwrap_or(7), numbers.get(1).copied().unwrap_or(10));
    for index in 0..count {
        let one = document(seed, index);
        println!("── {} {}\n{}\n", index, one.kind.name(), one.text);
    }
}
