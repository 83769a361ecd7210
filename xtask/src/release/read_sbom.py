"""Reads a list of parts as others do: by the schema of CycloneDX's own library, and against the lock
files. Arguments: the list, and the root of the repository."""

import base64
import json
import pathlib
import sys
import tomllib

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator


def crates(root):
    """Name, version and hash of every package of Cargo.lock."""
    lock = tomllib.loads((root / "Cargo.lock").read_text())
    return {(p["name"], p["version"]): p.get("checksum") for p in lock["package"]}


def packages(root):
    """The same of package-lock.json, without what only other platforms need."""
    lock = json.loads((root / "web/package-lock.json").read_text())
    found = {}
    for path, package in lock["packages"].items():
        if path and not package.get("optional"):
            name = path.rpartition("node_modules/")[2]
            digest = base64.b64decode(package["integrity"].removeprefix("sha512-")).hex()
            found[(name, package["version"])] = digest
    return found


def main(file, root):
    text = pathlib.Path(file).read_text()
    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if error:
        sys.exit(f"{file} isn't CycloneDX 1.6: {str(error).splitlines()[0]}")
    root = pathlib.Path(root)
    locks = {"cargo": crates(root), "npm": packages(root)}
    missing = set(locks["npm"])
    components = json.loads(text)["components"]
    for component in components:
        kind = component["bom-ref"].partition(":")[0]
        place = (component["name"], component["version"])
        digest = next((h["content"] for h in component.get("hashes", [])), None)
        if kind == "npm" and component["type"] == "application":
            continue
        if place not in locks[kind]:
            sys.exit(f"{place} of {file} stands in no lock file")
        if locks[kind][place] != digest:
            sys.exit(f"{place} of {file} has another hash in the lock file")
        if kind == "npm":
            missing.discard(place)
    if missing:
        sys.exit(f"{file} lacks {sorted(missing)}")
    print(f"{len(components)} components are valid CycloneDX 1.6, and as in the lock files")


main(*sys.argv[1:])
