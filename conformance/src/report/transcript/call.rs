//! Calls as scripts write them: constants by name, buffers as `...`, values in brackets.
use crate::constants::Abi;
use crate::target::{Call, End, EpollEvent, Output, Peer, SocketOption, Value};

/// The call and its end, on one line.
pub(crate) fn line(call: &Call, end: &End, abi: Abi) -> String {
    let given = match call {
        Call::Socket { domain, kind, protocol } => format!(
            "{}, {}, {}",
            named(abi, *domain, "AF_"),
            named(abi, *kind, "SOCK_"),
            named(abi, *protocol, "IPPROTO_")
        ),
        Call::Bind { fd, address } => format!("{}, {address}, ...", fd.0),
        Call::Listen { fd, backlog } => format!("{}, {backlog}", fd.0),
        Call::Accept { fd } => format!("{}, ..., ...", fd.0),
        Call::Close { fd } => fd.0.to_string(),
        Call::Connect { fd, to } => format!("{}, {}, ...", fd.0, peer(abi, *to)),
        Call::Receive { fd, length, flags, .. } => format!("{}, ..., {length}{}", fd.0, message(abi, *flags)),
        Call::Send { fd, data, flags, .. } => {
            format!("{}, ..., {}{}", fd.0, data.len(), message(abi, *flags))
        }
        Call::Shutdown { fd, how } => format!("{}, {}", fd.0, named(abi, *how, "SHUT_")),
        Call::SetOption { fd, option, value, length } => {
            format!("{}, {}, {}, {length}", fd.0, name(abi, *option), shown(value))
        }
        Call::GetOption { fd, option, length } => {
            format!("{}, {}, ..., [{length}]", fd.0, name(abi, *option))
        }
        Call::Fcntl { fd, command, argument } => {
            let argument =
                argument.map(|argument| format!(", {}", flags(abi, argument, "O_"))).unwrap_or_default();
            format!("{}, {}{argument}", fd.0, named(abi, *command, "F_"))
        }
        Call::Ioctl { fd, request, .. } => {
            let known = abi.name(*request, &["FIO", "SIOC"]);
            format!("{}, {}", fd.0, known.map_or_else(|| format!("{request:#x}"), str::to_owned))
        }
        Call::WithoutBuffer(call) => return line(call, end, abi).replacen("...", "NULL", 1),
        Call::EpollCreate { size } => size.to_string(),
        Call::EpollControl { epoll, operation, fd, event } => {
            let operation = named(abi, *operation, "EPOLL_CTL_");
            format!("{}, {operation}, {}, {}", epoll.0, fd.0, watched_event(abi, *event))
        }
        Call::EpollWait { epoll, most, timeout } => format!("{}, ..., {most}, {timeout}", epoll.0),
        Call::Pipe => "[..., ...]".to_owned(),
        Call::Splice { from, to, length, flags } => {
            format!("{}, NULL, {}, NULL, {length}, {}", from.0, to.0, self::flags(abi, *flags, "SPLICE_F_"))
        }
        Call::Open { path, flags } => {
            format!("\"{}\", {}", path.to_string_lossy().escape_debug(), named(abi, *flags, "O_"))
        }
        Call::SendFile { to, from, offset, count } => {
            let offset = offset.map_or_else(|| "NULL".to_owned(), |offset| format!("[{offset}]"));
            format!("{}, {}, {offset}, {count}", to.0, from.0)
        }
        Call::SetCapability { set, capability, value } => format!("{set}, {capability}, {value}"),
        Call::Poll { watched, timeout } => {
            format!("[{} descriptors], {}, {timeout}", watched.len(), watched.len())
        }
    };
    format!("{}({given}){}", call.name(), ended(end, abi))
}

fn ended(end: &End, abi: Abi) -> String {
    match end {
        End::Returned { value, output } => match output {
            Output::Option(option) => format!(" = {value}: {}", shown(option)),
            Output::Int(int) => format!(" = {value}: [{int}]"),
            Output::Accepted(peer) => format!(" = {value}: {peer}"),
            Output::Polled(events) => {
                let events: Vec<_> = events.iter().map(|&events| flags(abi, events.into(), "POLL")).collect();
                format!(" = {value}: {}", events.join(", "))
            }
            Output::Watched(events) => {
                let events: Vec<_> = events.iter().map(|&event| watched_event(abi, event)).collect();
                format!(" = {value}: {}", events.join(", "))
            }
            Output::Pipe(reads, writes) => format!(" = {value}: [{}, {}]", reads.0, writes.0),
            Output::Received(_) | Output::Nothing => format!(" = {value}"),
        },
        End::Failed(errno) => format!(" = -1 {errno}"),
        End::Blocks => " ...".to_owned(),
        End::Unsupported(missing) => format!(": {missing}"),
    }
}

/// `struct epoll_event`.
fn watched_event(abi: Abi, event: EpollEvent) -> String {
    format!("{{events={}, u64={}}}", flags(abi, event.events.cast_signed(), "EPOLL"), event.data)
}

/// A constant by its name, or as a number.
fn named(abi: Abi, number: i32, prefix: &str) -> String {
    abi.name(number.into(), &[prefix]).map_or_else(|| number.to_string(), str::to_owned)
}

/// A set of flags, joined as in C; what has no name stays a number.
fn flags(abi: Abi, set: i32, prefix: &str) -> String {
    if set == 0 {
        return "0".to_owned();
    }
    let bits = (0..31).map(|bit| 1_i32 << bit).filter(|bit| set & bit != 0);
    let names: Vec<_> = bits
        .map(|bit| abi.name(bit.into(), &[prefix]).map_or_else(|| format!("{bit:#x}"), str::to_owned))
        .collect();
    names.join("|")
}

/// The flags of a message, where the call takes any.
fn message(abi: Abi, set: i32) -> String {
    if set == 0 { String::new() } else { format!(", {}", flags(abi, set, "MSG_")) }
}

fn peer(abi: Abi, to: Peer) -> String {
    match to {
        Peer::Address(address) => address.to_string(),
        Peer::Family(family) => named(abi, family, "AF_"),
    }
}

/// Level and name.
fn name(abi: Abi, option: SocketOption) -> String {
    let levels =
        [("SOL_SOCKET", "SO_"), ("IPPROTO_TCP", "TCP_"), ("IPPROTO_IPV6", "IPV6_"), ("IPPROTO_IP", "IP_")];
    let level = levels.into_iter().find(|(level, _)| abi.number(level) == Some(option.level.into()));
    match level {
        Some((level, prefix)) => format!("{level}, {}", named(abi, option.name, prefix)),
        None => format!("{}, {}", option.level, option.name),
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Int(number) => format!("[{number}]"),
        Value::Linger { onoff, linger } => format!("{{onoff={onoff}, linger={linger}}}"),
        Value::Octets(octets) => format!("\"{}\"", octets.escape_ascii()),
    }
}
