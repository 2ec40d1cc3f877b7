//! How fast scripts are read: the whole suite, as one text and as its files.
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use stackdrill::script::{Dialect, ParseOptions, parse, print};
use stackdrill::suite;

fn suite_texts() -> Vec<&'static str> {
    suite::scripts().iter().map(|entry| entry.source).collect()
}

fn reads(criterion: &mut Criterion) {
    let options = ParseOptions { dialect: Some(Dialect::Google), ..ParseOptions::default() };
    let texts = suite_texts();
    let octets = texts.iter().map(|text| text.len() as u64).sum();
    let mut group = criterion.benchmark_group("script");
    group.throughput(Throughput::Bytes(octets));
    group.bench_function("parse", |bencher| {
        bencher.iter(|| {
            texts.iter().map(|text| parse(black_box(text), &options).script.events.len()).sum::<usize>()
        });
    });
    let scripts: Vec<_> = texts.iter().map(|text| parse(text, &options).script).collect();
    group.bench_function("print", |bencher| {
        bencher.iter(|| scripts.iter().map(|script| print(black_box(script)).len()).sum::<usize>());
    });
    group.finish();
}

criterion_group!(benches, reads);
criterion_main!(benches);
