//! What the commands of a script ask for.
use std::net::SocketAddr;
use std::time::Duration;

use super::Reader;
use super::filter::Filter;
use super::shell::{self, Connector, Foreign, PROCESS, Simple};
use crate::target::{Route, Setting, Unsupported};

/// Names under these can be settings; a name that climbs out of them cannot.
const ROOTS: &[&str] = &["net.ipv4.", "net.ipv6.", "net.core.", "net.inet.", "net.inet6.", "kern.ipc."];

/// How deep shell files may name one another.
const DEPTH: usize = 8;

/// How the route to the peer is named in the commands of scripts.
const ADDRESSING: &[&str] = &["dev", "via", "src", "proto", "scope", "metric", "table"];

/// One step of a command.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Step {
    /// How it depends on the one before it.
    pub connector: Connector,
    /// Whether its success is turned round.
    pub negated: bool,
    /// What it does.
    pub action: Action,
}

/// What a step does.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Action {
    /// Nothing that concerns a stack.
    Succeed,
    /// Nothing, and fails.
    Fail,
    /// Sets these, in order.
    Set(Vec<Setting>),
    /// Lets time pass.
    Wait(Duration),
    /// Gives the route to the peer properties.
    Route(Route),
    /// Fails unless filters leave something of a table of sockets.
    Count(Tool, Vec<Filter>),
    /// Drops connections.
    Drop(Dropped),
    /// Takes the steps of a shell file.
    File(Vec<Step>),
}

/// A program that prints sockets.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Tool {
    /// FreeBSD's `sockstat`.
    Sockstat,
    /// Linux's `ss`.
    Ss,
    /// `netstat`.
    Netstat,
}

/// Which connections `tcpdrop` drops.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Dropped {
    /// All.
    All,
    /// Those in the state of this name.
    State(String),
    /// The one between these: the host's end, then the peer's.
    Between(SocketAddr, SocketAddr),
}

/// The steps of a command; `read` hands over the shell files that it names.
///
/// # Errors
/// [`Unsupported`] names the first thing that is not understood.
pub fn parse(command: &str, read: &Reader<'_>) -> Result<Vec<Step>, Unsupported> {
    steps(command, read, DEPTH)
}

fn steps(text: &str, read: &Reader<'_>, depth: usize) -> Result<Vec<Step>, Unsupported> {
    let pipelines = shell::pipelines(text).map_err(|Foreign(what)| Unsupported(said(&what)))?;
    let step = |pipeline: shell::Pipeline| {
        let (connector, negated) = (pipeline.connector, pipeline.negated);
        Ok(Step { connector, negated, action: action(&pipeline.commands, read, depth)? })
    };
    pipelines.into_iter().map(step).collect()
}

