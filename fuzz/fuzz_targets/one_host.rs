//! Operations at one host, held against the oracle.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Err(finding) = stackdrill::operation::fuzz_one_host(data) {
        panic!("{finding}");
    }
});
