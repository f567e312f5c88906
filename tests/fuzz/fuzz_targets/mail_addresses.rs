//! Fuzzes `keyturn_inputs::mail_addresses`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| keyturn_inputs::mail_addresses(data));
