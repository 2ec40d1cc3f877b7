//! The suite, the catalogue and the departures are embedded: a file added to them means a new library.
fn main() {
    for folder in ["scripts", "requirements", "departures"] {
        println!("cargo::rerun-if-changed={folder}");
    }
}
