//! Fuzzes `keyturn_inputs::gateway_events`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| keyturn_inputs::gateway_events(data));
