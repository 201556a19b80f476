#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sync_protocol::testing::decoding::seal(bytes));
