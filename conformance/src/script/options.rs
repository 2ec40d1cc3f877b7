//! The options that a script may set, and what each of them takes.
use super::diagnostic::{Fault, nearest};
use super::dialect::Dialect;
use super::tree::{OptionValue, ScriptOption};

/// What an option takes.
#[derive(Clone, Copy)]
enum Takes {
    /// Nothing.
    Nothing,
    /// An integer between these.
    Integer(i64, i64),
    /// A percentage, perhaps with a fraction.
    Percentage,
    /// One of these words.
    OneOf(&'static [&'static str], &'static str),
    /// `NAME=VALUE`.
    Definition,
    /// Any text.
    Text,
}

use Takes::{Definition, Integer, Nothing, OneOf, Percentage, Text};

const MOST: i64 = i32::MAX as i64;

/// Name, what it takes, and the dialect that alone has it.
const OPTIONS: &[(&str, Takes, Option<Dialect>)] = &[
    (
        "ip_version",
        OneOf(
            &["ipv4", "ipv6", "ipv4-mapped-ipv6", "ipv4_mapped_ipv6"],
            "`ipv4`, `ipv6` or `ipv4-mapped-ipv6`",
        ),
        None,
    ),
    ("bind_port", Integer(1, 65_535), None),
    ("connect_port", Integer(1, 65_535), None),
    ("local_ip", Text, None),
    ("remote_ip", Text, None),
    ("gateway_ip", Text, None),
    ("netmask_ip", Text, None),
    ("mtu", Integer(0, MOST), None),
    ("mss", Integer(1, MOST), Some(Dialect::Google)),
    ("speed", Integer(0, MOST), None),
    ("tolerance_usecs", Integer(1, MOST), None),
    ("tolerance_percent", Percentage, None),
    ("tcp_ts_tick_usecs", Integer(0, 1_000_000), None),
    ("tcp_ts_ecr_scaled", Nothing, Some(Dialect::Google)),
    ("strict_segments", Nothing, Some(Dialect::Google)),
    ("non_fatal", Text, None),
    ("send_omit_free", Nothing, Some(Dialect::Google)),
    ("is_anyip", Nothing, Some(Dialect::Google)),
    ("define", Definition, None),
    ("init_scripts", Text, None),
    ("code_command", Text, None),
    ("code_format", Text, None),
    ("code_sockopt", Text, None),
    ("so_filename", Text, Some(Dialect::Google)),
    ("so_flags", Text, Some(Dialect::Google)),
    ("wire_client", Nothing, None),
    ("wire_server", Nothing, None),
    ("wire_server_at", Text, None),
    ("wire_server_ip", Text, None),
    ("wire_server_port", Integer(1, 65_535), None),
    ("wire_client_dev", Text, None),
    ("wire_server_dev", Text, None),
    ("psp_udp_port", Integer(0, 65_535), Some(Dialect::Google)),
    ("dry_run", Nothing, None),
    ("verbose", Nothing, None),
    ("debug", Nothing, None),
    ("tcp_md5_secret", Text, Some(Dialect::Bsd)),
    ("udp_encapsulation", OneOf(&["tcp", "sctp"], "`tcp` or `sctp`"), Some(Dialect::Bsd)),
    ("tun_dev", Text, Some(Dialect::Bsd)),
    ("persistent_tun_dev", Nothing, Some(Dialect::Bsd)),
    ("no_cleanup", Nothing, Some(Dialect::Bsd)),
    ("local_linklocal_ip", Text, Some(Dialect::Bsd)),
    ("gateway_linklocal_ip", Text, Some(Dialect::Bsd)),
];

/// What is wrong with an option, if anything.
pub(super) fn fault(option: &ScriptOption, dialect: Dialect) -> Option<Fault> {
    let name = option.name.node.to_string();
    let Some((_, takes, only)) = OPTIONS.iter().find(|row| row.0 == name) else {
        let near = nearest(&name, OPTIONS.iter().map(|row| row.0));
        return Some(Fault::UnknownOption { name, near });
    };
    if let Some(only) = only.filter(|&only| only != dialect) {
        return Some(Fault::OtherDialect { what: "this option", dialect: only });
    }
    match (takes, &option.value) {
        (Nothing, None) => None,
        (Nothing, Some(_)) => Some(Fault::OptionWithValue { name }),
        (_, None) => Some(Fault::OptionWithoutValue { name }),
        (takes, Some(value)) => {
            let wants = refuses(takes, value)?;
            Some(Fault::OptionValue { name, wants, value: value.text() })
        }
    }
}

/// What an option wants instead of this value; nothing if it takes it.
fn refuses(takes: &Takes, value: &OptionValue) -> Option<&'static str> {
    let text = value.text();
    let (fits, wants) = match takes {
        Nothing | Text => (true, ""),
        Integer(low, high) => {
            (text.parse::<i64>().is_ok_and(|value| (low..=high).contains(&&value)), "an integer in its range")
        }
        Percentage => (is_percentage(&text), "a percentage from 0 to 100"),
        OneOf(words, wants) => (words.contains(&text.as_str()), *wants),
        Definition => (matches!(value, OptionValue::Define(..)), "`NAME=VALUE`"),
    };
    (!fits).then_some(wants)
}

fn is_percentage(text: &str) -> bool {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| text.bytes().all(|octet| octet.is_ascii_digit());
    digits(fraction) && digits(whole) && whole.parse::<u8>().is_ok_and(|whole| whole <= 100)
}
