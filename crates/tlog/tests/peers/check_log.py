"""Verifies a published log: every entry, tile, signature, cosignature and proof.

    check_log.py FOLDER LOG_KEY NEED WITNESS_KEY...

README.md beside this file says what the folder holds. It was written from RFC 6962 and the C2SP
pages tlog-tiles, tlog-checkpoint, signed-note, tlog-cosignature, tlog-proof and tlog-witness.
"""

import base64
import functools
import hashlib
import json
import pathlib
import re
import struct
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

LOG, COSIGNATURE = 1, 4
WIDTH, HASH_BYTES = 256, 32


class Wrong(Exception):
    """What is wrong with the log."""


def require(holds, message):
    if not holds:
        raise Wrong(message)


def decoded(text):
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Wrong(f"{text[:20]!r} is not base64") from error


def decimal(text):
    require(re.fullmatch(r"0|[1-9][0-9]*", text), f"{text[:20]!r} is not a number")
    return int(text)


class Key:
    """A verifier key of the wanted algorithm."""

    def __init__(self, vkey, algorithm):
        self.name, key_id, key = vkey.split("+", 2)
        key = decoded(key)
        require(key[0] == algorithm and len(key) == 33, f"{vkey} is of another algorithm")
        self.id = hashlib.sha256(self.name.encode() + b"\n" + key).digest()[:4]
        require(self.id.hex() == key_id, f"{vkey} has a wrong id")
        self.public = Ed25519PublicKey.from_public_bytes(key[1:])

    def check(self, message, signature):
        try:
            self.public.verify(signature, message)
        except InvalidSignature as error:
            raise Wrong(f"a signature of {self.name} is wrong") from error


def read_note(note):
    """The text of a note, and name, id and signature of each of its lines."""
    text, found, lines = note.rpartition("\n\n")
    require(found and lines.endswith("\n"), "a note has no signatures")
    signatures = []
    for line in lines[:-1].split("\n"):
        parts = line.split(" ")
        require(len(parts) == 3 and parts[0] == "\u2014", "a signature line is malformed")
        data = decoded(parts[2])
        signatures.append((parts[1], data[:4], data[4:]))
    return text + "\n", signatures


def open_checkpoint(note, log, witnesses, need):
    """Size and root, and who cosigned when."""
    text, signatures = read_note(note)
    signed, cosigned = False, {}
    for name, key_id, signature in signatures:
        if (name, key_id) == (log.name, log.id):
            log.check(text.encode(), signature)
            signed = True
        for witness in witnesses:
            if (name, key_id) == (witness.name, witness.id):
                (time,) = struct.unpack(">Q", signature[:8])
                message = f"cosignature/v1\ntime {time}\n{text}".encode()
                witness.check(message, signature[8:])
                cosigned[name] = time
    require(signed, "the checkpoint is not signed by the log")
    require(len(cosigned) >= need, f"{len(cosigned)} witnesses have cosigned, not {need}")
    lines = text.split("\n")
    require(len(lines) == 4 and lines[3] == "", "a checkpoint is not three lines")
    require(lines[0] == log.name, "the checkpoint is of another log")
    root = decoded(lines[2])
    require(len(root) == HASH_BYTES, "the root is no hash")
    return decimal(lines[1]), root, cosigned


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def split(count):
    """The largest power of two below `count`."""
    return 1 << (count - 1).bit_length() - 1


class Tree:
    """MTH of RFC 6962 section 2.1, over any range of entries that it's defined for."""

    def __init__(self, entries):
        self.leaves = [hashlib.sha256(b"\x00" + entry).digest() for entry in entries]
        self.hash = functools.lru_cache(maxsize=None)(self.compute)

    def compute(self, start, end):
        if start == end:
            return hashlib.sha256(b"").digest()
        if end - start == 1:
            return self.leaves[start]
        middle = start + split(end - start)
        return node(self.hash(start, middle), self.hash(middle, end))


def path_of(kind, index, width):
    digits = f"{index:03}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    parts = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    name = "/".join([f"x{part}" for part in parts[:-1]] + parts[-1:])
    return f"tile/{kind}/{name}" + (f".p/{width}" if width < WIDTH else "")


