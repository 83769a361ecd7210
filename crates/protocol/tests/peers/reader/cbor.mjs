// The deterministic CBOR of section 1 of docs/protocol.md, and diagnostic notation (RFC 8949
// section 8), in which the vectors spell structures out.

/** What a client refuses. Anything else that is thrown is a mistake of this program. */
export class Refused extends Error {}

export function require(holds, why) {
  if (!holds) {
    throw new Refused(why);
  }
}

/** A COSE_Sign1 message: the one tagged item that stands inside of other structures. */
export class Signed {
  constructor(head, payload, signature) {
    Object.assign(this, { head, payload, signature });
  }

  bytes() {
    const [head, payload, signature] = [this.head, this.payload, this.signature].map(encode);
    return Buffer.concat([Buffer.of(0xd2, 0x84), head, Buffer.of(0xa0), payload, signature]);
  }
}

function head(major, value) {
  const number = BigInt(value);
  const first = major << 5;
  if (number < 24n) {
    return Buffer.of(first | Number(number));
  }
  const power = [0, 1, 2].find((size) => number < 1n << BigInt(8 << size)) ?? 3;
  const bytes = Buffer.alloc(9);
  bytes.writeBigUInt64BE(number, 1);
  const tail = bytes.subarray(9 - (1 << power));
  return Buffer.concat([Buffer.of(first | (24 + power)), tail]);
}

export function encode(value) {
  if (value === null) {
    return Buffer.of(0xf6);
  }
  if (value instanceof Signed) {
    return value.bytes();
  }
  if (typeof value === "number" || typeof value === "bigint") {
    return head(0, value);
  }
  if (typeof value === "string") {
    const text = Buffer.from(value);
    return Buffer.concat([head(3, text.length), text]);
  }
  if (Buffer.isBuffer(value)) {
    return Buffer.concat([head(2, value.length), value]);
  }
  return Buffer.concat([head(4, value.length), ...value.map(encode)]);
}

class Decoder {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  take(count) {
    require(count <= this.bytes.length - this.at, "cut");
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  head() {
    const first = this.take(1)[0];
    const low = first & 31;
    if (low < 24) {
      return [first >> 5, low];
    }
    // 28 to 30 mean nothing, 31 an indefinite length, which TH/1 doesn't have.
    require(low < 28, "a length that isn't definite");
    const size = 1 << (low - 24);
    const value = Buffer.concat([Buffer.alloc(8 - size), this.take(size)]).readBigUInt64BE();
    const least = size === 1 ? 24n : 1n << BigInt(4 * size);
    require(value >= least, "not the shortest form");
    return [first >> 5, value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value];
  }

  // Nothing in TH/1 nests deeper than a grant in a link; a bound keeps hostile bytes from
  // exhausting the stack.
  item(depth = 0) {
    require(depth < 16, "too deep");
    if (this.bytes[this.at] === 0xf6) {
      this.at += 1;
      return null;
    }
    const [major, value] = this.head();
    switch (major) {
      case 0:
        return value;
      case 2:
        return Buffer.from(this.take(value));
      case 3:
        return this.text(value);
      case 4:
        return this.array(value, depth);
      case 6:
        return this.signed(value, depth);
      default:
        throw new Refused("an item that TH/1 doesn't have");
    }
  }

  text(count) {
    const bytes = this.take(count);
    const text = bytes.toString();
    require(Buffer.from(text).equals(bytes), "not UTF-8");
    return text;
  }

  array(count, depth) {
    require(count <= this.bytes.length - this.at, "cut");
    return Array.from({ length: count }, () => this.item(depth + 1));
  }

  signed(tag, depth) {
    require(tag === 18 && this.take(1)[0] === 0x84, "a tag other than COSE_Sign1's");
    const protectedHead = this.item(depth + 1);
    require(this.take(1)[0] === 0xa0, "an unprotected header");
    const signed = new Signed(protectedHead, this.item(depth + 1), this.item(depth + 1));
    const parts = [signed.head, signed.payload, signed.signature];
    require(parts.every(Buffer.isBuffer), "not COSE_Sign1");
    return signed;
  }
}

/** Reads exactly one item. */
export function decode(bytes) {
  const decoder = new Decoder(bytes);
  const value = decoder.item();
  require(decoder.at === bytes.length, "bytes behind");
  return value;
}

export function show(value) {
  if (value instanceof Signed) {
    return `18([${show(value.head)}, {}, ${show(value.payload)}, ${show(value.signature)}])`;
  }
  if (Buffer.isBuffer(value)) {
    return `h'${value.toString("hex")}'`;
  }
  if (Array.isArray(value)) {
    return `[${value.map(show).join(", ")}]`;
  }
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

/** The value that a text in diagnostic notation spells out. */
export function spelled(text) {
  const tokens = text.match(/18\(|h'[0-9a-f]*'|"[^"]*"|\{\}|\d+|null|[[\]),]/g);
  const item = () => {
    const token = tokens.shift();
    if (token === "18(") {
      const [head, , payload, signature] = item();
      tokens.shift();
      return new Signed(head, payload, signature);
    }
    if (token === "[") {
      return list();
    }
    if (token.startsWith("h'")) {
      return Buffer.from(token.slice(2, -1), "hex");
    }
    return token === "{}" ? {} : number(JSON.parse(token), token);
  };
  const list = () => {
    const items = [];
    while (tokens[0] !== "]") {
      items.push(item());
      if (tokens[0] === ",") {
        tokens.shift();
      }
    }
    tokens.shift();
    return items;
  };
  return item();
}

const number = (value, text) =>
  typeof value === "number" && !Number.isSafeInteger(value) ? BigInt(text) : value;
