//! How much of what is broken in the stack the oracle notices alone, with scripts as mere stimuli.
//!
//! Takes a seeded sample of `cargo mutants` of `stack/src/tcp` and counts those that change any datagram sent, or its
//! time; of these, how many the oracle refuses. All mutants of the sample are woven into one copy of the workspace,
//! each behind a number that an environment variable selects, so that one build serves them all. Mutants that do not
//! compile leave the sample; those that send the same as the stack itself leave the count. A mutant that does not end
//! counts as noticed only if the oracle had refused something by then.
//!
//! `cargo run -p stackdrill-tests --bin oracle_mutants -- [--seed N] [--count N] [--pool N] [--only N,N...]`
#![forbid(unsafe_code)]

mod build;
mod list;
mod run;
mod tree;
mod weave;

use std::path::Path;
use std::thread;

use anyhow::{Context, anyhow, bail};

use list::Mutant;
use run::Ran;

/// What to measure.
struct Wish {
    /// Which sample.
    seed: u64,
    /// How many mutants that change what is sent.
    count: usize,
    /// How many mutants to weave, from which those are taken in order.
    pool: usize,
    /// Which of those alone, by number; all if none is named.
    only: Vec<u32>,
}

fn main() -> anyhow::Result<()> {
    let wish = wish(std::env::args().skip(1))?;
    let tree = tree::copied()?;
    let mut mutants = list::sample(&tree, wish.seed, wish.pool)?;
    let program = build::build(&tree, &mut mutants)?;
    mutants.retain(|mutant| wish.only.is_empty() || wish.only.contains(&mutant.number));
    let itself = run::run(&program, None)?;
    if let Some(rule) = itself.refused().first() {
        bail!("the oracle refuses the stack itself ({rule}): this measures nothing");
    }
    let mut counted: Vec<(&Mutant, Ran)> = Vec::new();
    for some in mutants.chunks(AT_ONCE) {
        for (mutant, ran) in some.iter().zip(together(&program, some)?) {
            if counted.len() < wish.count && ran.differs(&itself) {
                println!("{}", line(mutant, &ran, &itself));
                counted.push((mutant, ran));
            }
        }
        if counted.len() == wish.count {
            break;
        }
    }
    let caught = counted.iter().filter(|(_, ran)| !ran.refused().is_empty()).count();
    let told = |ran: &Ran| !ran.refused().is_empty() || !ran.warned(&itself).is_empty();
    let told = counted.iter().filter(|(_, ran)| told(ran)).count();
    let percent = |some: usize| some * 100 / counted.len().max(1);
    println!(
        "seed {}: of {} mutants that change what is sent the oracle alone refuses {caught} ({} %), and refuses or warns \
         of {told} ({} %)",
        wish.seed,
        counted.len(),
        percent(caught),
        percent(told),
    );
    Ok(())
}

/// How many mutants run at once.
const AT_ONCE: usize = 4;

/// What becomes of some mutants.
fn together(program: &Path, mutants: &[Mutant]) -> anyhow::Result<Vec<Ran>> {
    thread::scope(|scope| {
        let run = |mutant: &Mutant| {
            let number = mutant.number;
            scope.spawn(move || run::run(program, Some(number)))
        };
        let running: Vec<_> = mutants.iter().map(run).collect();
        running.into_iter().map(|one| one.join().map_err(|_| anyhow!("a run panicked"))?).collect()
    })
}

/// A mutant and what became of it.
fn line(mutant: &Mutant, ran: &Ran, itself: &Ran) -> String {
    let (refused, warned) = (ran.refused(), ran.warned(itself));
    let (word, rules) = match (refused.is_empty(), warned.is_empty(), ran.ended) {
        (false, _, _) => ("refused", refused),
        (true, false, _) => ("warned ", warned),
        (true, true, true) => ("missed ", warned),
        (true, true, false) => ("no end ", warned),
    };
    let rules: Vec<&str> = rules.into_iter().take(3).collect();
    format!("{word} {:3} {} {}", mutant.number, mutant.name, rules.join(" "))
}

fn wish(mut words: impl Iterator<Item = String>) -> anyhow::Result<Wish> {
    let mut wish = Wish { seed: 1, count: 120, pool: 320, only: Vec::new() };
    while let Some(word) = words.next() {
        let value = words.next().with_context(|| format!("{word} wants a number"))?;
        match word.as_str() {
            "--seed" => wish.seed = value.parse()?,
            "--count" => wish.count = value.parse()?,
            "--pool" => wish.pool = value.parse()?,
            "--only" => wish.only = value.split(',').map(str::parse).collect::<Result<_, _>>()?,
            _ => bail!("there is no option {word}; there are --seed, --count, --pool and --only"),
        }
    }
    Ok(wish)
}
