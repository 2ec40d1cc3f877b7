//! What a script's options, and those given outside, say about a run.
use std::net::IpAddr;

use super::command::Shell;
use super::failure::ScriptError;
use super::timing::Tolerance;
use super::{Network, RunOptions, Variant};
use crate::script::{Dialect, Script};

/// Everything that options decide.
#[derive(Clone, Debug)]
pub(super) struct Configuration {
    pub(super) variant: Variant,
    pub(super) dialect: Dialect,
    pub(super) local: IpAddr,
    pub(super) remote: IpAddr,
    pub(super) mtu: u32,
    /// The local port that `bind` gets.
    pub(super) bind_port: u16,
    /// The remote port that `connect` gets.
    pub(super) connect_port: u16,
    pub(super) tolerance: Tolerance,
    /// Microseconds of one tick of the stack's timestamp clock; 0: timestamp values are not judged.
    pub(super) stamp_tick: i64,
    /// Whether an echo that was never sent is inferred from the first one.
    pub(super) stamp_scaled: bool,
    /// Whether one expected packet is exactly one packet.
    pub(super) strict_segments: bool,
    /// Whether datagram sockets have their ends from the start (`--is_anyip`).
    pub(super) anywhere: bool,
    /// Whether a packet that differs is a warning.
    pub(super) packets_warn: bool,
    /// Whether a call that answers otherwise is a warning (BSD dialect).
    pub(super) calls_warn: bool,
    /// What segments are signed with.
    pub(super) md5_secret: Option<Box<[u8]>>,
    /// Whether every UDP datagram carries a segment (BSD dialect).
    pub(super) tcp_in_udp: bool,
    /// Whether the script is only a stimulus.
    pub(super) stimulus: bool,
    /// What may be used of the host.
    pub(super) shell: Shell,
    /// What runs the Python that is not understood here.
    pub(super) code_command: Option<String>,
    /// Commands to run before the script.
    pub(super) init_scripts: Vec<String>,
    /// The first option that this runner cannot honour.
    pub(super) unsupported: Option<String>,
}

/// Options that change nothing here: how the real tool drives its device, prints, or cleans up.
const WITHOUT_EFFECT: &[&str] = &[
    "ip_version",
    "mss",
    "speed",
    "send_omit_free",
    "define",
    "code_sockopt",
    "psp_udp_port",
    "dry_run",
    "verbose",
    "debug",
    "tun_dev",
    "persistent_tun_dev",
    "no_cleanup",
];

/// Options that need something that is not there.
const UNSUPPORTED: &[&str] = &[
    "so_filename",
    "so_flags",
    "wire_client",
    "wire_server",
    "wire_server_at",
    "wire_server_ip",
    "wire_server_port",
    "wire_client_dev",
    "wire_server_dev",
];

