//! Fuzzes `keyturn_inputs::request_bodies`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| keyturn_inputs::request_bodies(data));
