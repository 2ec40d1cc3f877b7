//! How many scripts a core runs in a second, parsing apart.
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use stackdrill::runner::{RunOptions, run_script};
use stackdrill::script::{ParseOptions, Script, parse};
use stackdrill::suite;
use stackdrill::target::Reference;

fn scripts() -> Vec<Script> {
    let options = ParseOptions::default();
    suite::scripts().iter().map(|entry| parse(entry.source, &options).script).collect()
}

/// The whole suite in one variant, one script after the other.
fn suite_runs(criterion: &mut Criterion) {
    let scripts = scripts();
    let mut group = criterion.benchmark_group("run");
    group.throughput(Throughput::Elements(scripts.len() as u64)).sample_size(20);
    group.bench_function("suite", |bencher| {
        let mut target = Reference::new();
        let options = RunOptions::default();
        bencher.iter(|| {
            for script in &scripts {
                black_box(run_script(script, &mut target, &options).verdict());
            }
        });
    });
    group.finish();
}

/// Reading the suite.
fn suite_parses(criterion: &mut Criterion) {
    let octets = suite::scripts().iter().map(|entry| entry.source.len() as u64).sum();
    let mut group = criterion.benchmark_group("parse");
    group.throughput(Throughput::Bytes(octets)).sample_size(20);
    group.bench_function("suite", |bencher| bencher.iter(|| black_box(scripts())));
    group.finish();
}

criterion_group!(benches, suite_runs, suite_parses);
criterion_main!(benches);
