//! `packetdrill`: packetdrill's own command line, exit codes and messages, for harnesses that were written for it.
//!
//! Its long options are those that a script may set at its head, so both are read by one table,
//! [`OPTIONS`](stackdrill::script::OPTIONS). They may be cut short, as GNU's may, and stand behind scripts.
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use stackdrill::report::{self, Timed, escaped};
use stackdrill::runner::{Network, RunOptions};
use stackdrill::script::{self, Dialect, OPTIONS, OptionForm, ParseOptions, Parsed, Takes};
use stackdrill::{Profile, Variant, Verdict, run_script, target};

use super::run::traces;
use super::{Console, Exit, scripts};

/// Take packetdrill's own command line, exit codes and messages
///
/// For harnesses that were written for packetdrill: everything behind this word is read as packetdrill reads it, and
/// the exit status is 0 or 1. A link to `stackdrill` that is called `packetdrill` needs no such word.
#[derive(clap::Args, Debug)]
#[command(disable_help_flag = true)]
#[command(after_help = "Examples:
  stackdrill packetdrill --ip_version=ipv6 --mtu=1520 -D COOKIE=00112233 a.pkt
  stackdrill packetdrill --help                     every option
  ln -s \"$(command -v stackdrill)\" packetdrill       a name that harnesses know")]
pub(crate) struct Args {
    /// packetdrill's options, and scripts.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGS")]
    arguments: Vec<OsString>,
}

/// The command line, with a mark that nothing behind `packetdrill` is ours to read.
pub(super) fn unread(arguments: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut all: Vec<OsString> = arguments.collect();
    let name = all.first().and_then(|name| Path::new(name).file_stem()).unwrap_or_default();
    if name == "packetdrill" {
        all.splice(1..1, ["packetdrill".into(), "--".into()]);
    } else if all.get(1).is_some_and(|verb| verb == "packetdrill") {
        all.insert(2, "--".into());
    }
    all
}

/// What the command line says.
struct Given {
    matches: ArgMatches,
    /// Options for the runner, which win over the script's.
    overrides: Vec<(String, String)>,
    defines: BTreeMap<String, String>,
}

impl Args {
    pub(crate) fn run(self, console: &mut Console) -> anyhow::Result<Exit> {
        let matches = match command().try_get_matches_from(&self.arguments) {
            Ok(matches) => matches,
            Err(asked) if !asked.use_stderr() => {
                write!(console.out(), "{asked}")?;
                console.flush()?;
                return Ok(Exit::Well);
            }
            Err(error) => return refuse(console, error.to_string().trim_end()),
        };
        let given = match Given::new(matches) {
            Ok(given) => given,
            Err(why) => return refuse(console, &format!("packetdrill: {why}")),
        };
        let scripts = given.matches.get_many::<PathBuf>(SCRIPTS).unwrap_or_default();
        for path in scripts {
            match given.one(path, console) {
                Ok(true) => {}
                // The first failure ends it all.
                Ok(false) => return Ok(Exit::Found),
                Err(error) if super::console::is_closed_pipe(&error) => return Err(error),
                Err(error) => return refuse(console, &format!("packetdrill: {error:#}")),
            }
        }
        Ok(Exit::Well)
    }
}

/// Says why on standard error; packetdrill has one exit status for everything that goes wrong.
fn refuse(console: &mut Console, why: &str) -> anyhow::Result<Exit> {
    console.flush()?;
    for line in why.lines() {
        writeln!(std::io::stderr(), "{}", escaped(line))?;
    }
    Ok(Exit::Found)
}

const SCRIPTS: &str = "scripts";
const TARGET: &str = "target";
const PROFILE: &str = "profile";
const DIALECT: &str = "dialect";
const SHELL: &str = "allow-shell";

/// packetdrill's options, each of which may be given again, and our own four.
pub(super) fn command() -> Command {
    let ours = [
        Arg::new(TARGET).long(TARGET).default_value("reference").help("the stack under test"),
        Arg::new(PROFILE)
            .long(PROFILE)
            .value_parser(|name: &str| name.parse::<Profile>())
            .help("whose choices the reference makes: rfc, linux or freebsd"),
        Arg::new(DIALECT)
            .long(DIALECT)
            .value_parser(["google", "bsd"])
            .help("whose scripts these are; by default what the profile or the script says"),
        Arg::new(SHELL)
            .long(SHELL)
            .action(ArgAction::SetTrue)
            .help("let scripts use this host: shell commands, Python, files"),
    ];
    Command::new("packetdrill")
        .about("Runs scripts one after the other, and ends with the first that fails.")
        .override_usage("packetdrill [OPTIONS] SCRIPT...")
        .no_binary_name(true)
        .infer_long_args(true)
        .args_override_self(true)
        .disable_version_flag(true)
        .arg(
            Arg::new(SCRIPTS)
                .value_name("SCRIPT")
                .required(true)
                .num_args(1..)
                .value_parser(value_parser!(PathBuf)),
        )
        .args(OPTIONS.iter().map(argument))
        .next_help_heading("Options of stackdrill's own")
        .args(ours)
}

