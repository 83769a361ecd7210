//! A root key in a file.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use treehouse_server::port::root_key::{
    PASSPHRASE_BYTES_MIN, PURPOSE_BYTES_MAX, RootFileError, RootKey, RootKeyError, SECRET_BYTES_MAX,
};
use treehouse_server::port::secret_text::SecretText;

use crate::surroundings::randomness;

fn passphrase() -> SecretText {
    SecretText::new("treehouses are built by five words".to_owned())
}

async fn create(path: &Path) -> RootKey {
    RootKey::create_file(path, &passphrase(), randomness()).await.unwrap()
}

async fn open(path: &Path) -> Result<RootKey, RootFileError> {
    RootKey::open_file(path, &passphrase(), randomness()).await
}

async fn refusal(path: &Path) -> RootFileError {
    open(path).await.unwrap_err()
}

/// A folder with a root key file in it.
async fn with_file() -> (TempDir, PathBuf, RootKey) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("root.key");
    let key = create(&path).await;
    (folder, path, key)
}

#[tokio::test]
async fn what_was_wrapped_unwraps_after_a_restart() {
    let (_folder, path, key) = with_file().await;
    let wrapped = key.wrap(b"family 1", b"secret").await.unwrap();
    drop(key);
    let key = open(&path).await.unwrap();
    assert_eq!(*key.unwrap(b"family 1", &wrapped).await.unwrap(), b"secret");
    assert_eq!(format!("{key:?}"), "RootKey(●●)");
}

#[tokio::test]
async fn another_purpose_key_or_bit_is_refused() {
    let (_folder, path, key) = with_file().await;
    let wrapped = key.wrap(b"family 1", b"secret").await.unwrap();
    let refused = Err(RootKeyError::Refused);
    for purpose in [&b"family 2"[..], b"", b"family 1\0"] {
        assert_eq!(key.unwrap(purpose, &wrapped).await, refused);
    }
    let stranger = create(&path.with_extension("other")).await;
    assert_eq!(stranger.unwrap(b"family 1", &wrapped).await, refused);
    for bit in 0..wrapped.len() * 8 {
        let mut changed = wrapped.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(key.unwrap(b"family 1", &changed).await, refused, "bit {bit}");
    }
    for length in 0..wrapped.len() {
        assert_eq!(key.unwrap(b"family 1", &wrapped[..length]).await, refused);
    }
}

#[tokio::test]
async fn limits_hold_to_the_byte() {
    let (_folder, _path, key) = with_file().await;
    let purpose = [7; PURPOSE_BYTES_MAX + 1];
    let secret = [9; SECRET_BYTES_MAX + 1];
    let wrapped = key.wrap(&purpose[1..], &secret[1..]).await.unwrap();
    assert_eq!(key.unwrap(&purpose[1..], &wrapped).await.unwrap().as_slice(), &secret[1..]);
    assert_eq!(key.wrap(&purpose, b"").await, Err(RootKeyError::TooLong));
    assert_eq!(key.wrap(b"", &secret).await, Err(RootKeyError::TooLong));
    assert_eq!(key.unwrap(b"", &vec![2; 1 << 20]).await, Err(RootKeyError::Refused));
}

#[tokio::test]
async fn a_wrong_passphrase_does_not_open() {
    let (_folder, path, _key) = with_file().await;
    let other = SecretText::new("treehouses are built by four words".to_owned());
    let refused = RootKey::open_file(&path, &other, randomness()).await;
    assert_eq!(refused.unwrap_err(), RootFileError::Passphrase);
}

#[tokio::test]
async fn a_short_passphrase_makes_no_file() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("root.key");
    let short = SecretText::new("p".repeat(PASSPHRASE_BYTES_MIN - 1));
    let refused = RootKey::create_file(&path, &short, randomness()).await;
    assert_eq!(refused.unwrap_err(), RootFileError::Short);
    assert!(!path.exists());
}

#[tokio::test]
async fn a_root_key_is_never_overwritten() {
    let (_folder, path, _key) = with_file().await;
    let before = fs::read(&path).unwrap();
    let refused = RootKey::create_file(&path, &passphrase(), randomness()).await;
    assert_eq!(refused.unwrap_err(), RootFileError::Exists);
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn the_file_is_for_the_owners_eyes() {
    let (_folder, path, _key) = with_file().await;
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    for mode in [0o640, 0o604, 0o620, 0o602, 0o777] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        assert_eq!(refusal(&path).await, RootFileError::Exposed, "{mode:o}");
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    assert!(open(&path).await.is_ok());
}

#[tokio::test]
async fn damage_is_told_from_a_wrong_passphrase() {
    let (_folder, path, _key) = with_file().await;
    let whole = fs::read(&path).unwrap();
    let mut other_word = whole.clone();
    other_word[0] ^= 1;
    let longer = [&whole[..], b"x"].concat();
    for damaged in [&[][..], &whole[..10], &whole[..whole.len() - 1], &other_word, &longer] {
        fs::write(&path, damaged).unwrap();
        assert_eq!(refusal(&path).await, RootFileError::Damaged, "{} bytes", damaged.len());
    }
    let mut flipped = whole.clone();
    *flipped.last_mut().unwrap() ^= 1;
    fs::write(&path, &flipped).unwrap();
    assert_eq!(refusal(&path).await, RootFileError::Passphrase);
    fs::remove_file(&path).unwrap();
    assert_eq!(refusal(&path).await, RootFileError::Missing);
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_an_error() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("no folder").join("root.key");
    let refused = RootKey::create_file(&path, &passphrase(), randomness()).await;
    assert_eq!(refused.unwrap_err(), RootFileError::Disk);
}

#[tokio::test]
async fn two_files_under_one_passphrase_have_nothing_in_common() {
    let (folder, path, _key) = with_file().await;
    let other = folder.path().join("other.key");
    create(&other).await;
    let (one, two) = (fs::read(&path).unwrap(), fs::read(&other).unwrap());
    let word = b"treehouse-root-v1".len();
    assert_ne!(one[word..word + 16], two[word..word + 16]);
    assert_ne!(one[word + 17..], two[word + 17..]);
}