fn action(commands: &[Simple], read: &Reader<'_>, depth: usize) -> Result<Action, Unsupported> {
    let Some((first, rest)) = commands.split_first() else { return Ok(Action::Succeed) };
    let words: Vec<&str> = first.words.iter().map(String::as_str).collect();
    let refused = || Unsupported(format!("the command `{}`", said(words.first().unwrap_or(&""))));
    let written = commands.iter().filter_map(|command| command.output.as_deref());
    if let Some(file) = written.into_iter().find(|file| !file.starts_with("/dev/")) {
        return match (words.as_slice(), file.strip_prefix("/proc/sys/")) {
            (["echo", value @ ..], Some(name)) if rest.is_empty() => {
                Ok(Action::Set(vec![setting(name, &value.join(" "))?]))
            }
            _ => Err(Unsupported(format!("writing to {}", said(file)))),
        };
    }
    let (name, arguments) = words.split_first().map_or(("", &[] as &[&str]), |(name, rest)| (*name, rest));
    if let Some(tool) = tool(name) {
        let filters = rest.iter().map(|command| Filter::parse(&command.words));
        return match columns(tool, arguments) {
            true => Ok(Action::Count(tool, filters.collect::<Result<_, _>>()?)),
            false => Err(Unsupported(format!("`{}`", said(&words.join(" "))))),
        };
    }
    if !rest.is_empty() {
        return Err(Unsupported(format!("`{}` before a pipe", said(name))));
    }
    match name {
        "" | "true" | ":" | "echo" | "nstat" => Ok(Action::Succeed),
        "false" => Ok(Action::Fail),
        "set" if arguments.iter().all(|flag| matches!(*flag, "-e" | "-u" | "-x" | "-eu" | "-ex")) => {
            Ok(Action::Succeed)
        }
        "setkey" if matches!(arguments, ["-F" | "-FP" | "-PF"]) => Ok(Action::Succeed),
        "ethtool" if matches!(arguments.first(), Some(&("-K" | "--offload" | "--features"))) => {
            Ok(Action::Succeed)
        }
        "sleep" => arguments
            .iter()
            .map(|time| seconds(time))
            .sum::<Option<_>>()
            .map(Action::Wait)
            .ok_or_else(refused),
        "sysctl" | "/sbin/sysctl" | "/usr/sbin/sysctl" => sysctl(arguments).map(Action::Set),
        "tc" => queueing(arguments),
        "ip" => ip(arguments),
        "tcpdrop" => tcpdrop(arguments)
            .map(Action::Drop)
            .ok_or_else(|| Unsupported(format!("`{}`", said(&words.join(" "))))),
        "." | "source" | "sh" | "/bin/sh" | "bash" | "/bin/bash" => match arguments {
            [file] if !file.starts_with('-') => file_of(file, read, depth),
            _ => Err(refused()),
        },
        helper if helper.contains('/') => match pairs(arguments) {
            Some(settings) => Ok(Action::Set(settings?)),
            // What such a helper leaves behind to restore settings. Every script has a fresh target.
            None if helper.contains(PROCESS) => Ok(Action::Succeed),
            None if helper.ends_with(".sh") && arguments.is_empty() => file_of(helper, read, depth),
            None => Err(refused()),
        },
        _ => Err(refused()),
    }
}

/// A shell file, read and understood as if it stood here.
fn file_of(file: &str, read: &Reader<'_>, depth: usize) -> Result<Action, Unsupported> {
    if file.contains(PROCESS) {
        return Ok(Action::Succeed);
    }
    let Some(depth) = depth.checked_sub(1) else {
        return Err(Unsupported(format!("shell files that name one another more than {DEPTH} deep")));
    };
    steps(&read(file)?, read, depth).map(Action::File)
}

/// `/proc/sys/net/…=value` pairs, if there is nothing else.
fn pairs(arguments: &[&str]) -> Option<Result<Vec<Setting>, Unsupported>> {
    let pairs = arguments.iter().map(|argument| argument.strip_prefix("/proc/sys/")?.split_once('='));
    let pairs: Vec<_> = pairs.collect::<Option<_>>().filter(|pairs: &Vec<_>| !pairs.is_empty())?;
    Some(pairs.into_iter().map(|(name, value)| setting(name, value)).collect())
}

fn sysctl(arguments: &[&str]) -> Result<Vec<Setting>, Unsupported> {
    let mut found = Vec::new();
    for word in arguments {
        match (word.strip_prefix('-'), word.split_once('=')) {
            (Some(flags), _) if flags.chars().all(|flag| "qwnei".contains(flag)) => {}
            (Some(_), _) => return Err(Unsupported(format!("sysctl {}", said(word)))),
            (None, Some((name, value))) => found.push(setting(name, value)?),
            (None, None) => return Err(Unsupported(format!("sysctl without a value: {}", said(word)))),
        }
    }
    Ok(found)
}

/// A name is a plain dotted one under a root that is the network's.
fn setting(name: &str, value: &str) -> Result<Setting, Unsupported> {
    let name = name.trim().replace('/', ".");
    let plain =
        name.bytes().all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'.' | b'_' | b'-'));
    if plain && !name.contains("..") && ROOTS.iter().any(|root| name.starts_with(root)) {
        Ok(Setting { name, value: value.trim().to_owned() })
    } else {
        Err(Unsupported(format!("sysctl {}", said(&name))))
    }
}

