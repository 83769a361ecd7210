// Files of the worker in this browser's database: each sealed under a key that can't be taken out
// of the browser, so that whoever copies the profile's folder reads nothing.

interface Kept {
  folder: string;
  name: string;
  bytes: Uint8Array;
}

interface Sealed {
  iv: Uint8Array<ArrayBuffer>;
  sealed: ArrayBuffer;
}

const STORES = { keys: 'keys', files: 'files' } as const;

function finished<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('the database failed'));
  });
}

let opened: Promise<{ database: IDBDatabase; key: CryptoKey }> | undefined;

function open() {
  opened ??= (async () => {
    const request = indexedDB.open('treehouse', 1);
    request.onupgradeneeded = () => {
      for (const store of Object.values(STORES)) request.result.createObjectStore(store);
    };
    const database = await finished(request);
    return { database, key: await keyOf(database) };
  })();
  return opened;
}

async function keyOf(database: IDBDatabase): Promise<CryptoKey> {
  const fresh = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, [
    'encrypt',
    'decrypt',
  ]);
  // One transaction: of two tabs, one makes the key and both use it.
  const keys = database.transaction(STORES.keys, 'readwrite').objectStore(STORES.keys);
  const known = (await finished(keys.get('files'))) as CryptoKey | undefined;
  if (!known) await finished(keys.put(fresh, 'files'));
  return known ?? fresh;
}

const place = (folder: string, name: string) => `${folder}/${name}`;
const bound = (at: string) => new TextEncoder().encode(at);

/** Everything that was kept. A file that can't be opened isn't ours any more. */
export async function kept(): Promise<Kept[]> {
  const { database, key } = await open();
  const store = database.transaction(STORES.files).objectStore(STORES.files);
  const [places, files] = await Promise.all([
    finished(store.getAllKeys()),
    finished(store.getAll()) as Promise<Sealed[]>,
  ]);
  return Promise.all(
    files.map(async ({ iv, sealed }, index) => {
      const at = String(places[index]);
      const split = at.indexOf('/');
      const cipher = { name: 'AES-GCM', iv, additionalData: bound(at) };
      const bytes = new Uint8Array(await crypto.subtle.decrypt(cipher, key, sealed));
      return { folder: at.slice(0, split), name: at.slice(split + 1), bytes };
    }),
  );
}

/** Keeps a file in place of what was there. */
export async function keep({ folder, name, bytes }: Kept): Promise<void> {
  const { database, key } = await open();
  const at = place(folder, name);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const cipher = { name: 'AES-GCM', iv, additionalData: bound(at) };
  const sealed = await crypto.subtle.encrypt(cipher, key, new Uint8Array(bytes));
  const transaction = database.transaction(STORES.files, 'readwrite', { durability: 'strict' });
  await finished(transaction.objectStore(STORES.files).put({ iv, sealed }, at));
}

/** Takes a file away. */
export async function forget(folder: string, name: string): Promise<void> {
  const { database } = await open();
  const transaction = database.transaction(STORES.files, 'readwrite');
  await finished(transaction.objectStore(STORES.files).delete(place(folder, name)));
}
