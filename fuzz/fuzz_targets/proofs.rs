#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| treehouse_fuzz::proofs(input));
