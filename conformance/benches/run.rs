//! How many scripts a core runs in a second, parsing apart.
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use stackdrill::runner::{RunOptions, run_script};
use stackdrill::script::{ParseOptions, Script, parse};
use stackdrill::target::Reference;
use stackdrill::{Verdict, suite};

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

/// A connection that opens, sends three times, reads what comes and closes: twenty events.
const TWENTY_EVENTS: &str = "\
0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+0 < S 0:0(0) win 65535 <mss 1000>
+0 > S. 0:0(0) ack 1 <...>
+.1 < . 1:1(0) ack 1 win 65535
+0 accept(3, ..., ...) = 4
+0 write(4, ..., 1000) = 1000
+0 > P. 1:1001(1000) ack 1
+.1 < . 1:1(0) ack 1001 win 65535
+0 write(4, ..., 2000) = 2000
+0 > . 1001:2001(1000) ack 1
+0 > P. 2001:3001(1000) ack 1
+.1 < P. 1:101(100) ack 3001 win 65535
+0 read(4, ..., 1000) = 100
+0 write(4, ..., 10) = 10
+0 > P. 3001:3011(10) ack 101
+.1 < . 101:101(0) ack 3011 win 65535
+0 close(4) = 0
+0 > F. 3011:3011(0) ack 101
";

/// A thousand scripts, read and run: what a folder of them costs on one core.
fn a_thousand_scripts(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("thousand");
    group.throughput(Throughput::Elements(1000)).sample_size(20);
    group.bench_function("twenty events each", |bencher| {
        let (mut target, options) = (Reference::new(), RunOptions::default());
        bencher.iter(|| {
            for _ in 0..1000 {
                let script = parse(TWENTY_EVENTS, &ParseOptions::default()).script;
                let report = run_script(&script, &mut target, &options);
                assert_eq!(report.verdict(), Verdict::Pass, "{report:?}");
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

criterion_group!(benches, suite_runs, suite_parses, a_thousand_scripts);
criterion_main!(benches);