/// Queueing disciplines that send at once what they are given, as a link without one does.
fn queueing(arguments: &[&str]) -> Result<Action, Unsupported> {
    let idle = |word: &&str| {
        matches!(
            *word,
            "pfifo" | "pfifo_fast" | "bfifo" | "fq" | "fq_codel" | "noqueue" | "mq" | "del" | "delete"
        )
    };
    match arguments {
        ["qdisc", words @ ..] if words.iter().any(idle) => Ok(Action::Succeed),
        _ => Err(Unsupported(format!("`tc {}`", said(&arguments.join(" "))))),
    }
}

fn ip(arguments: &[&str]) -> Result<Action, Unsupported> {
    let refused = || Unsupported(format!("`ip {}`", said(&arguments.join(" "))));
    let arguments = match arguments {
        ["-4" | "-6", rest @ ..] => rest,
        arguments => arguments,
    };
    match arguments {
        ["tcp_metrics", "flush"] | ["tcp_metrics", "flush", "all"] => Ok(Action::Succeed),
        ["route" | "ro" | "r", "change" | "replace" | "chg" | "repl", destination, rest @ ..]
            if !destination.is_empty() =>
        {
            route(rest).map(Action::Route).ok_or_else(refused)
        }
        _ => Err(refused()),
    }
}

fn route(words: &[&str]) -> Option<Route> {
    let mut route = Route::default();
    let mut words = words.iter().filter(|word| **word != "lock");
    while let Some(word) = words.next() {
        let value = words.next()?;
        match *word {
            "mtu" => route.mtu = Some(value.parse().ok()?),
            "advmss" => route.advertised_mss = Some(value.parse().ok()?),
            "initcwnd" => route.initial_window = Some(value.parse().ok()?),
            "initrwnd" => route.initial_receive_window = Some(value.parse().ok()?),
            "quickack" => route.quick_ack = Some(value.parse::<u8>().ok()? != 0),
            "congctl" => route.congestion_control = Some((*value).to_owned()),
            word if ADDRESSING.contains(&word) => {}
            _ => return None,
        }
    }
    Some(route)
}

fn tcpdrop(arguments: &[&str]) -> Option<Dropped> {
    match arguments {
        ["-a"] => Some(Dropped::All),
        ["-s", state] => Some(Dropped::State((*state).to_owned())),
        [local, local_port, remote, remote_port] => {
            let end =
                |address: &str, port: &str| Some(SocketAddr::new(address.parse().ok()?, port.parse().ok()?));
            Some(Dropped::Between(end(local, local_port)?, end(remote, remote_port)?))
        }
        _ => None,
    }
}

fn tool(name: &str) -> Option<Tool> {
    match name {
        "sockstat" => Some(Tool::Sockstat),
        "ss" => Some(Tool::Ss),
        "netstat" => Some(Tool::Netstat),
        _ => None,
    }
}

/// Whether a tool is asked for no more than TCP sockets in some of their columns.
fn columns(tool: Tool, arguments: &[&str]) -> bool {
    let letters = match tool {
        Tool::Sockstat => "46scnqwPp",
        Tool::Ss => "tanpoeim46H",
        Tool::Netstat => "antpWfo46",
    };
    arguments.iter().all(|argument| match argument.strip_prefix('-') {
        Some(flags) => flags.chars().all(|flag| letters.contains(flag)),
        None => matches!(*argument, "tcp" | "inet" | "inet6"),
    })
}

/// Seconds with decimals.
fn seconds(text: &str) -> Option<Duration> {
    let text = text.strip_suffix('s').unwrap_or(text);
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|digit| digit.is_ascii_digit());
    if text.is_empty() || !digits(whole) || !digits(fraction) || whole.len() > 9 {
        return None;
    }
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let micros: String = fraction.chars().chain("000000".chars()).take(6).collect();
    Some(Duration::from_secs(whole) + Duration::from_micros(micros.parse().ok()?))
}

/// Text of a command in a message.
fn said(text: &str) -> String {
    crate::script::escaped(&text.replace(PROCESS, "$PPID"))
}

#[cfg(test)]
mod tests;
