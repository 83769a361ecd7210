//! What lives on between calls, by numbers that a page can hold.

use treehouse_protocol::blob::layout::Layout;
use treehouse_protocol::blob::{BlobKey, BlobRef};
use treehouse_protocol::cbor::Reader;
use treehouse_protocol::error::Refused;
use treehouse_protocol::heads::Heads;
use treehouse_protocol::invite::InviteLink;
use treehouse_protocol::keys::PublicKeys;
use treehouse_protocol::kit::KitCode;
#[cfg(feature = "password")]
use treehouse_protocol::opaque::{LoggedIn, Registered};
use treehouse_protocol::pairing::PairingQr;
use treehouse_protocol::record::{Header, Record};
use treehouse_protocol::slot::Kek;
use treehouse_protocol::sorted::Map;
use treehouse_protocol::trust::Trust;

use crate::device::Device;
use crate::family::Family;
use crate::guardian::Guardian;
use crate::keyring::Keyring;
use crate::pairing::{GuardianCheck, ToyCheck};
#[cfg(feature = "password")]
use crate::password::{Login, Registration};
use crate::pen::Pen;
use crate::slot::GuardianSafe;
use crate::value::{Answer, argument, nothing, number};

/// Things by their numbers. No number is given twice: what was freed can't be mistaken for what
/// came after it.
pub struct Shelf {
    things: Map<u32, Thing>,
    last: u32,
}

/// What can stand on the shelf.
pub trait Kept: Sized {
    fn wrap(self) -> Thing;
    fn unwrap(thing: Thing) -> Result<Box<Self>, Thing>;
    fn of(thing: &Thing) -> Option<&Self>;
    fn of_mut(thing: &mut Thing) -> Option<&mut Self>;
}

macro_rules! things {
    ($($(#[$when:meta])? $Thing:ident),*) => {
        /// Each in a box of its own: moving a secret would leave a copy behind.
        pub enum Thing {
            $($(#[$when])? $Thing(Box<$Thing>),)*
        }

        $($(#[$when])? impl Kept for $Thing {
            fn wrap(self) -> Thing {
                Thing::$Thing(Box::new(self))
            }

            fn unwrap(thing: Thing) -> Result<Box<Self>, Thing> {
                match thing {
                    Thing::$Thing(inner) => Ok(inner),
                    other => Err(other),
                }
            }

            fn of(thing: &Thing) -> Option<&Self> {
                match thing {
                    Thing::$Thing(inner) => Some(inner),
                    _ => None,
                }
            }

            fn of_mut(thing: &mut Thing) -> Option<&mut Self> {
                match thing {
                    Thing::$Thing(inner) => Some(inner),
                    _ => None,
                }
            }
        })*
    };
}

things!(
    PublicKeys,
    Trust,
    Guardian,
    Device,
    Family,
    Pen,
    Keyring,
    Header,
    Record,
    Heads,
    Layout,
    BlobKey,
    BlobRef,
    InviteLink,
    PairingQr,
    GuardianCheck,
    ToyCheck,
    Kek,
    KitCode,
    GuardianSafe,
    #[cfg(feature = "password")]
    Registration,
    #[cfg(feature = "password")]
    Registered,
    #[cfg(feature = "password")]
    Login,
    #[cfg(feature = "password")]
    LoggedIn
);

impl Shelf {
    pub const fn new() -> Self {
        Self { things: Map::new(), last: 0 }
    }

    /// Keeps a thing; answers its number.
    pub fn keep<T: Kept>(&mut self, thing: T) -> Answer {
        self.put(thing.wrap())
    }

    fn put(&mut self, thing: Thing) -> Answer {
        self.last = self.last.checked_add(1).ok_or_else(|| argument("shelf", "must have room"))?;
        self.things.insert(self.last, thing);
        number(self.last)
    }

    /// The thing that an argument names.
    pub fn get<T: Kept>(&self, args: &mut Reader<'_>) -> Result<&T, Refused> {
        let thing = self.things.get(&handle(args)?);
        thing.and_then(T::of).ok_or_else(wrong)
    }

    /// Has the thing that an argument names changed, with all others at hand.
    pub fn change<T: Kept>(
        &mut self,
        args: &mut Reader<'_>,
        work: impl FnOnce(&Self, &mut T, &mut Reader<'_>) -> Answer,
    ) -> Answer {
        let handle = handle(args)?;
        let mut thing = self.things.take(&handle).ok_or_else(wrong)?;
        let answer = match T::of_mut(&mut thing) {
            Some(inner) => work(self, inner, args),
            None => Err(wrong().into()),
        };
        self.things.insert(handle, thing);
        answer
    }

    /// Takes the thing that an argument names, for good.
    pub fn take<T: Kept>(&mut self, args: &mut Reader<'_>) -> Result<Box<T>, Refused> {
        let handle = handle(args)?;
        let thing = self.things.take(&handle).ok_or_else(wrong)?;
        T::unwrap(thing).map_err(|other| {
            self.things.insert(handle, other);
            wrong()
        })
    }
}

/// Wipes a thing. What is gone already may be freed again.
pub fn free(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    shelf.things.remove(&handle(args)?);
    nothing()
}

fn handle(args: &mut Reader<'_>) -> Result<u32, Refused> {
    args.uint("handle")
}

fn wrong() -> Refused {
    argument("handle", "must stand for what the call takes, and not be freed")
}
