//! `judge`: RFC verdicts on the endpoints of captures.
use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde_json::{Value, json};
use stackdrill::judge::{self, Judgment, Options, Summary, Vantage};

use super::format::{Format, plural};
use super::{Console, Exit, captures};

/// Judge every endpoint of captures by the RFCs.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  stackdrill judge capture.pcapng                      a verdict for each endpoint of each flow
  stackdrill judge --vantage near=192.0.2.1 host.pcap  captured on that host, complete
  stackdrill judge --format json captures/ | jq 'select(.verdict == \"departed\")'

A packet that the capture may have missed excuses an endpoint, unless --vantage near=ADDRESS says that the
capture was made on its host and is complete: what cannot be told apart is undecided, with what was missing.")]
pub(crate) struct Args {
    /// Captures (pcap or pcapng), or folders of them.
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,

    /// From where the endpoints were seen: near=ADDRESS, auto or middle.
    #[arg(long, value_name = "WHERE", default_value = "auto")]
    vantage: Vantage,

    /// How many flows to follow at once.
    #[arg(long, value_name = "N", default_value_t = Options::default().flows)]
    max_flows: usize,

    /// How to write the verdicts.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Args {
    pub(crate) fn run(self, console: &mut Console) -> anyhow::Result<Exit> {
        let options = Options { vantage: self.vantage, flows: self.max_flows.max(1) };
        let mut total = Total::default();
        let exit = captures::each(&self.paths, "judging", console, |file, console| {
            self.judge(file, options, console, &mut total)
        })?;
        if self.format == Format::Human {
            writeln!(console.out(), "{total}")?;
        }
        console.flush()?;
        Ok(exit)
    }

    fn judge(
        &self,
        path: &Path,
        options: Options,
        console: &mut Console,
        total: &mut Total,
    ) -> anyhow::Result<Exit> {
        let name = path.display().to_string().escape_debug().to_string();
        let file = File::open(path).with_context(|| format!("cannot read {name}"))?;
        let colored = console.colors_out();
        let verbose = console.verbose > 0;
        let out = console.out();
        let (mut exit, mut written) = (Exit::Well, Ok(()));
        let summary = judge::capture(BufReader::new(file), options, |judgment| {
            if judgment.verdict == "departed" {
                exit = Exit::Found;
            }
            total.count(judgment.verdict);
            if written.is_ok() {
                written = match self.format {
                    Format::Json => writeln!(out, "{}", object(&name, &judgment)),
                    Format::Human => tell(out, &judgment, Look { colored, verbose }),
                };
            }
        })
        .with_context(|| format!("cannot read {name}"))?;
        written?;
        total.captures += 1;
        total.unread += summary.unread;
        match self.format {
            Format::Json => writeln!(
                out,
                "{}",
                json!({
                    "capture": name, "packets": summary.packets, "not_ip": summary.not_ip,
                    "unread": summary.unread, "why": summary.why,
                })
            )?,
            Format::Human => conclude(out, &name, &summary)?,
        }
        if let Some(broken) = summary.broken {
            console.complain(&anyhow::anyhow!("{name}: {broken}"));
            exit = Exit::Unreadable;
        }
        Ok(exit)
    }
}

fn object(capture: &str, judgment: &Judgment) -> Value {
    let departures: Vec<Value> = judgment
        .departures
        .iter()
        .map(|departed| {
            json!({
                "requirement": departed.requirements.first(), "requirements": departed.requirements,
                "packet": departed.packet, "time": departed.time.to_string(), "what": departed.what,
            })
        })
        .collect();
    let transitions: Vec<Value> = judgment
        .transitions
        .iter()
        .map(|moved| json!({ "packet": moved.packet, "state": moved.state.name() }))
        .collect();
    json!({
        "capture": capture, "flow": judgment.flow, "endpoint": judgment.endpoint.to_string(),
        "peer": judgment.peer.to_string(), "protocol": judgment.protocol, "packets": judgment.packets,
        "bytes": judgment.bytes, "verdict": judgment.verdict, "departures": departures,
        "transitions": transitions, "missing": judgment.missing.map(|missing| missing.to_string()),
        "warnings": judgment.warnings, "tap": judgment.place,
    })
}

/// How people read it.
#[derive(Clone, Copy)]
struct Look {
    colored: bool,
    verbose: bool,
}

fn tell(out: &mut impl Write, judgment: &Judgment, look: Look) -> io::Result<()> {
    let color = match judgment.verdict {
        "lawful" => "\x1b[32m",
        "departed" => "\x1b[1;31m",
        _ => "\x1b[33m",
    };
    let (on, off) = if look.colored { (color, "\x1b[0m") } else { ("", "") };
    let Judgment { flow, protocol, endpoint, peer, verdict, packets, bytes, .. } = judgment;
    writeln!(
        out,
        "{on}{verdict:<9}{off} {flow} {protocol} {endpoint} > {peer}: {packets} packets, {bytes} octets"
    )?;
    for departed in &judgment.departures {
        let ids = departed.requirements.join(" or ");
        let packet = match departed.packet {
            0 => "at the end".to_owned(),
            packet => format!("packet {packet}"),
        };
        writeln!(out, "          {ids}: {packet}, {}: {}", departed.time, departed.what)?;
    }
    if let Some(missing) = judgment.missing {
        writeln!(out, "          {missing}")?;
    }
    if look.verbose {
        for warning in &judgment.warnings {
            writeln!(out, "          warning: {warning} is not followed")?;
        }
        for moved in &judgment.transitions {
            writeln!(out, "          packet {}: {}", moved.packet, moved.state)?;
        }
    }
    Ok(())
}

fn conclude(out: &mut impl Write, name: &str, summary: &Summary) -> io::Result<()> {
    let Summary { packets, not_ip, unread, .. } = summary;
    write!(out, "{name}: {packets} packets, {not_ip} not IP, {unread} unread")?;
    for (why, times) in &summary.why {
        write!(out, "; {times} because {why}")?;
    }
    writeln!(out)
}

/// All captures together.
#[derive(Debug, Default)]
struct Total {
    captures: u64,
    lawful: u64,
    departed: u64,
    undecided: u64,
    unread: u64,
}

impl Total {
    fn count(&mut self, verdict: &str) {
        match verdict {
            "lawful" => self.lawful += 1,
            "departed" => self.departed += 1,
            _ => self.undecided += 1,
        }
    }
}

impl fmt::Display for Total {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { captures, lawful, departed, undecided, unread } = self;
        let endpoints = lawful + departed + undecided;
        let (captures, endpoints) = (plural(*captures, "capture"), plural(endpoints, "endpoint"));
        write!(f, "{captures}, {endpoints}: {lawful} lawful, {departed} departed, {undecided} undecided; ")?;
        write!(f, "{} unread", plural(*unread, "packet"))
    }
}
