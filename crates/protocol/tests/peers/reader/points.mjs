// Which public keys are admitted (section 1 of docs/protocol.md): written from RFC 8032, RFC 7748
// and FIPS 203, for Node's cryptography doesn't check it.

import { require } from "./cbor.mjs";

const P = 2n ** 255n - 19n;
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const Q = 3329;
const ML_KEM_COEFFICIENT_BYTES = 1152;

const mod = (value) => ((value % P) + P) % P;

function power(base, exponent) {
  let [result, square] = [1n, mod(base)];
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    result = rest & 1n ? (result * square) % P : result;
    square = (square * square) % P;
  }
  return result;
}

const D = mod(-121665n * power(121666n, P - 2n));
const ROOT_OF_MINUS_ONE = power(2n, (P - 1n) / 4n);

const littleEndian = (bytes) => BigInt(`0x${Buffer.from(bytes).reverse().toString("hex")}`);

/** The point of RFC 8032 5.1.3, in extended coordinates. */
function point(bytes) {
  require(bytes.length === 32, "length of a signing key");
  const number = littleEndian(bytes);
  const y = number & ((1n << 255n) - 1n);
  require(y < P, "not canonical");
  const [u, v] = [mod(y * y - 1n), mod(D * y * y + 1n)];
  let x = mod(u * power(v, 3n) * power(u * power(v, 7n), (P - 5n) / 8n));
  if (mod(v * x * x) !== u) {
    x = mod(x * ROOT_OF_MINUS_ONE);
  }
  require(mod(v * x * x) === u, "not on the curve");
  const odd = number >> 255n;
  require(x !== 0n || odd === 0n, "not canonical");
  x = (x & 1n) === odd ? x : P - x;
  return [x, y, 1n, mod(x * y)];
}

/** Addition on the twisted Edwards curve, complete, so it doubles too (RFC 8032 5.1.4). */
function add([x1, y1, z1, t1], [x2, y2, z2, t2]) {
  const a = mod((y1 - x1) * (y2 - x2));
  const b = mod((y1 + x1) * (y2 + x2));
  const c = mod(2n * D * t1 * t2);
  const d = mod(2n * z1 * z2);
  const [e, f, g, h] = [b - a, d - c, d + c, b + a];
  return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)];
}

const isNeutral = ([x, y, z]) => x === 0n && y === z;
const admitted = new Set();

/** Canonical, in the prime-order group, and not the identity. */
export function admitEdwards(bytes) {
  const name = bytes.toString("hex");
  if (admitted.has(name)) {
    return;
  }
  let [sum, double] = [[0n, 1n, 1n, 0n], point(bytes)];
  require(!isNeutral(double), "the identity");
  for (let rest = ORDER; rest > 0n; rest >>= 1n) {
    sum = rest & 1n ? add(sum, double) : sum;
    double = add(double, double);
  }
  require(isNeutral(sum), "not of prime order");
  admitted.add(name);
}

// Of orders 1, 2, 4 and 8, on the curve and on its twist.
const LOW_ORDER = [
  0n,
  1n,
  P - 1n,
  325606250916557431795983626356110631294008115727848805560023387167927233504n,
  39382357235489614581723060781553021112529911719440698176882885853963445705823n,
];

export function admitX25519(bytes) {
  require(bytes.length === 32, "length of an X25519 point");
  require(littleEndian(bytes) < P, "not canonical");
  refuseLowOrder(bytes);
}

/** As X25519 reads it: without the highest bit, and modulo p. */
export function refuseLowOrder(bytes) {
  const u = (littleEndian(bytes) & ((1n << 255n) - 1n)) % P;
  require(!LOW_ORDER.includes(u), "of low order");
}

/** Coefficients are 12 bits each, two in three bytes, and less than q. */
export function admitMlKem(bytes) {
  for (let at = 0; at < ML_KEM_COEFFICIENT_BYTES; at += 3) {
    const pair = bytes.readUIntLE(at, 3);
    require((pair & 0xfff) < Q && pair >> 12 < Q, "a coefficient out of range");
  }
}
