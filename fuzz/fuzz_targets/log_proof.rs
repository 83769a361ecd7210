#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| treehouse_fuzz::log_proof(input));
