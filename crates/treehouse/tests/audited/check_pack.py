"""Verifies an evidence pack without any code of the service.

    check_pack.py FOLDER LOG_KEY

Every file is the one that the signed list names, every entry is under the signed checkpoint (RFC
6962, C2SP signed-note), every leaf is the one that its entry commits to, and every published version
has the bytes whose hash stands in the leaf at its place.
"""

import base64
import hashlib
import json
import pathlib
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def require(holds, message):
    if not holds:
        sys.exit(f"wrong: {message}")


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def signed_text(note, vkey):
    """The text of a note that this key signed."""
    name, key_id, key = vkey.split("+", 2)
    key = base64.b64decode(key)
    require(hashlib.sha256(name.encode() + b"\n" + key).digest()[:4].hex() == key_id, "the key's id")
    text, _, lines = note.rpartition("\n\n")
    for line in lines.splitlines():
        _, signer, data = line.split(" ")
        data = base64.b64decode(data)
        if (signer, data[:4].hex()) == (name, key_id):
            try:
                Ed25519PublicKey.from_public_bytes(key[1:]).verify(data[4:], (text + "\n").encode())
            except InvalidSignature:
                require(False, "a signature")
            return text + "\n"
    return require(False, "the key didn't sign")


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(leaf, index, size, proof):
    if size == 1:
        require(not proof, "a proof is too long")
        return leaf
    require(proof, "a proof is too short")
    middle = 1 << (size - 1).bit_length() - 1
    if index < middle:
        return node(root_of(leaf, index, middle, proof[:-1]), proof[-1])
    return node(proof[-1], root_of(leaf, index - middle, size - middle, proof[:-1]))


def main(folder, vkey):
    folder = pathlib.Path(folder)
    listed = (folder / "manifest.txt").read_bytes()
    statement = signed_text((folder / "manifest.sig").read_text(), vkey).splitlines()
    require(statement[0] == "treehouse evidence 1", "the statement")
    require(statement[5] == hashlib.sha256(listed).hexdigest(), "the list isn't the signed one")
    names = {"manifest.txt", "manifest.sig"}
    for line in listed.decode().splitlines():
        digest, name = line.split("  ", 1)
        names.add(name)
        found = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        require(found == digest, f"{name} was changed")
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    require(there == names, f"files that aren't listed: {there ^ names}")

    _, size, root = signed_text((folder / "log/checkpoint").read_text(), vkey).splitlines()[:3]
    leaves = {}
    for line in (folder / "log/proofs.jsonl").read_text().splitlines():
        shown = json.loads(line)
        entry, proof = unb64(shown["entry"]), [base64.b64decode(each) for each in shown["proof"]]
        leaf_hash = hashlib.sha256(b"\x00" + entry).digest()
        found = root_of(leaf_hash, shown["place"], int(size), proof)
        require(found == base64.b64decode(root), f"entry {shown['place']} isn't in the log")
        if shown["leaf"]:
            leaf = unb64(shown["leaf"])
            require(entry.endswith(hashlib.sha256(leaf).digest()), "a leaf isn't its entry's")
            leaves[shown["place"]] = leaf
    versions = json.loads((folder / "notices.json").read_text())
    for version in versions:
        require(version["file"] in names, f"{version['file']} isn't on the signed list")
        digest = hashlib.sha256((folder / version["file"]).read_bytes())
        require(digest.hexdigest() == version["sha256"], f"{version['file']} has other bytes")
        leaf = leaves.get(version["place"], b"")
        require(digest.digest() in leaf, f"{version['file']} isn't what was logged")
    print(json.dumps({"files": len(names), "leaves": len(leaves), "versions": len(versions)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
