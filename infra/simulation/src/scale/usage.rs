//! Memory and processor time of this process.

use std::fs;

/// Clock ticks a second in `/proc`, the same on every architecture.
const TICKS: f64 = 100.0;

/// The most memory in MB and the processor time in seconds so far; `None` where there is no `/proc`.
#[must_use]
pub fn so_far() -> Option<(u64, f64)> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = peak.trim().strip_suffix(" kB")?.parse().ok()?;
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // After the name in brackets: the 12th and 13th field are the ticks in user and system mode.
    let fields: Vec<_> = stat.rsplit(')').next()?.split_whitespace().collect();
    let ticks = |field: usize| fields.get(field)?.parse::<f64>().ok();
    Some((kilobytes / 1_024, (ticks(11)? + ticks(12)?) / TICKS))
}
