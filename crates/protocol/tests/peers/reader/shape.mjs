// Shapes of structures: what each item of an array must be. A check takes a value and throws if it
// isn't what it must be.

import { Signed, decode, encode, require, show, spelled } from "./cbor.mjs";

const bytesOf = (count) => (value) =>
  require(Buffer.isBuffer(value) && value.length === count, `not ${count} bytes`);

export const id = bytesOf(16);
export const hash = bytesOf(32);
export const signature = bytesOf(64);
export const bytes = (value) => require(Buffer.isBuffer(value), "not bytes");
export const sized = bytesOf;
export const uint = (value) => require(Number.isSafeInteger(value) && value >= 0, "not a number");
export const within = (least, most) => (value) =>
  require(Number.isSafeInteger(value) && value >= least && value <= most, "out of bounds");
export const version = (value) => require(uint(value) ?? value >= 1, "version 0");
export const signed = (value) => require(value instanceof Signed, "not signed");
// A day fits into 32 bits: section 6 puts it into four bytes.
export const day = (value) => require(uint(value) ?? value < 2 ** 32, "not a day");
export const among = (codes) => (value) => require(codes.includes(value), "no such code");
export const text = (pattern) => (value) =>
  require(typeof value === "string" && pattern.test(value), "not such a text");
export const optional = (check) => (value) => value === null || check(value);

export const listOf = (check, most) => (value) => {
  require(Array.isArray(value) && value.length <= most, "not a list, or too long");
  value.forEach(check);
};

/** A list in which nothing stands twice and everything ascends. */
export const ascending = (check, most) => (value) => {
  listOf(check, most)(value);
  value.slice(1).forEach((item, index) => {
    const order = Buffer.isBuffer(item) ? Buffer.compare(item, value[index]) : item - value[index];
    require(order > 0, "doesn't ascend");
  });
};

export const tuple = (...checks) => (value) => {
  require(Array.isArray(value) && value.length === checks.length, "not such an array");
  checks.forEach((check, index) => check(value[index]));
};

/** A structure with a type string. `rule` checks what one item alone doesn't tell. */
export class Structure {
  constructor(type, fields, rule = () => {}) {
    this.names = ["type", ...Object.keys(fields)];
    this.checks = [(value) => require(value === type, "another type"), ...Object.values(fields)];
    Object.assign(this, { type, rule });
  }

  read(value) {
    tuple(...this.checks)(value);
    const fields = Object.fromEntries(this.names.map((name, index) => [name, value[index]]));
    this.rule(fields);
    return fields;
  }

  decode(bytes) {
    return this.read(decode(bytes));
  }

  /** Whoever writes holds itself to what readers check. */
  encode(fields) {
    const value = this.names.map((name) => (name === "type" ? this.type : fields[name]));
    this.read(value);
    return encode(value);
  }

  /** The fields as the vectors print them, in diagnostic notation. */
  shown(fields) {
    return Object.fromEntries(
      this.names.map((name) => [name, show(name === "type" ? this.type : fields[name])]),
    );
  }

  /** The other way round. Names are ours, order is the vectors'. */
  spelled(fields) {
    const values = Object.values(fields).map(spelled);
    require(values.length === this.names.length, "another number of fields");
    return Object.fromEntries(this.names.map((name, index) => [name, values[index]]));
  }
}