def files_of(kind, count):
    """Name, first item and width of every file that holds `count` items."""
    for start in range(0, count, WIDTH):
        width = min(WIDTH, count - start)
        yield path_of(kind, start // WIDTH, width), start, width


def read(folder, path):
    file = folder / path
    require(file.is_file(), f"{path} is missing")
    return file.read_bytes()


def read_bundle(path, data, width):
    entries, at = [], 0
    while at < len(data):
        require(at + 2 <= len(data), f"{path} is cut off")
        (length,) = struct.unpack_from(">H", data, at)
        at += 2 + length
        require(at <= len(data), f"{path} is cut off")
        entries.append(data[at - length : at])
    require(len(entries) == width, f"{path} has {len(entries)} entries, not {width}")
    return entries


def check_tiles(folder, size, tree):
    """Every hash of every tile, by its definition in tlog-tiles."""
    level = 0
    while (count := size >> 8 * level) > 0:
        span = 1 << 8 * level
        for path, start, width in files_of(level, count):
            data = read(folder, path)
            require(len(data) == width * HASH_BYTES, f"{path} has a wrong length")
            for item in range(width):
                wanted = tree.hash((start + item) * span, (start + item + 1) * span)
                found = data[item * HASH_BYTES : (item + 1) * HASH_BYTES]
                require(found == wanted, f"{path}: hash {item} is wrong")
        level += 1


def inclusion_root(leaf, index, size, proof):
    """The root that an audit path of RFC 6962 section 2.1.1 leads to."""
    if size == 1:
        require(not proof, "an inclusion proof is too long")
        return leaf
    require(proof, "an inclusion proof is too short")
    middle, proof, last = split(size), proof[:-1], proof[-1]
    if index < middle:
        return node(inclusion_root(leaf, index, middle, proof), last)
    return node(last, inclusion_root(leaf, index - middle, size - middle, proof))


def consistency_roots(old, size, proof, known, whole):
    """The old and the new root that SUBPROOF of RFC 6962 section 2.1.2 leads to."""
    if old == size:
        if whole:
            require(not proof, "a consistency proof is too long")
            return known, known
        require(len(proof) == 1, "a consistency proof has a wrong length")
        return proof[0], proof[0]
    require(proof, "a consistency proof is too short")
    middle, proof, last = split(size), proof[:-1], proof[-1]
    if old <= middle:
        before, after = consistency_roots(old, middle, proof, known, whole)
        return before, node(after, last)
    before, after = consistency_roots(old - middle, size - middle, proof, known, False)
    return node(last, before), node(last, after)


def check_proof(text, tree, keys):
    head, found, note = text.partition("\n\n")
    lines = head.split("\n")
    require(found and lines[0] == "c2sp.org/tlog-proof@v1", "a proof has no first line")
    at = 2 if lines[1].startswith("extra ") else 1
    require(lines[at].startswith("index "), "a proof has no index")
    index = decimal(lines[at][len("index ") :])
    size, root, _ = open_checkpoint(note, *keys)
    require(index < size <= len(tree.leaves), "a proof is of another log")
    proof = [decoded(line) for line in lines[at + 1 :]]
    require(inclusion_root(tree.leaves[index], index, size, proof) == root, "a proof is wrong")


def check_request(text, tree, log):
    head, found, note = text.partition("\n\n")
    lines = head.split("\n")
    require(found and lines[0].startswith("old "), "a request has no old size")
    old = decimal(lines[0][len("old ") :])
    size, root, _ = open_checkpoint(note, log, [], 0)
    require(0 < old <= size <= len(tree.leaves), "a request is of another log")
    known, proof = tree.hash(0, old), [decoded(line) for line in lines[1:]]
    before, after = consistency_roots(old, size, proof, known, True)
    require((before, after) == (known, root), "a consistency proof is wrong")


def check(folder, log, witnesses, need):
    keys = (log, witnesses, need)
    note = read(folder, "checkpoint").decode()
    size, root, cosigned = open_checkpoint(note, *keys)
    entries = []
    for path, _, width in files_of("entries", size):
        entries += read_bundle(path, read(folder, path), width)
    tree = Tree(entries)
    require(tree.hash(0, size) == root, "the entries are not those that the checkpoint signs")
    check_tiles(folder, size, tree)
    proofs = sorted(folder.glob("proofs/*.tlog-proof"))
    for proof in proofs:
        check_proof(proof.read_text(), tree, keys)
    request = folder / "add-checkpoint"
    if request.is_file():
        check_request(request.read_text(), tree, log)
    return {"size": size, "root": base64.b64encode(root).decode(), "cosigned": cosigned, "proofs": len(proofs)}


def main(folder, log, need, *witnesses):
    witnesses = [Key(witness, COSIGNATURE) for witness in witnesses]
    try:
        found = check(pathlib.Path(folder), Key(log, LOG), witnesses, int(need))
    except (Wrong, UnicodeDecodeError) as wrong:
        sys.exit(f"wrong: {wrong}")
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
