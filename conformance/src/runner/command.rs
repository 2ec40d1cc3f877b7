//! Commands: understood, and honoured by the target. What is not understood runs only where the shell is allowed.
use std::path::PathBuf;

use stackdrill_wire::State;

use super::configuration::Configuration;
use super::{Reason, Run, Stop, host};
use crate::constants::Abi;
use crate::script::{Command, Dialect, Script, Span, escaped};
use crate::settings::{self, Action, Connector, Dropped, Filter, Step, Tool};
use crate::target::{Setting, Unsupported};

/// The longest shell file that is read, in octets.
const MOST_OCTETS: u64 = 1 << 20;

/// What a script may use of the host that runs it.
#[derive(Clone, Debug)]
pub(super) struct Shell {
    /// Whether anything at all.
    pub(super) allowed: bool,
    /// Where relative paths begin.
    pub(super) folder: PathBuf,
}

/// What is done about a command.
#[derive(Clone, Debug)]
pub(super) enum Understood {
    /// It is understood: these are its steps.
    Steps(Vec<Step>),
    /// It is not, and goes to a shell.
    Shell,
}

/// A command that comes before the first event.
#[derive(Clone, Debug)]
pub(super) struct Initial {
    command: Command,
    understood: Understood,
}

impl Shell {
    /// Reads a command.
    pub(super) fn understand(&self, command: &Command) -> Result<Understood, Stop> {
        match settings::parse(&command.text, &|file| self.read(file)) {
            Ok(steps) => Ok(Understood::Steps(steps)),
            Err(_) if self.allowed => Ok(Understood::Shell),
            Err(missing) => Err(Stop::Unsupported(missing, command.span)),
        }
    }

    /// A shell file beside the script. It is only read, but it is the host's, so that needs to be allowed as well.
    fn read(&self, file: &str) -> Result<String, Unsupported> {
        let named = |why: &str| Unsupported(format!("the shell file `{}` {why}", escaped(file)));
        if !self.allowed {
            return Err(named("without --allow-shell"));
        }
        let path = self.folder.join(file);
        let known = std::fs::metadata(&path).map_err(|_| named("that cannot be read"))?;
        if !known.is_file() || known.len() > MOST_OCTETS {
            return Err(named("that is no file of at most a million octets"));
        }
        std::fs::read_to_string(&path).map_err(|_| named("that cannot be read"))
    }
}

impl Configuration {
    /// What comes before the first event: the commands that the options name, then the script's own.
    pub(super) fn before(&self, script: &Script) -> Result<Vec<Initial>, Stop> {
        let named = self
            .init_scripts
            .iter()
            .map(|text| Command { text: text.as_str().into(), span: Span::default() });
        let commands = named.chain(script.init.clone());
        let understand = |command: Command| {
            let understood = self.shell.understand(&command)?;
            Ok(Initial { command, understood })
        };
        commands.map(understand).collect()
    }
}

impl Initial {
    /// The settings that the target is born with: those that steps make, as long as nothing about them depends on
    /// how something else went.
    pub(super) fn settings(&self) -> Vec<Setting> {
        let mut found = Vec::new();
        if let Understood::Steps(steps) = &self.understood {
            collect(steps, &mut found);
        }
        found
    }
}

fn collect(steps: &[Step], found: &mut Vec<Setting>) {
    for step in steps.iter().filter(|step| step.connector != Connector::Or) {
        match &step.action {
            Action::Set(settings) => found.extend_from_slice(settings),
            Action::File(steps) => collect(steps, found),
            Action::Succeed
            | Action::Fail
            | Action::Wait(_)
            | Action::Route(_)
            | Action::Count(..)
            | Action::Drop(_) => {}
        }
    }
}

/// A line of a socket table.
#[derive(Clone, Copy, Debug)]
struct Line {
    local: Option<std::net::SocketAddr>,
    remote: Option<std::net::SocketAddr>,
    state: State,
    /// The script's number for it, if a descriptor is still open.
    fd: Option<i64>,
}