impl Configuration {
    /// Reads the script's options, then those given outside, which win.
    pub(super) fn new(script: &Script, options: &RunOptions) -> Result<Self, ScriptError> {
        let variant = options.variant;
        // The batch driver is Google's.
        let network = match script.dialect {
            Dialect::Google => options.network,
            Dialect::Bsd => Network::Tool,
        };
        let mut configuration = Self {
            variant,
            dialect: script.dialect,
            local: variant.local(network),
            remote: variant.remote(network),
            mtu: variant.mtu(network),
            bind_port: 8080,
            connect_port: 8080,
            tolerance: Tolerance::standard(script.dialect),
            stamp_tick: 0,
            stamp_scaled: false,
            strict_segments: false,
            anywhere: false,
            packets_warn: false,
            calls_warn: false,
            md5_secret: None,
            tcp_in_udp: false,
            stimulus: options.stimulus,
            shell: Shell { allowed: options.allow_shell, folder: options.folder_of(script) },
            code_command: None,
            init_scripts: Vec::new(),
            unsupported: None,
        };
        for option in &script.options {
            let value = option.value.as_ref().map(crate::script::OptionValue::text);
            configuration.set(&option.name.node, value.as_deref().unwrap_or_default())?;
        }
        for (name, value) in &options.overrides {
            configuration.set(name, value)?;
        }
        configuration.packets_warn |= options.stimulus;
        Ok(configuration)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), ScriptError> {
        let wrong = || ScriptError::Option { name: name.to_owned(), value: value.to_owned() };
        match name {
            "local_ip" => self.local = self.address(value).ok_or_else(wrong)?.unwrap_or(self.local),
            "remote_ip" => self.remote = self.address(value).ok_or_else(wrong)?.unwrap_or(self.remote),
            // The network around the device, of which nothing is here.
            "gateway_ip" | "netmask_ip" | "local_linklocal_ip" | "gateway_linklocal_ip" => {
                value.parse::<IpAddr>().map_err(|_| wrong())?;
            }
            "mtu" => self.mtu = number(value, 0, 65_535).ok_or_else(wrong)?,
            "bind_port" => self.bind_port = number(value, 1, 65_535).ok_or_else(wrong)?,
            "connect_port" => self.connect_port = number(value, 1, 65_535).ok_or_else(wrong)?,
            "tolerance_usecs" => self.tolerance.micros = number(value, 1, i64::MAX).ok_or_else(wrong)?,
            "tolerance_percent" => self.tolerance.share = share(value).ok_or_else(wrong)?,
            "tcp_ts_tick_usecs" => self.stamp_tick = number(value, 0, 1_000_000).ok_or_else(wrong)?,
            "tcp_md5_secret" => self.md5_secret = Some(value.as_bytes().into()),
            "udp_encapsulation" => match value {
                "tcp" => self.tcp_in_udp = true,
                "sctp" => {
                    self.unsupported.get_or_insert_with(|| "SCTP inside UDP".to_owned());
                }
                _ => return Err(wrong()),
            },
            "code_command" if self.shell.allowed => self.code_command = Some(value.to_owned()),
            "init_scripts" if self.shell.allowed => {
                self.init_scripts = value.split(',').map(str::to_owned).collect();
            }
            "code_command" | "init_scripts" => {
                self.unsupported.get_or_insert_with(|| format!("--{name} without --allow-shell"));
            }
            "code_format" if value == "python" => {}
            "code_format" => return Err(wrong()),
            "tcp_ts_ecr_scaled" => self.stamp_scaled = true,
            "strict_segments" => self.strict_segments = true,
            "is_anyip" => self.anywhere = true,
            "non_fatal" => {
                for what in value.split([',', ' ']).filter(|what| !what.is_empty()) {
                    match what {
                        "packet" => self.packets_warn = true,
                        // Google's tool accepts it and does nothing with it.
                        "syscall" => self.calls_warn = self.dialect == Dialect::Bsd,
                        _ => return Err(wrong()),
                    }
                }
            }
            _ if WITHOUT_EFFECT.contains(&name) => {}
            _ if UNSUPPORTED.contains(&name) => {
                self.unsupported.get_or_insert_with(|| format!("--{name}"));
            }
            _ => return Err(ScriptError::UnknownOption { name: name.to_owned() }),
        }
        Ok(())
    }

    /// An address, perhaps with `/length`. One of the other family is left to the variant that has it.
    fn address(&self, text: &str) -> Option<Option<IpAddr>> {
        let (address, _) = text.split_once('/').unwrap_or((text, ""));
        let address: IpAddr = address.parse().ok()?;
        Some((address.is_ipv6() == self.variant.is_ipv6()).then_some(address))
    }
}

fn number<T: TryFrom<i64>>(text: &str, least: i64, most: i64) -> Option<T> {
    let value: i64 = text.parse().ok()?;
    if (least..=most).contains(&value) { T::try_from(value).ok() } else { None }
}

/// `12.5` percent as millionths, without a float.
fn share(percent: &str) -> Option<i64> {
    let (whole, fraction) = percent.split_once('.').unwrap_or((percent, ""));
    let whole: i64 = if whole.is_empty() { 0 } else { number(whole, 0, 100)? };
    if fraction.len() > 9 || !fraction.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let digits: String = fraction.chars().chain("0000".chars()).take(4).collect();
    let share = whole * 10_000 + digits.parse::<i64>().ok()?;
    (share <= 1_000_000).then_some(share)
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn percents_are_read_without_floats() {
        for (text, millionths) in [
            ("12.5", Some(125_000)),
            ("5", Some(50_000)),
            (".25", Some(2_500)),
            ("100", Some(1_000_000)),
            ("100.1", None),
            ("x", None),
            ("1.x", None),
        ] {
            assert_eq!(share(text), millionths, "{text}");
        }
    }
}
