//! The options that a script may set, and what each of them takes: packetdrill's long options, all of which may stand
//! at the head of a script too.
use std::fmt;

use super::diagnostic::{Fault, nearest};
use super::dialect::Dialect;
use super::tree::{OptionValue, ScriptOption};

/// An option of the language.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct OptionForm {
    /// Its name, without dashes.
    pub name: &'static str,
    /// What stands behind the `=`.
    pub takes: Takes,
    /// The dialect that alone has it.
    pub only: Option<Dialect>,
    /// What it does, in a few words.
    pub about: &'static str,
}

/// What an option takes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Takes {
    /// Nothing: it is said or not.
    Nothing,
    /// An integer between these.
    Integer(i64, i64),
    /// A percentage, perhaps with a fraction.
    Percentage,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// Several of these words, with commas or blanks between them.
    SomeOf(&'static [&'static str]),
    /// `NAME=VALUE`.
    Definition,
    /// Any text.
    Text,
}

use Takes::{Definition, Integer, Nothing, OneOf, Percentage, SomeOf, Text};

const MOST: i64 = i32::MAX as i64;
const GOOGLE: Option<Dialect> = Some(Dialect::Google);
const BSD: Option<Dialect> = Some(Dialect::Bsd);

const fn form(name: &'static str, takes: Takes, only: Option<Dialect>, about: &'static str) -> OptionForm {
    OptionForm { name, takes, only, about }
}

/// Every option there is.
pub const OPTIONS: &[OptionForm] = &[
    // Where it runs.
    form(
        "ip_version",
        OneOf(&["ipv4", "ipv4-mapped-ipv6", "ipv6", "ipv4_mapped_ipv6"]),
        None,
        "the address variant",
    ),
    form("local_ip", Text, None, "the address of the stack under test"),
    form("remote_ip", Text, None, "the address of its peer, perhaps with /length"),
    form("gateway_ip", Text, None, "the address of the router between them"),
    form("netmask_ip", Text, None, "the netmask of the stack's network"),
    form("local_linklocal_ip", Text, BSD, "the link-local address of the stack under test"),
    form("gateway_linklocal_ip", Text, BSD, "the link-local address of the router"),
    form("bind_port", Integer(1, 65_535), None, "the local port that bind() gets"),
    form("connect_port", Integer(1, 65_535), None, "the remote port that connect() gets"),
    form("mtu", Integer(0, 65_535), None, "the link's MTU in octets"),
    form("mss", Integer(1, MOST), GOOGLE, "injected segments arrive as one large one of such parts"),
    form("speed", Integer(0, MOST), None, "the link's speed in Mbit/s"),
    form("is_anyip", Nothing, GOOGLE, "the local address is configured nowhere"),
    form("tun_dev", Text, BSD, "the name of the device"),
    form("persistent_tun_dev", Nothing, BSD, "keep the device"),
    form("udp_encapsulation", OneOf(&["tcp", "sctp"]), BSD, "what travels inside UDP"),
    // How it is judged.
    form("tolerance_usecs", Integer(1, MOST), None, "microseconds by which a time may be missed"),
    form("tolerance_percent", Percentage, None, "the same, in percent of the time since the event before"),
    form(
        "tcp_ts_tick_usecs",
        Integer(0, 1_000_000),
        None,
        "microseconds of a timestamp tick; 0: values are not judged",
    ),
    form("tcp_ts_ecr_scaled", Nothing, GOOGLE, "an echo that was never sent is inferred from the first one"),
    form("strict_segments", Nothing, GOOGLE, "one expected segment is one packet"),
    form("non_fatal", SomeOf(&["packet", "syscall"]), None, "what is only warned about"),
    // What it is given.
    form("define", Definition, None, "a symbol and what it stands for"),
    form("init_scripts", Text, None, "commands to run before the script"),
    form("code_command", Text, None, "the interpreter of code"),
    form("code_format", OneOf(&["python"]), None, "the language of code"),
    form("code_sockopt", OneOf(&["", "TCP_INFO", "TCP_CC_INFO", "SO_MEMINFO"]), None, "what code can see"),
    form("tcp_md5_secret", Text, BSD, "the secret of `md5 valid`"),
    form("send_omit_free", Nothing, GOOGLE, "keep the buffers given to send()"),
    form("no_cleanup", Nothing, BSD, "inject no reset at the end"),
    // Other stacks and other machines.
    form("so_filename", Text, GOOGLE, "a shared library that is the stack under test"),
    form("so_flags", Text, GOOGLE, "what that library is given"),
    form("wire_client", Nothing, None, "make the calls; another machine has the packets"),
    form("wire_server", Nothing, None, "have the packets; another machine makes the calls"),
    form("wire_server_at", Text, GOOGLE, "where the server is"),
    form("wire_server_ip", Text, None, "the address of the server"),
    form("wire_server_port", Integer(1, 65_535), None, "the port of the server"),
    form("wire_client_dev", Text, None, "the client's interface"),
    form("wire_server_dev", Text, None, "the server's interface"),
    form("psp_udp_port", Integer(0, 65_535), GOOGLE, "the UDP port of PSP"),
    // What is shown.
    form("dry_run", Nothing, None, "read the script, and run nothing"),
    form("verbose", Nothing, None, "show every packet and call"),
    form("debug", Nothing, None, "show more than anyone wants to know"),
];

