//! The clock on the wall where a virtual toy is.

use anyhow::{Context, Result};
use clap::Args;
use time::macros::{date, format_description};
use time::{PrimitiveDateTime, Time};
use treehouse_client::limits::LocalTime;
use treehouse_server::port::clock::{Clock as _, SystemClock};

/// What that clock shows.
#[derive(Debug, Args)]
pub struct Clock {
    /// What the clock on the wall shows, such as 2027-05-03T20:15; without it, the time in UTC
    #[arg(long, value_name = "TIME")]
    clock: Option<String>,
}

impl Clock {
    /// Reads it.
    ///
    /// # Errors
    /// It isn't written as it must be.
    pub fn read(&self) -> Result<LocalTime> {
        let Some(text) = &self.clock else {
            let minutes = SystemClock.now().0 / 60_000;
            let (day, minute) = (u32::try_from(minutes / 1440)?, u16::try_from(minutes % 1440)?);
            return Ok(LocalTime { day, minute });
        };
        let format = format_description!("[year]-[month]-[day]T[hour]:[minute]");
        let said = PrimitiveDateTime::parse(text, format);
        let said = said.context("--clock must be written like 2027-05-03T20:15")?;
        let day = (said.date() - date!(1970 - 01 - 01)).whole_days();
        let day = u32::try_from(day).context("--clock must not be before 1970")?;
        Ok(LocalTime { day, minute: minute_of(said.time()) })
    }
}

/// A minute of the day, written like 20:15.
///
/// # Errors
/// It isn't written like that.
pub fn minute(text: &str) -> Result<u16> {
    let format = format_description!("[hour padding:none]:[minute]");
    let said = Time::parse(text, format).context("a time must be written like 20:15")?;
    Ok(minute_of(said))
}

fn minute_of(time: Time) -> u16 {
    u16::from(time.hour()) * 60 + u16::from(time.minute())
}