impl Run<'_> {
    /// A command event, now.
    pub(super) fn command(&mut self, command: &Command) -> Result<(), Stop> {
        let understood = self.configuration.shell.understand(command)?;
        self.honour(&understood, command, true)
    }

    /// A command before the first event, once the target was born with its settings.
    pub(super) fn initial(&mut self, initial: &Initial) -> Result<(), Stop> {
        self.honour(&initial.understood, &initial.command, false)
    }

    /// Google's tool runs the clean-up only after an init command. On a fresh target there is nothing to restore,
    /// but a command that is not understood is said to be.
    pub(super) fn clean_up(&mut self) -> Result<(), Stop> {
        let due = self.script.init.is_some() || self.configuration.dialect == Dialect::Bsd;
        match self.script.cleanup.as_ref().filter(|_| due) {
            Some(command) => self.command(command),
            None => Ok(()),
        }
    }

    /// What the clean-up does to a target that has failed is of no interest; what it does to the host is.
    pub(super) fn clean_up_after_failure(&mut self) {
        let cleanup = self.script.cleanup.as_ref();
        let understood = cleanup.map(|command| self.configuration.shell.understand(command));
        if matches!(understood, Some(Ok(Understood::Shell))) {
            // The failure before it is the one to report.
            drop(self.clean_up());
        }
    }

    /// Does what a command asks for; `set` says whether settings are still to be made.
    fn honour(&mut self, understood: &Understood, command: &Command, set: bool) -> Result<(), Stop> {
        let status = match understood {
            Understood::Steps(steps) => {
                let well = self.steps(steps, command, set)?;
                self.settle()?;
                if well { Ok(()) } else { Err("ended with status 1".to_owned()) }
            }
            Understood::Shell => {
                let shell = &self.configuration.shell;
                host::shell(&command.text, &shell.folder, self.configuration.dialect == Dialect::Google)
            }
        };
        status.map_err(|how| {
            let text = super::report::one_line(&command.text);
            Stop::failed(Reason::Command { text, how }, command.span)
        })
    }

    /// Whether the last step that ran went well.
    fn steps(&mut self, steps: &[Step], command: &Command, set: bool) -> Result<bool, Stop> {
        let mut well = true;
        for step in steps {
            let due = match step.connector {
                Connector::Always => true,
                Connector::And => well,
                Connector::Or => !well,
            };
            if due {
                well = self.step(&step.action, command, set)? != step.negated;
            }
        }
        Ok(well)
    }

    fn step(&mut self, action: &Action, command: &Command, set: bool) -> Result<bool, Stop> {
        let missing = |missing| Stop::Unsupported(missing, command.span);
        match action {
            Action::Succeed => Ok(true),
            Action::Fail => Ok(false),
            Action::Set(settings) => {
                for setting in settings.iter().filter(|_| set) {
                    self.world.set(setting.clone()).map_err(missing)?;
                }
                Ok(true)
            }
            Action::Wait(time) => {
                let until = self.world.now() + *time;
                self.world.pass_until(until).map_err(|stuck| self.stuck(stuck, command.span))?;
                Ok(true)
            }
            Action::Route(route) => {
                self.world.route(route).map_err(missing)?;
                Ok(true)
            }
            Action::Count(tool, filters) => self.count(*tool, filters).map_err(missing),
            Action::Drop(which) => self.drop_connections(which).map_err(missing),
            Action::File(steps) => self.steps(steps, command, set),
        }
    }

    /// Whether filters leave a line of the socket table.
    fn count(&self, tool: Tool, filters: &[Filter]) -> Result<bool, Unsupported> {
        let abi = self.world.abi();
        let mut lines: Vec<_> = self.table(tool)?.iter().map(|line| shown(tool, abi, line)).collect();
        let mut any = true;
        for filter in filters {
            (lines, any) = filter.apply(lines);
        }
        Ok(any)
    }

    /// Every socket of the script, and every connection of the target that no socket holds any more.
    fn table(&self, tool: Tool) -> Result<Vec<Line>, Unsupported> {
        let name = match tool {
            Tool::Sockstat => "sockstat",
            Tool::Ss => "ss",
            Tool::Netstat => "netstat",
        };
        let mut alive =
            self.world.connections().ok_or_else(|| Unsupported(format!("the command `{name}`")))?;
        let mut lines = Vec::new();
        for (&label, descriptor) in &self.descriptors {
            let socket = descriptor.socket.and_then(|at| self.sockets.get(at));
            let Some(socket) = socket else { continue };
            let tuple = socket.tuple();
            let at = alive.iter().position(|(alive, _)| tuple.is_some_and(|tuple| same(tuple, *alive)));
            let state = match at {
                Some(at) => alive.swap_remove(at).1,
                None if socket.listens() => State::Listen,
                None => State::Closed,
            };
            lines.push(Line { local: socket.local, remote: socket.remote, state, fd: Some(label) });
        }
        lines.extend(alive.into_iter().map(|(tuple, state)| Line {
            local: Some(tuple.local),
            remote: Some(tuple.remote),
            state,
            fd: None,
        }));
        Ok(lines)
    }

    fn drop_connections(&mut self, which: &Dropped) -> Result<bool, Unsupported> {
        let missing = || Unsupported("the command `tcpdrop`".to_owned());
        let abi = self.world.abi();
        let alive = self.world.connections().ok_or_else(missing)?;
        let dropped: Vec<_> = alive
            .into_iter()
            .filter(|(tuple, state)| match which {
                Dropped::All => true,
                Dropped::State(name) => {
                    netstat_name(*state, abi) == name || netstat_name(*state, Abi::FreeBsd) == name
                }
                Dropped::Between(local, remote) => (*local, *remote) == (tuple.local, tuple.remote),
            })
            .collect();
        for (tuple, _) in &dropped {
            self.world.drop_connection(*tuple)?;
        }
        Ok(!dropped.is_empty() || *which == Dropped::All)
    }
}

