//! A stack would be here; `../your_stack.rs` has one, with its adapter and its test.