/// An option as the command line takes it: its value may begin with a dash.
fn argument(form: &OptionForm) -> Arg {
    let argument = Arg::new(form.name).long(form.name).help(form.about);
    let argument = match form.name {
        "define" => argument.short('D'),
        "verbose" => argument.short('v'),
        _ => argument,
    };
    match form.takes {
        Takes::Nothing => argument.action(ArgAction::SetTrue),
        Takes::Definition => argument.action(ArgAction::Append).value_name("NAME=VALUE"),
        Takes::Integer(..) | Takes::Percentage => {
            argument.action(ArgAction::Set).value_name("N").allow_hyphen_values(true)
        }
        Takes::OneOf(_) | Takes::SomeOf(_) | Takes::Text => {
            argument.action(ArgAction::Set).value_name("TEXT").allow_hyphen_values(true)
        }
    }
}

impl Given {
    /// What was given, or what is wrong with it.
    fn new(matches: ArgMatches) -> Result<Self, String> {
        let (mut overrides, mut defines) = (Vec::new(), BTreeMap::new());
        for form in OPTIONS {
            match form.takes {
                Takes::Nothing if matches.get_flag(form.name) => {
                    overrides.push((form.name.to_owned(), String::new()));
                }
                Takes::Nothing => {}
                Takes::Definition => {
                    for text in matches.get_many::<String>(form.name).unwrap_or_default() {
                        let defined = text.split_once('=').filter(|_| form.takes(text));
                        let (name, value) = defined.ok_or_else(|| wrong(form, text))?;
                        defines.insert(name.to_owned(), value.to_owned());
                    }
                }
                _ => {
                    let Some(value) = matches.get_one::<String>(form.name) else { continue };
                    if !form.takes(value) {
                        return Err(wrong(form, value));
                    }
                    overrides.push((form.name.to_owned(), value.clone()));
                }
            }
        }
        Ok(Self { matches, overrides, defines })
    }

    fn says(&self, name: &str) -> bool {
        self.matches.get_flag(name)
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.matches.get_one::<String>(name).map(String::as_str)
    }

    /// Runs one script; whether it passed.
    fn one(&self, path: &Path, console: &mut Console) -> anyhow::Result<bool> {
        let parsed = self.parse(path)?;
        if parsed.diagnostics.iter().any(|one| one.fault.is_refused()) {
            write!(std::io::stderr(), "{}", report::packetdrill_faults(&parsed.diagnostics))?;
            return Ok(false);
        }
        let option = |name: &str| parsed.script.option(name);
        if self.says("dry_run") || option("dry_run").is_some() {
            return Ok(true);
        }
        let variant = match self.text("ip_version") {
            Some(name) => name.parse()?,
            // The names of scripts mean something to the batch driver alone.
            None => Variant::fixed_by(&parsed.script).unwrap_or(Variant::Ipv4),
        };
        let tagged = parsed.script.tags.profiles.iter().find_map(|word| word.node.parse().ok());
        let options = RunOptions {
            variant,
            network: Network::Tool,
            profile: self.profile().or(tagged).unwrap_or_default(),
            allow_shell: self.says(SHELL),
            // Commands run where the caller is.
            folder: Some(PathBuf::new()),
            overrides: self.overrides.clone(),
            ..RunOptions::default()
        };
        let mut target = target::named(self.text(TARGET).unwrap_or_default())?;
        target.prepare()?;
        let report = run_script(&parsed.script, &mut *target, &options);
        let said = report::packetdrill(&parsed.script, &report);
        let passed = report.verdict() == Verdict::Pass;
        for line in report.printed.lines() {
            writeln!(console.out(), "{}", escaped(line))?;
        }
        if self.says("verbose") || option("verbose").is_some() {
            traces(&[Timed { report, wall_us: 0 }], console.out())?;
        }
        console.flush()?;
        write!(std::io::stderr(), "{said}")?;
        Ok(passed)
    }

    fn parse(&self, path: &Path) -> anyhow::Result<Parsed> {
        let name = path.display().to_string();
        let octets = scripts::octets(path)?;
        let dialect = match (self.text(DIALECT), self.profile()) {
            (Some("bsd"), _) | (None, Some(Profile::FreeBsd)) => Some(Dialect::Bsd),
            (Some(_), _) => Some(Dialect::Google),
            (None, _) => None,
        };
        let options = ParseOptions { name, dialect, defines: self.defines.clone() };
        Ok(script::parse_octets(&octets, &options))
    }

    fn profile(&self) -> Option<Profile> {
        self.matches.get_one::<Profile>(PROFILE).copied()
    }
}

fn wrong(form: &OptionForm, value: &str) -> String {
    format!("--{} takes {}, not `{}`", form.name, form.takes, escaped(value))
}
