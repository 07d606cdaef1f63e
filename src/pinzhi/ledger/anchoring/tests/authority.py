"""A time-stamp authority of our own (RFC 3161) for the tests: real tokens, in DER written by hand, so that no library reads what it wrote itself."""

import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, HTTPServer

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

START = datetime(2026, 1, 1, tzinfo=UTC)
WHEN = datetime(2026, 3, 1, 8, 0, 5, tzinfo=UTC)
SHA256, ECDSA_SHA256 = "2.16.840.1.101.3.4.2.1", "1.2.840.10045.4.3.2"
SIGNED_DATA, TST_INFO = "1.2.840.113549.1.7.2", "1.2.840.113549.1.9.16.1.4"
CONTENT_TYPE, DIGEST, SIGNING_CERTIFICATE = (
    "1.2.840.113549.1.9.3",
    "1.2.840.113549.1.9.4",
    "1.2.840.113549.1.9.16.2.47",
)


def tlv(tag, *parts):
    body = b"".join(parts)
    length = bytes([len(body)]) if len(body) < 128 else _long(len(body))
    return bytes([tag]) + length + body


def _long(length):
    raw = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(raw)]) + raw


def sequence(*parts):
    return tlv(0x30, *parts)


def integer(value):
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def oid(dotted):
    first, second, *rest = map(int, dotted.split("."))
    out = bytearray([first * 40 + second])
    for number in rest:
        groups = [number & 0x7F]
        while number := number >> 7:
            groups.append(number & 0x7F | 0x80)
        out += bytes(reversed(groups))
    return tlv(0x06, bytes(out))


def elements(raw):
    """The (tag, content) pairs of one level."""
    found, at = [], 0
    while at < len(raw):
        tag, length, at = raw[at], raw[at + 1], at + 2
        if length & 0x80:
            count = length & 0x7F
            length, at = int.from_bytes(raw[at : at + count], "big"), at + count
        found.append((tag, raw[at : at + length]))
        at += length
    return found


def algorithm(dotted):
    return sequence(oid(dotted))


class Authority:
    """`when` it says, `digest` it signs (None: the one asked for), whether it `grants`, whether its certificate may stamp."""

    def __init__(self, *, may_stamp=True, name="TSA root"):
        self.when, self.digest, self.grants, self.nonce, self.asked = WHEN, None, True, None, 0
        self.root_key, self.key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        root_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.root = self._certificate(root_name, root_name, self.root_key, ca=True)
        leaf_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "TSA")])
        usage = ExtendedKeyUsageOID.TIME_STAMPING if may_stamp else ExtendedKeyUsageOID.CODE_SIGNING
        self.leaf = self._certificate(leaf_name, root_name, self.key, usage=usage)

    def _certificate(self, subject, issuer, key, *, ca=False, usage=None):
        signs = x509.KeyUsage(
            digital_signature=not ca,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=ca,
            crl_sign=ca,
            encipher_only=False,
            decipher_only=False,
        )
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(START)
            .not_valid_after(START + timedelta(days=900))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(signs, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.root_key.public_key()), critical=False
            )
        )
        if usage:
            builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=True)
        return builder.sign(self.root_key, hashes.SHA256())

    def pem(self):
        return self.root.public_bytes(serialization.Encoding.PEM)

    def answer(self, query):
        """TimeStampResp to a TimeStampReq."""
        self.asked += 1
        if not self.grants:
            return sequence(sequence(integer(2), sequence(tlv(0x0C, b"not today"))))
        ((_, request),) = elements(query)
        _version, (_, imprint), *rest = elements(request)
        digest = self.digest or elements(imprint)[1][1]
        nonce = next((tlv(0x02, body) for tag, body in rest if tag == 0x02), b"")
        return sequence(sequence(integer(0)), self._token(digest, integer(self.nonce) if self.nonce else nonce))

    def _token(self, digest, nonce):
        info = sequence(
            integer(1),
            oid("1.3.6.1.4.1.57264.2"),
            sequence(algorithm(SHA256), tlv(0x04, digest)),
            integer(self.asked),
            tlv(0x18, self.when.strftime("%Y%m%d%H%M%SZ").encode()),
            nonce,
        )
        whole = self.leaf.public_bytes(serialization.Encoding.DER)
        certificate = sequence(sequence(sequence(tlv(0x04, sha256(whole).digest()))))
        attributes = b"".join(
            sorted(
                [
                    sequence(oid(CONTENT_TYPE), tlv(0x31, oid(TST_INFO))),
                    sequence(oid(DIGEST), tlv(0x31, tlv(0x04, sha256(info).digest()))),
                    sequence(oid(SIGNING_CERTIFICATE), tlv(0x31, certificate)),
                ]
            )
        )
        signature = self.key.sign(tlv(0x31, attributes), ec.ECDSA(hashes.SHA256()))
        signer = sequence(
            integer(1),
            sequence(self.leaf.issuer.public_bytes(), integer(self.leaf.serial_number)),
            algorithm(SHA256),
            tlv(0xA0, attributes),
            algorithm(ECDSA_SHA256),
            tlv(0x04, signature),
        )
        signed = sequence(
            integer(3),
            tlv(0x31, algorithm(SHA256)),
            sequence(oid(TST_INFO), tlv(0xA0, tlv(0x04, info))),
            tlv(0xA0, whole),
            tlv(0x31, signer),
        )
        return sequence(oid(SIGNED_DATA), tlv(0xA0, signed))


@contextmanager
def served(authority):
    """The address of its door."""

    class Door(BaseHTTPRequestHandler):
        def do_POST(self):
            assert self.headers["Content-Type"] == "application/timestamp-query"
            body = authority.answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Door) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
