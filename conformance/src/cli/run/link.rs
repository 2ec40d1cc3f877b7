//! What went over the link, as captures.
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use stackdrill::report::Timed;
use stackdrill::trace::Happened;
use stackdrill_pcaps::{Format, Link, Writer};

/// Writes the packets of every run: of one to `out` itself, of several to files named after it and after the run.
pub(super) fn write<'a>(out: &Path, runs: impl Iterator<Item = &'a Timed>) -> anyhow::Result<()> {
    let runs: Vec<_> = runs.collect();
    for (number, run) in runs.iter().enumerate() {
        let path = if runs.len() == 1 { out.to_owned() } else { beside(out, number + 1, run) };
        capture(&path, run).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// `out.pcap` -> `out-3-handshake-ipv6.pcap`.
fn beside(out: &Path, number: usize, run: &Timed) -> PathBuf {
    let stem = |path: &Path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let script = stem(Path::new(run.report.source.name()));
    let mut name = format!("{}-{number}-{script}-{}", stem(out), run.report.variant);
    if let Some(extension) = out.extension() {
        name.push('.');
        name.push_str(&extension.to_string_lossy());
    }
    out.with_file_name(name)
}

fn capture(path: &Path, run: &Timed) -> anyhow::Result<()> {
    let format = match path.extension().and_then(|extension| extension.to_str()) {
        Some("pcapng") => Format::Pcapng,
        _ => Format::Pcap,
    };
    let mut writer = Writer::new(BufWriter::new(File::create(path)?), format, Link::RAW)?;
    for record in &run.report.trace {
        if let Happened::Received { octets } | Happened::Sent { octets, .. } = &record.what {
            writer.octets(Duration::from_micros(record.at.micros()), octets, octets.len())?;
        }
    }
    Ok(())
}
