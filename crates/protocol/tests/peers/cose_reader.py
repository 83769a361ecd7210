"""An independent COSE (cwt) and CBOR (cbor2), for peer_cose.rs and peer_cbor.rs.

It reads one request a line on standard input and writes one answer a line to standard output:

    {"op": "verify", "params": {"key": "...", "message": "..."}}
    {"ok": {"payload": "...", "kid": "...", "alg": -19}}

Bytes are texts in base64url without padding. Plain values of CBOR are JSON; what JSON lacks is
written {"bytes": text}, {"map": [[key, value], ...]}, {"tag": number, "value": ...}, and
{"cbor": value} or {"sha256": value} for a byte string that is the encoding of a value, or its
hash. What the peer refuses is {"ok": null}; anything else that goes wrong is {"error": "..."}.
"""

import base64
import hashlib
import io
import json
import sys

import cbor2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cwt import COSE, COSEKey
from cwt.exceptions import DecodeError, VerifyError

# Labels and codes of RFC 9052, RFC 9053 and RFC 9864.
KTY, KID, ALG, CRV, X, D = 1, 2, 3, -1, -2, -4
OKP, CURVE_ED25519, ALG_ED25519 = 1, 6, -19
HEADER_ALG, HEADER_KID = 1, 4


def read_bytes(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def text_of(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def key_id(public):
    return hashlib.sha256(public).digest()[:16]


def verify(params):
    """Verifies a COSE_Sign1 with a public key, as cwt does it."""
    public, message = read_bytes(params["key"]), read_bytes(params["message"])
    key = COSEKey.new(
        {KTY: OKP, KID: key_id(public), ALG: ALG_ED25519, CRV: CURVE_ED25519, X: public}
    )
    try:
        protected, unprotected, payload = COSE.new(verify_kid=True).decode_with_headers(
            message, key
        )
    except (ValueError, DecodeError, VerifyError):
        return None
    if unprotected:
        return None
    return {
        "payload": text_of(payload),
        "kid": text_of(protected[HEADER_KID]),
        "alg": protected[HEADER_ALG],
    }


def sign(params):
    """Makes a COSE_Sign1 over a payload with the key of a seed (RFC 8032 5.1.5)."""
    seed, payload = read_bytes(params["seed"]), read_bytes(params["payload"])
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    kid = key_id(public)
    key = COSEKey.new(
        {KTY: OKP, KID: kid, ALG: ALG_ED25519, CRV: CURVE_ED25519, X: public, D: seed}
    )
    message = COSE.new(deterministic_header=True).encode_and_sign(
        payload, key, protected={HEADER_ALG: ALG_ED25519, HEADER_KID: kid}
    )
    return {"message": text_of(message), "key": text_of(public)}


def again(params):
    """Decodes bytes, all of them, and encodes the value again in canonical form."""
    stream = io.BytesIO(read_bytes(params["bytes"]))
    value = cbor2.load(stream)
    if stream.read():
        return None
    return {"bytes": text_of(cbor2.dumps(value, canonical=True))}


def make(params):
    """Encodes plain values in canonical form."""
    return {"bytes": text_of(encoded(params["plain"]))}


def encoded(plain):
    return cbor2.dumps(value_of(plain), canonical=True)


def value_of(plain):
    if isinstance(plain, list):
        return [value_of(item) for item in plain]
    if not isinstance(plain, dict):
        return plain
    if "bytes" in plain:
        return read_bytes(plain["bytes"])
    if "map" in plain:
        return {value_of(key): value_of(value) for key, value in plain["map"]}
    if "tag" in plain:
        return cbor2.CBORTag(plain["tag"], value_of(plain["value"]))
    if "sha256" in plain:
        return hashlib.sha256(encoded(plain["sha256"])).digest()
    return encoded(plain["cbor"])


OPERATIONS = {"verify": verify, "sign": sign, "again": again, "make": make}


def answer(line):
    try:
        request = json.loads(line)
        return {"ok": OPERATIONS[request["op"]](request["params"])}
    except Exception as error:  # whatever it is, the test must see it and go no further
        return {"error": repr(error)}


for request_line in sys.stdin:
    print(json.dumps(answer(request_line)), flush=True)
