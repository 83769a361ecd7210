//! The only place that reads the environment and the clock.

use std::time::{Duration, Instant};

/// The value of an environment variable, if it is set to something.
#[expect(clippy::disallowed_methods, reason = "developer commands are configured by the shell")]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// True on a build server, where a clean clone shares the cache with the last one.
pub fn is_ci() -> bool {
    variable("CI").is_some_and(|value| value == "true" || value == "1")
}

/// Lets a tenth of a second pass, while something that gives no sign of itself gets ready.
#[expect(clippy::disallowed_methods, reason = "a server in another process can't wake us")]
pub fn pause() {
    std::thread::sleep(Duration::from_millis(100));
}

/// Measures how long a step took, for the person who waits for it.
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts measuring.
    #[expect(clippy::disallowed_methods, reason = "elapsed time is shown, never decided upon")]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Seconds since the start.
    pub fn seconds(&self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }
}
