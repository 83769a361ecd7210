"""A mail server for the tests: TLS with a certificate of its own CA, and sign-in.

usage: mail_server.py FOLDER STARTTLS_PORT TLS_PORT USER PASSWORD

Writes FOLDER/ca.pem, takes letters on both ports of 127.0.0.1, and writes each
to FOLDER/<address>.eml before it says "accepted". Refuses for good whoever is
called "nobody", and for now whoever is called "busy". Creates FOLDER/ready when
it listens. Ends when its standard input does, so it can't outlive the tests.
"""

import datetime
import ipaddress
import ssl
import sys
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


def certificate(name, key, issuer, issuer_key, extensions):
    day = datetime.timedelta(days=1)
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - day)
        .not_valid_after(now + day)
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(issuer_key, hashes.SHA256())


def make_certificates(folder):
    def named(text):
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    def pem(it):
        return it.public_bytes(serialization.Encoding.PEM)

    ca_key = ec.generate_private_key(ec.SECP256R1())
    ca_name = named("Treehouse test CA")
    ca_extensions = [(x509.BasicConstraints(ca=True, path_length=0), True)]
    ca = certificate(ca_name, ca_key, ca_name, ca_key, ca_extensions)
    key = ec.generate_private_key(ec.SECP256R1())
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    extensions = [
        (x509.SubjectAlternativeName([address]), False),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
        (x509.BasicConstraints(ca=False, path_length=None), True),
    ]
    leaf = certificate(named("Treehouse test mail"), key, ca_name, ca_key, extensions)
    (folder / "ca.pem").write_bytes(pem(ca))
    (folder / "server.pem").write_bytes(
        pem(leaf)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


class Keep:
    """Writes what arrives, named after who gets it."""

    def __init__(self, folder):
        self.folder = folder

    async def handle_RCPT(self, server, session, envelope, address, options):
        name = address.partition("@")[0]
        if name == "nobody":
            return "550 5.1.1 no such mailbox"
        if name == "busy":
            return "450 4.2.1 mailbox busy"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        for address in envelope.rcpt_tos:
            (self.folder / f"{Path(address).name}.eml").write_bytes(envelope.original_content)
        return "250 2.0.0 accepted"


def main():
    folder, starttls_port, tls_port, user, password = sys.argv[1:]
    folder = Path(folder)
    make_certificates(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(folder / "server.pem")

    def authenticate(server, session, envelope, mechanism, data):
        right = (data.login, data.password) == (user.encode(), password.encode())
        return AuthResult(success=right, handled=False)

    common = {
        "hostname": "127.0.0.1",
        "server_hostname": "127.0.0.1",
        "auth_required": True,
        "authenticator": authenticate,
    }
    controllers = [
        Controller(
            Keep(folder),
            port=int(starttls_port),
            tls_context=context,
            require_starttls=True,
            **common,
        ),
        # aiosmtpd doesn't see by itself that there is TLS from the first byte.
        Controller(
            Keep(folder),
            port=int(tls_port),
            ssl_context=context,
            auth_require_tls=False,
            **common,
        ),
    ]
    for controller in controllers:
        controller.start()
    (folder / "ready").touch()
    sys.stdin.read()
    for controller in controllers:
        controller.stop()


if __name__ == "__main__":
    main()
