//! `replay`: one side of captured flows against a target.
use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde_json::{Value, json};
use stackdrill::judge::replay::{self, Replayed, Side, Verdict};
use stackdrill::target::{self, Target};

use super::format::{Format, plural};
use super::{Console, Exit, captures};

/// How many differences of a side are shown unless more is asked for.
const FEW: usize = 5;

/// Replay one side of captured flows against a target, and compare its answers.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  stackdrill replay capture.pcapng                  the target in the place of each end of each flow
  stackdrill replay --side server capture.pcapng    in the place of the servers
  stackdrill replay --format json captures/ | jq 'select(.verdict == \"departed\")'

The other end's segments are fed to the target as captured, and what the replaced end's user did is done again.
equal: the target answered the same. lawful: otherwise, and the oracle accepts it. departed: it does not.")]
pub(crate) struct Args {
    /// Captures (pcap or pcapng), or folders of them.
    #[arg(value_name = "CAPTURE", required = true)]
    captures: Vec<PathBuf>,

    /// Which end the target replaces, client or server; by default each in turn.
    #[arg(long, value_name = "SIDE")]
    side: Option<Side>,

    /// Which stack to replay against.
    #[arg(long, value_name = "TARGET", default_value = "reference")]
    target: String,

    /// How to write the verdicts.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Args {
    pub(crate) fn run(self, console: &mut Console) -> anyhow::Result<Exit> {
        let mut target = target::named(&self.target)?;
        let mut total = Total::default();
        let exit = captures::each(&self.captures, "replaying", console, |file, console| {
            self.replay(file, Stage { target: target.as_mut(), total: &mut total }, console)
        })?;
        if self.format == Format::Human {
            writeln!(console.out(), "{total}")?;
        }
        console.flush()?;
        Ok(exit)
    }

    fn replay(&self, path: &Path, stage: Stage<'_>, console: &mut Console) -> anyhow::Result<Exit> {
        let Stage { target, total } = stage;
        let name = path.display().to_string().escape_debug().to_string();
        let file = File::open(path).with_context(|| format!("cannot read {name}"))?;
        let recordings =
            replay::recordings(BufReader::new(file)).with_context(|| format!("cannot read {name}"))?;
        total.captures += 1;
        total.unread += recordings.unread;
        let sides = self.side.map_or_else(|| Side::ALL.to_vec(), |side| vec![side]);
        let look = Look { colored: console.colors_out(), verbose: console.verbose > 0 };
        let mut exit = Exit::Well;
        for recording in &recordings.flows {
            for side in &sides {
                let replayed = replay::replay(recording, *side, target);
                total.count(replayed.verdict);
                if replayed.verdict == Verdict::Departed {
                    exit = Exit::Found;
                }
                match self.format {
                    Format::Json => writeln!(console.out(), "{}", self.object(&name, &replayed))?,
                    Format::Human => tell(console.out(), &name, &replayed, look)?,
                }
            }
        }
        if let Some(broken) = recordings.broken {
            console.complain(&anyhow::anyhow!("{name}: {broken}"));
            exit = Exit::Unreadable;
        }
        Ok(exit)
    }

    fn object(&self, capture: &str, replayed: &Replayed) -> Value {
        let differences: Vec<Value> = replayed
            .differences
            .iter()
            .map(|difference| json!({ "packet": difference.packet, "what": difference.what }))
            .collect();
        json!({
            "capture": capture, "flow": replayed.flow, "protocol": replayed.protocol,
            "side": replayed.side.name(), "endpoint": replayed.endpoint.to_string(),
            "peer": replayed.peer.to_string(), "target": self.target, "verdict": replayed.verdict.name(),
            "differences": differences, "why": replayed.why,
        })
    }
}

/// What is replayed against, and what came of it so far.
struct Stage<'a> {
    target: &'a mut dyn Target,
    total: &'a mut Total,
}

/// All captures together.
#[derive(Debug, Default)]
struct Total {
    captures: u64,
    equal: u64,
    lawful: u64,
    undecided: u64,
    departed: u64,
    unread: u64,
}

impl Total {
    const fn count(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Equal => self.equal += 1,
            Verdict::Lawful => self.lawful += 1,
            Verdict::Undecided => self.undecided += 1,
            Verdict::Departed => self.departed += 1,
        }
    }
}

impl fmt::Display for Total {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { captures, equal, lawful, undecided, departed, unread } = self;
        let sides = equal + lawful + undecided + departed;
        let (captures, sides) = (plural(*captures, "capture"), plural(sides, "side"));
        write!(f, "{captures}, {sides}: {equal} equal, {lawful} lawful, {departed} departed, ")?;
        write!(f, "{undecided} undecided; {} unread", plural(*unread, "packet"))
    }
}

/// How people read it.
#[derive(Clone, Copy)]
struct Look {
    colored: bool,
    verbose: bool,
}

fn tell(out: &mut impl Write, capture: &str, replayed: &Replayed, look: Look) -> io::Result<()> {
    let color = match replayed.verdict {
        Verdict::Equal | Verdict::Lawful => "\x1b[32m",
        Verdict::Undecided => "\x1b[33m",
        Verdict::Departed => "\x1b[1;31m",
    };
    let (on, off) = if look.colored { (color, "\x1b[0m") } else { ("", "") };
    let Replayed { flow, protocol, side, endpoint, peer, verdict, differences, why } = replayed;
    write!(out, "{on}{:<9}{off} {capture} {flow} {protocol} {side} {endpoint} > {peer}", verdict.name())?;
    match differences.len() {
        0 => writeln!(out)?,
        1 => writeln!(out, ": 1 difference")?,
        count => writeln!(out, ": {count} differences")?,
    }
    if let Some(why) = why {
        writeln!(out, "          {why}")?;
    }
    // Differences of a lawful side are for those who ask; those of another may be why.
    let shown = match (look.verbose, verdict) {
        (true, _) => differences.len(),
        (false, Verdict::Equal | Verdict::Lawful) => 0,
        (false, Verdict::Undecided | Verdict::Departed) => FEW,
    };
    for difference in differences.iter().take(shown) {
        writeln!(out, "          packet {}: {}", difference.packet, difference.what)?;
    }
    Ok(())
}
