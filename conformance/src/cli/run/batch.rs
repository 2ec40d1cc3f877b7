//! Many scripts on many cores, their results in the order of the files.
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rayon::prelude::*;
#[cfg(feature = "plots")]
use stackdrill::plots::Watched;
use stackdrill::report::Timed;
use stackdrill::runner::{RunOptions, RunReport, Variant, run_script};
use stackdrill::script::{self, Dialect, Parsed, Severity};
use stackdrill::{Profile, Target, target};

#[cfg(feature = "plots")]
use super::pictures::Pictures;
use super::{Args, Ran};
use crate::cli::{Console, scripts};

/// Runs every file. Traces are kept only if somebody wants them.
pub(super) fn run(args: &Args, files: &[PathBuf], console: &Console) -> anyhow::Result<Vec<Ran>> {
    let few = target::usual_jobs(&*target::named(&args.target)?);
    let jobs = console.jobs.map_or(few, core::num::NonZeroUsize::get);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs).build()?;
    let progress = console.progress(files.len() as u64, "scripts");
    let keep = args.trace || args.pcap.is_some();
    let all = pool.install(|| {
        let each = files.par_iter().map(|file| {
            let mut ran = one(args, file);
            if !keep {
                ran.runs.iter_mut().for_each(|run| run.report.trace = Vec::new());
            }
            progress.inc(1);
            ran
        });
        each.collect()
    });
    progress.finish_and_clear();
    Ok(all)
}

/// One file, in each variant it is for.
fn one(args: &Args, file: &Path) -> Ran {
    let octets = match scripts::octets(file) {
        Ok(octets) => octets,
        Err(error) => return Ran { unreadable: Some(error), ..Ran::default() },
    };
    let first = parse(args, file, &octets, Variant::Ipv4);
    let variants = if args.variants.is_empty() { Variant::of(&first.script) } else { args.variants.clone() };
    // Symbols differ between variants, so a script that may use one is read again for each.
    let symbols = Variant::ALL.iter().flat_map(|variant| variant.defines());
    let text = first.script.source.text();
    let depends = symbols.into_iter().any(|(name, _)| text.contains(name));
    let mut ran = Ran::default();
    for variant in variants {
        let again = depends.then(|| parse(args, file, &octets, variant));
        let parsed = again.as_ref().unwrap_or(&first);
        for fault in parsed.diagnostics.iter().filter(|fault| fault.severity() == Severity::Error) {
            let known =
                |seen: &script::Diagnostic| seen.span.start == fault.span.start && seen.fault == fault.fault;
            if !ran.faults.iter().any(known) {
                ran.faults.push(fault.clone());
            }
        }
        once(args, parsed, variant, &mut ran);
    }
    ran
}

fn parse(args: &Args, file: &Path, octets: &[u8], variant: Variant) -> Parsed {
    let mut options = args.reading.options(&Args::name(file));
    for (name, value) in variant.defines() {
        options.defines.entry((*name).to_owned()).or_insert_with(|| (*value).to_owned());
    }
    // FreeBSD's choices go with its dialect, unless that is said otherwise.
    if options.dialect.is_none() && args.profile == Some(Profile::FreeBsd) {
        options.dialect = Some(Dialect::Bsd);
    }
    script::parse_octets(octets, &options)
}

/// Runs a script in one variant, and draws the run if that is wanted.
fn once(args: &Args, parsed: &Parsed, variant: Variant, ran: &mut Ran) {
    let Ok(mut target) = target::named(&args.target) else { return };
    #[cfg(feature = "plots")]
    if args.plot.is_some() {
        let mut watched = Watched::new(target);
        let timed = play(args, parsed, variant, &mut watched);
        ran.pictures.push(Pictures::of(&parsed.script, &timed.report, watched.samples()));
        ran.runs.push(timed);
        return;
    }
    ran.runs.push(play(args, parsed, variant, &mut *target));
}

fn play(args: &Args, parsed: &Parsed, variant: Variant, target: &mut dyn Target) -> Timed {
    let tagged = parsed.script.tags.profiles.iter().find_map(|word| word.node.parse().ok());
    let options = RunOptions {
        variant,
        profile: args.profile.or(tagged).unwrap_or_default(),
        seed: args.seed,
        allow_shell: args.allow_shell,
        live_limit: Duration::from_secs(args.live_limit.into()),
        judged: true,
        retries: args.retries,
        ..RunOptions::default()
    };
    let began = Instant::now();
    let report = if parsed.is_ok() {
        run_script(&parsed.script, target, &options)
    } else {
        RunReport::unparsed(parsed, &options, target)
    };
    let wall_us = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
    Timed { report, wall_us }
}
