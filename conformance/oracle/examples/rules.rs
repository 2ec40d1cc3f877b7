//! Prints the table of rules that `docs/oracle.md` ends with.
use stackdrill_oracle::Oracle;

fn main() {
    println!("{}", Oracle::table());
}
