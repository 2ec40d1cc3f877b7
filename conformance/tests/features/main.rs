//! The language, feature by feature: each row has a script that passes by the feature, and one that does not, for
//! that feature's reason. A reader who wonders what a form means finds it here, small and running.
//!
//! A file for each chapter of the language; a `const` table of [`Row`]s in it; one test that [`check`]s the table.
//! Nothing here needs a host: every script runs against the reference, in virtual time.
/// A segment with a hundred octets, and what acknowledges it.
macro_rules! data {
    ($before:literal, $after:literal) => {
        concat!($before, "+0 < P. 1:101(100) ack 1 win 65535\n+0~+.5 > . 1:1(0) ack 101\n", $after)
    };
}

mod calls;
mod commands;
mod dialects;
mod encapsulation;
mod grammar;
mod messages;
mod options;
mod packets;
mod path;
mod profiles;
mod settings;
mod sockets;
mod structures;
mod tcp_options;
mod timing;
mod words;

use std::fmt::Write as _;

use stackdrill::runner::RunOptions;
use stackdrill::script::{Dialect, ParseOptions, Severity, parse};
use stackdrill::target::{Reference, Target};
use stackdrill::{Profile, Variant, Verdict, run_script};

/// A feature: what it is called, a script in which it holds, one in which it does not, and how that one ends.
///
/// A script may begin with one of the [`OPENINGS`] by name, `{established}` for instance; options go before it.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The feature, in the words of the language's reference.
    pub name: &'static str,
    /// Passes.
    pub good: &'static str,
    /// Does not pass.
    pub bad: &'static str,
    /// A part of how the bad one ends: `fail: the packet differs in its flags`. The words are the verdict, and all
    /// that a report says: why, every field that differs, every diagnostic of a script that does not parse.
    pub because: &'static str,
    /// How both run.
    pub how: How,
}

/// How the scripts of a row run.
#[derive(Clone, Copy, Debug)]
pub struct How {
    /// The dialect they are read in.
    pub dialect: Dialect,
    /// The address variant.
    pub variant: Variant,
    /// Whose choices the reference makes.
    pub profile: Profile,
    /// Makes the target: the reference, perhaps with something around it.
    pub target: fn() -> Box<dyn Target>,
    /// Symbols defined from outside, as `-D` does.
    pub defines: &'static [(&'static str, &'static str)],
}

/// Google's dialect over IPv4, as the RFCs have it.
pub const GOOGLE: How = How {
    dialect: Dialect::Google,
    variant: Variant::Ipv4,
    profile: Profile::Rfc,
    target: reference,
    defines: &[],
};

fn reference() -> Box<dyn Target> {
    Box::new(Reference::new())
}

/// The BSD dialect over IPv4.
pub const BSD: How = How { dialect: Dialect::Bsd, ..GOOGLE };

/// Google's dialect over IPv6.
pub const IPV6: How = How { variant: Variant::Ipv6, ..GOOGLE };

impl Row {
    /// A row in Google's dialect.
    pub const fn new(
        name: &'static str,
        good: &'static str,
        bad: &'static str,
        because: &'static str,
    ) -> Self {
        Self { name, good, bad, because, how: GOOGLE }
    }

    /// The same row, run otherwise.
    pub const fn under(self, how: How) -> Self {
        Self { how, ..self }
    }
}

/// Beginnings that scripts share. Descriptor 3 listens or connects, 4 is the accepted one; the peer's window is 65535.
pub const OPENINGS: &[(&str, &str)] = &[
    (
        "{listening}",
        "0  socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
",
    ),
    (
        "{established}",
        "0  socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+0 < S 0:0(0) win 65535 <mss 1000>
+0 > S. 0:0(0) ack 1 <...>
+0 < . 1:1(0) ack 1 win 65535
+0 accept(3, ..., ...) = 4
",
    ),
    (
        "{late}",
        "0  socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+0 < S 0:0(0) win 65535 <mss 1000>
+0 > S. 0:0(0) ack 1 <...>
+.1 < . 1:1(0) ack 1 win 65535
+0 accept(3, ..., ...) = 4
",
    ),
    (
        "{connected}",
        "0  socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
+0 connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)
+0 > S 0:0(0) <...>
+0 < S. 0:0(0) ack 1 win 65535 <mss 1000>
+0 > . 1:1(0) ack 1
",
    ),
    (
        "{calling}",
        "0  socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
+0 connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)
+0 > S 0:0(0) <...>
",
    ),
    ("{udp}", "0  socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3\n+0 connect(3, ..., ...) = 0\n"),
];

/// How a script ends: the verdict and all that is said of it.
fn ended(text: &str, how: How) -> (Verdict, String) {
    let mut text = text.to_owned();
    for (name, opening) in OPENINGS {
        text = text.replace(name, opening);
    }
    let defines = how.defines.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
    let options = ParseOptions { dialect: Some(how.dialect), defines, ..ParseOptions::default() };
    let parsed = parse(&text, &options);
    if !parsed.is_ok() {
        let errors = parsed.diagnostics.iter().filter(|fault| fault.severity() == Severity::Error);
        let said: Vec<_> = errors.map(ToString::to_string).collect();
        return (Verdict::Error, said.join("; "));
    }
    let variant = Variant::fixed_by(&parsed.script).unwrap_or(how.variant);
    let options = RunOptions { judged: true, variant, profile: how.profile, ..RunOptions::default() };
    let report = run_script(&parsed.script, (how.target)().as_mut(), &options);
    let mut said = report.reason().unwrap_or_default();
    for warning in &report.warnings {
        let _ = write!(said, "; warning: {}", warning.reason);
    }
    (report.verdict(), said)
}

/// Runs every row of a table, and says of each that is not as it should be what it did instead.
///
/// # Panics
/// If there is one.
pub fn check(rows: &[Row]) {
    let mut wrong = String::new();
    for row in rows {
        let (verdict, said) = ended(row.good, row.how);
        if verdict != Verdict::Pass {
            let _ = writeln!(wrong, "{}: the good script ends with {verdict}: {said}", row.name);
        }
        let (verdict, said) = ended(row.bad, row.how);
        let how = format!("{verdict}: {said}");
        if verdict == Verdict::Pass || !how.contains(row.because) {
            let _ = writeln!(wrong, "{}: the bad script ends with {how}\n    not {}", row.name, row.because);
        }
    }
    let names: std::collections::BTreeSet<_> = rows.iter().map(|row| row.name).collect();
    assert_eq!(names.len(), rows.len(), "two rows with one name");
    assert!(wrong.is_empty(), "{wrong}");
}
