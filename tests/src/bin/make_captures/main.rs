//! Makes the captures under `pcaps/captures` from live conversations between two Linux hosts.
//!
//! The hosts are network namespaces of its own; between them stands a relay that loses, delays or repeats chosen
//! packets. Needs Linux and the right to make namespaces, as root or as anybody where user namespaces are allowed.
//! Leaves nothing behind but the files.
//!
//! `cargo run -p stackdrill-tests --bin make_captures -- pcaps/captures [NAME]...`
//!
//! Without names it makes all, and `captures.toml` beside the folder; with names, only the conversations so named.
#![forbid(unsafe_code)]

#[cfg(target_os = "linux")]
mod make;

#[cfg(target_os = "linux")]
fn main() -> anyhow::Result<()> {
    make::main()
}

#[cfg(not(target_os = "linux"))]
fn main() {
    eprintln!("captures are made on Linux, which has network namespaces");
    std::process::exit(2);
}