/// The option of this name.
#[must_use]
pub fn option_form(name: &str) -> Option<&'static OptionForm> {
    OPTIONS.iter().find(|form| form.name == name)
}

impl OptionForm {
    /// Whether it takes this text for its value.
    #[must_use]
    pub fn takes(&self, text: &str) -> bool {
        match self.takes {
            Nothing => false,
            Text => true,
            Integer(low, high) => text.parse::<i64>().is_ok_and(|value| (low..=high).contains(&value)),
            Percentage => is_percentage(text),
            OneOf(words) => words.contains(&text),
            SomeOf(words) => {
                text.split([',', ' ']).filter(|part| !part.is_empty()).all(|part| words.contains(&part))
            }
            Definition => text.split_once('=').is_some_and(|(name, _)| !name.is_empty()),
        }
    }
}

impl fmt::Display for Takes {
    /// As a message says what is wanted.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Nothing => f.write_str("no value"),
            Integer(low, MOST) => write!(f, "an integer from {low} on"),
            Integer(low, high) => write!(f, "an integer from {low} to {high}"),
            Percentage => f.write_str("a percentage from 0 to 100"),
            OneOf(words) | SomeOf(words) => {
                let words: Vec<_> = words.iter().filter(|word| !word.is_empty()).collect();
                for (at, word) in words.iter().enumerate() {
                    let before = match words.len() - at {
                        _ if at == 0 => "",
                        1 => " or ",
                        _ => ", ",
                    };
                    write!(f, "{before}`{word}`")?;
                }
                Ok(())
            }
            Definition => f.write_str("`NAME=VALUE`"),
            Text => f.write_str("text"),
        }
    }
}

/// What is wrong with an option, if anything.
pub(super) fn fault(option: &ScriptOption, dialect: Dialect) -> Option<Fault> {
    let name = option.name.node.to_string();
    let Some(form) = option_form(&name) else {
        let near = nearest(&name, OPTIONS.iter().map(|form| form.name));
        return Some(Fault::UnknownOption { name, near });
    };
    if let Some(only) = form.only.filter(|&only| only != dialect) {
        return Some(Fault::OtherDialect { what: "this option", dialect: only });
    }
    let spelled = option.value.as_ref().map(OptionValue::text).unwrap_or_default();
    if name == "ip_version" && spelled == "ipv4_mapped_ipv6" && dialect == Dialect::Google {
        return Some(Fault::OtherDialect { what: "this spelling", dialect: Dialect::Bsd });
    }
    match (form.takes, &option.value) {
        // `--define` reads its value in a way of its own.
        (Nothing, None) | (Definition, Some(OptionValue::Define(..))) => None,
        (Nothing, Some(_)) => Some(Fault::OptionWithValue { name }),
        (_, None) => Some(Fault::OptionWithoutValue { name }),
        (takes, Some(value)) => {
            let text = value.text();
            let fits = takes != Definition && form.takes(&text);
            (!fits).then(|| Fault::OptionValue { name, wants: takes.to_string(), value: text })
        }
    }
}

/// `12.5`, `.5`, `100`.
fn is_percentage(text: &str) -> bool {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| text.bytes().all(|octet| octet.is_ascii_digit());
    let full = whole == "100" && fraction.bytes().all(|digit| digit == b'0');
    let part = digits(whole) && whole.len() <= 2 && !(whole.is_empty() && fraction.is_empty());
    digits(fraction) && fraction.len() <= 9 && (full || part)
}

#[cfg(test)]
mod tests {
    use super::{OPTIONS, option_form};

    #[test]
    fn each_option_is_there_once() {
        for form in OPTIONS {
            assert_eq!(option_form(form.name), Some(form));
        }
    }

    #[test]
    fn values_are_taken_or_not() {
        for (name, value, taken) in [
            ("tolerance_percent", "12.5", true),
            ("tolerance_percent", ".5", true),
            ("tolerance_percent", "100", true),
            ("tolerance_percent", "100.5", false),
            ("tolerance_percent", "101", false),
            ("tolerance_percent", ".", false),
            ("tolerance_percent", "-1", false),
            ("tolerance_usecs", "0", false),
            ("bind_port", "65536", false),
            ("ip_version", "ipv4-mapped-ipv6", true),
            ("ip_version", "ipv5", false),
            ("non_fatal", "packet,syscall", true),
            ("non_fatal", "packet, death", false),
            ("define", "A=", true),
            ("define", "=A", false),
            ("verbose", "", false),
        ] {
            let form = option_form(name).expect(name);
            assert_eq!(form.takes(value), taken, "--{name}={value}");
        }
    }
}
