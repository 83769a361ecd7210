//! A dump of the memory of a running process, as somebody takes it who broke into the machine.

use std::path::Path;

/// Why the memory can't be had, and what to do.
pub type NotTried = String;

/// Writes everything that the process can read of its own memory into a file; answers its bytes.
///
/// # Errors
/// The system doesn't allow it, or can't do it.
#[cfg(target_os = "linux")]
pub fn dump(process: u32, to: &Path) -> Result<u64, NotTried> {
    use std::fs::File;
    use std::io::{Read as _, Seek as _, SeekFrom, Write as _};

    let forbidden = |error: std::io::Error| {
        let scope = std::fs::read_to_string("/proc/sys/kernel/yama/ptrace_scope");
        let scope = scope.map_or_else(|_| "absent".to_owned(), |text| text.trim().to_owned());
        format!(
            "the memory can't be read ({error}; kernel.yama.ptrace_scope is {scope}): run the \
             drill as root, or with `sysctl kernel.yama.ptrace_scope=1`"
        )
    };
    let maps = std::fs::read_to_string(format!("/proc/{process}/maps")).map_err(forbidden)?;
    let mut memory = File::open(format!("/proc/{process}/mem")).map_err(forbidden)?;
    let unwritable = |error: std::io::Error| format!("the dump can't be written: {error}");
    let mut out = std::io::BufWriter::new(File::create(to).map_err(unwritable)?);
    let mut taken = 0;
    let mut page = vec![0; 1 << 20];
    for (start, end) in maps.lines().filter_map(readable) {
        let mut at = start;
        while at < end && memory.seek(SeekFrom::Start(at)).is_ok() {
            let want = page.len().min(usize::try_from(end - at).unwrap_or(usize::MAX));
            // What was given back since the list was made, or is a device's, isn't there to read.
            let Ok(got @ 1..) = memory.read(&mut page[..want]) else {
                break;
            };
            out.write_all(&page[..got]).map_err(unwritable)?;
            at += got as u64;
            taken += got as u64;
        }
    }
    out.flush().map_err(unwritable)?;
    if taken == 0 {
        return Err(forbidden(std::io::Error::other("nothing came")));
    }
    Ok(taken)
}

/// Writes the memory of a process into a file.
///
/// # Errors
/// Always: this system gives no process's memory to another.
#[cfg(not(target_os = "linux"))]
pub fn dump(_process: u32, _to: &Path) -> Result<u64, NotTried> {
    Err("this system gives no process's memory to another; run the drill on Linux".to_owned())
}

/// The range of a line of `/proc/PID/maps`, if the process may read it.
#[cfg(target_os = "linux")]
fn readable(line: &str) -> Option<(u64, u64)> {
    let mut words = line.split_ascii_whitespace();
    let (start, end) = words.next()?.split_once('-')?;
    let address = |text| u64::from_str_radix(text, 16).ok();
    let kernels = line.ends_with("[vvar]") || line.ends_with("[vsyscall]");
    let readable = words.next()?.starts_with('r') && !kernels;
    readable.then_some((address(start)?, address(end)?))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_dump_holds_what_a_process_holds_and_says_when_it_cannot() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dump");
        // Made here, so that it stands in no file of the program.
        let held: Vec<u8> = (0..64_u8).map(|byte| byte.wrapping_mul(37) ^ 0xa5).collect();
        let bytes = dump(std::process::id(), &path).unwrap();
        let dumped = std::fs::read(&path).unwrap();
        assert_eq!(bytes, dumped.len() as u64);
        assert!(dumped.windows(held.len()).any(|part| part == held));
        let refused = dump(u32::MAX, &path).unwrap_err();
        assert!(refused.contains("run the drill as root"), "{refused}");
    }
}