/// Whether two tuples name one connection, addresses mapped or not.
fn same(one: stackdrill_wire::Tuple, other: stackdrill_wire::Tuple) -> bool {
    let plain = |end: std::net::SocketAddr| (end.ip().to_canonical(), end.port());
    plain(one.local) == plain(other.local) && plain(one.remote) == plain(other.remote)
}

/// A line as the tool prints it. Scripts look for the name of the process and for the state.
fn shown(tool: Tool, abi: Abi, line: &Line) -> String {
    let end = |end: Option<std::net::SocketAddr>| end.map_or_else(|| "*:*".to_owned(), |end| end.to_string());
    let (local, remote) = (end(line.local), end(line.remote));
    let fd = line.fd.map_or_else(|| "?".to_owned(), |fd| fd.to_string());
    match tool {
        Tool::Sockstat => {
            let process = if line.fd.is_some() { "root packetdrill 1" } else { "? ? ?" };
            format!("{process} {fd} tcp {local} {remote} {}", netstat_name(line.state, Abi::FreeBsd))
        }
        Tool::Ss => {
            let process = line.fd.map(|fd| format!(" users:((\"packetdrill\",pid=1,fd={fd}))"));
            format!("{} 0 0 {local} {remote}{}", ss_name(line.state), process.unwrap_or_default())
        }
        Tool::Netstat => {
            let process = if line.fd.is_some() { "1/packetdrill" } else { "-" };
            format!("tcp 0 0 {local} {remote} {} {process}", netstat_name(line.state, abi))
        }
    }
}

/// Source: FreeBSD's tcp_fsm.h; Linux's net-tools.
const fn netstat_name(state: State, abi: Abi) -> &'static str {
    match (state, abi) {
        (State::Closed, Abi::FreeBsd) => "CLOSED",
        (State::Closed, Abi::Linux) => "CLOSE",
        (State::Listen, _) => "LISTEN",
        (State::SynSent, _) => "SYN_SENT",
        (State::SynReceived, Abi::FreeBsd) => "SYN_RCVD",
        (State::SynReceived, Abi::Linux) => "SYN_RECV",
        (State::Established, _) => "ESTABLISHED",
        (State::FinWait1, Abi::FreeBsd) => "FIN_WAIT_1",
        (State::FinWait1, Abi::Linux) => "FIN_WAIT1",
        (State::FinWait2, Abi::FreeBsd) => "FIN_WAIT_2",
        (State::FinWait2, Abi::Linux) => "FIN_WAIT2",
        (State::CloseWait, _) => "CLOSE_WAIT",
        (State::Closing, _) => "CLOSING",
        (State::LastAck, _) => "LAST_ACK",
        (State::TimeWait, _) => "TIME_WAIT",
    }
}

/// Source: iproute2's ss(8).
const fn ss_name(state: State) -> &'static str {
    match state {
        State::Closed => "UNCONN",
        State::Listen => "LISTEN",
        State::SynSent => "SYN-SENT",
        State::SynReceived => "SYN-RECV",
        State::Established => "ESTAB",
        State::FinWait1 => "FIN-WAIT-1",
        State::FinWait2 => "FIN-WAIT-2",
        State::CloseWait => "CLOSE-WAIT",
        State::Closing => "CLOSING",
        State::LastAck => "LAST-ACK",
        State::TimeWait => "TIME-WAIT",
    }
}
