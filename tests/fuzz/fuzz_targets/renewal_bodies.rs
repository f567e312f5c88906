//! Fuzzes `keyturn_inputs::renewal_bodies`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| keyturn_inputs::renewal_bodies(data));
