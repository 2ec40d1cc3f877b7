//! Any octets as a script.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Err(finding) = stackdrill::operation::fuzz_script(data) {
        panic!("{finding}");
    }
});
