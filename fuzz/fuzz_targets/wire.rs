//! Any octets as an IP datagram.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Err(finding) = stackdrill::operation::fuzz_wire(data) {
        panic!("{finding}");
    }
});
