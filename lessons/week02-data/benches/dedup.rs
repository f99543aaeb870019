//! The naive forms beside the fast ones: `cargo bench -p week02-data --bench dedup`.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use week02_data::bands::{self, Signatures};
use week02_data::copies::{copy, texts};
use week02_data::dedup::Dedup;
use week02_data::sketch::{Sketcher, SplitMix64, hash_shingles, permutations};
use week02_data::{lsh, minhash, shingles};

/// Texts and a near copy of each.
fn collection(count: usize) -> Vec<String> {
    let mut numbers = SplitMix64::seed(1);
    let both = |text: String| {
        let copy = copy(&text, 3, &mut numbers);
        [text, copy]
    };
    texts(count, 1).into_iter().flat_map(both).collect()
}

fn hashing(c: &mut Criterion) {
    let texts = collection(50);
    let mut group = c.benchmark_group("shingles of 100 texts");
    group.bench_function("strings, sorted", |b| {
        b.iter(|| texts.iter().map(|text| shingles::shingles(black_box(text), 5).len()).sum::<usize>());
    });
    group.bench_function("rolled hashes, sorted", |b| {
        let mut hashes = vec![];
        b.iter(|| {
            let of = |text: &String| {
                hash_shingles(black_box(text), 5, &mut hashes);
                hashes.len()
            };
            texts.iter().map(of).sum::<usize>()
        });
    });
}

fn signatures(c: &mut Criterion) {
    let mut numbers = SplitMix64::seed(2);
    let hashes: Vec<u32> = (0..100).map(|_| numbers.draw() as u32).collect();
    let permutations = permutations(128, 3);
    let mut group = c.benchmark_group("128 permutations of 100 shingles");
    group.bench_function("the piece, by 128 bits", |b| {
        b.iter(|| minhash::signature(black_box(&hashes), &permutations));
    });
    group.bench_function("many at a time", |b| {
        let (sketcher, mut signature) = (Sketcher::new(&permutations), [0; 128]);
        b.iter(|| {
            sketcher.signature(black_box(&hashes), &mut signature);
            signature[0]
        });
    });
}

fn banding(c: &mut Criterion) {
    let (places, count) = (125, 5000);
    let mut numbers = SplitMix64::seed(4);
    let flat: Vec<u32> = (0..places * count).map(|_| numbers.draw() as u32 % 64).collect();
    let signatures: Vec<Vec<u32>> = flat.chunks(places).map(<[u32]>::to_vec).collect();
    let mut group = c.benchmark_group("25 bands of 5,000 signatures");
    group.sample_size(20);
    group.bench_function("the piece, by a map", |b| b.iter(|| lsh::candidates(black_box(&signatures), 25, 5)));
    group.bench_function("by sorting", |b| {
        b.iter(|| bands::candidates(Signatures::new(black_box(&flat), places), 25, 5));
    });
}

fn whole(c: &mut Criterion) {
    let texts = collection(150);
    let dedup = Dedup::default();
    let mut group = c.benchmark_group("duplicates among 300 texts");
    group.sample_size(10);
    group.bench_function("all pairs", |b| b.iter(|| dedup.naive(black_box(&texts))));
    group.bench_function("the index", |b| b.iter(|| dedup.find(black_box(&texts))));
}

criterion_group!(benches, hashing, signatures, banding, whole);
criterion_main!(benches);
