//! What time it is. An argument everywhere, so that tests and the demo can move it.

use std::fmt;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use treehouse_protocol::id::Day;

/// Milliseconds in a day.
pub const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// A moment: milliseconds since 1970-01-01 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub i64);

impl Time {
    /// The day that this moment lies in; the first day there is for a moment before 1970, and the
    /// last for one that no [`Day`] can name.
    #[must_use]
    pub fn day(self) -> Day {
        let days = self.0.div_euclid(DAY_MS).max(0);
        Day(u32::try_from(days).unwrap_or(u32::MAX))
    }

    /// The moment `ms` milliseconds later; the last moment there is, if that would be beyond it.
    #[must_use]
    pub const fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// The moment `ms` milliseconds earlier; the first moment there is, if that would be before it.
    #[must_use]
    pub const fn minus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_sub(ms))
    }

    /// The moment `days` days later.
    #[must_use]
    pub const fn plus_days(self, days: u32) -> Self {
        self.plus_ms(days as i64 * DAY_MS)
    }

    /// The moment `days` days earlier.
    #[must_use]
    pub const fn minus_days(self, days: u32) -> Self {
        self.minus_ms(days as i64 * DAY_MS)
    }

    /// Milliseconds from `earlier` to this moment; negative if it is the later one.
    #[must_use]
    pub const fn ms_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The same moment for libraries that want it so. A moment before 1970 becomes 1970.
    #[must_use]
    pub fn system_time(self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(u64::try_from(self.0).unwrap_or(0))
    }
}

/// Tells the time.
pub trait Clock: fmt::Debug + Send + Sync {
    /// The present moment.
    fn now(&self) -> Time;

    /// How much time has passed since some moment in this process: nobody can set it, so it tells how
    /// long something has lasted.
    fn passed(&self) -> Duration;
}

/// The clock of the machine.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "everything else gets its time from here")]
    fn now(&self) -> Time {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Time(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    fn passed(&self) -> Duration {
        static BEGAN: LazyLock<Instant> = LazyLock::new(steady);
        steady().saturating_duration_since(*BEGAN)
    }
}

/// A clock that stands still until somebody moves it: for tests, and the demo's time travel.
///
/// Clones are the same clock.
#[derive(Debug, Clone)]
pub struct ManualClock {
    now: Arc<AtomicI64>,
    passed_ms: Arc<AtomicU64>,
}

impl ManualClock {
    /// A clock that shows `start`.
    #[must_use]
    pub fn new(start: Time) -> Self {
        Self { now: Arc::new(AtomicI64::new(start.0)), passed_ms: Arc::default() }
    }

    /// Shows `time` from now on, which may also lie in the past: somebody sets the clock.
    pub fn set(&self, time: Time) {
        self.now.store(time.0, Ordering::SeqCst);
    }

    /// Moves forward by `ms` milliseconds, or back if negative: somebody sets the clock.
    pub fn advance_ms(&self, ms: i64) {
        self.now.fetch_add(ms, Ordering::SeqCst);
    }

    /// Lets `ms` milliseconds pass.
    pub fn pass_ms(&self, ms: u32) {
        self.advance_ms(i64::from(ms));
        self.passed_ms.fetch_add(u64::from(ms), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Time {
        Time(self.now.load(Ordering::SeqCst))
    }

    fn passed(&self) -> Duration {
        Duration::from_millis(self.passed_ms.load(Ordering::SeqCst))
    }
}

/// A clock that nobody can set, for how long something has lasted in this process.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "waiting must not end because the date was changed")]
pub fn steady() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_at_midnight() {
        assert_eq!(Time(0).day(), Day(0));
        assert_eq!(Time(DAY_MS - 1).day(), Day(0));
        assert_eq!(Time(DAY_MS).day(), Day(1));
    }

    #[test]
    fn moments_that_no_day_can_name_stay_at_the_ends() {
        assert_eq!(Time(-1).day(), Day(0));
        assert_eq!(Time(i64::MIN).day(), Day(0));
        assert_eq!(Time(i64::MAX).day(), Day(u32::MAX));
        assert_eq!(Time(-1).system_time(), UNIX_EPOCH);
    }

    #[test]
    fn times_stop_at_the_ends_instead_of_wrapping() {
        assert_eq!(Time(i64::MAX).plus_ms(1), Time(i64::MAX));
        assert_eq!(Time(i64::MIN).minus_ms(1), Time(i64::MIN));
        assert_eq!(Time(5).plus_days(2).minus_days(1), Time(5 + DAY_MS));
        assert_eq!(Time(7).ms_since(Time(9)), -2);
    }

    #[test]
    fn clones_of_a_manual_clock_move_together() {
        let clock = ManualClock::new(Time(10));
        let same = clock.clone();
        clock.advance_ms(5);
        assert_eq!(same.now(), Time(15));
        same.set(Time(3));
        assert_eq!(clock.now(), Time(3));
        assert_eq!(same.passed(), Duration::ZERO, "a clock was set, and no time passed");
        same.pass_ms(4);
        assert_eq!((clock.now(), clock.passed()), (Time(7), Duration::from_millis(4)));
    }

    #[test]
    fn the_machines_clock_knows_that_2025_is_over() {
        assert!(SystemClock.now() > Time(1_767_225_600_000));
    }
}
