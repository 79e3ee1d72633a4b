"""Where a connection may lead: looked up once, and never to what is nobody's service."""

from __future__ import annotations

import socket
import ssl
from typing import Any

import pytest

from modelops_airflow.errors import ArtifactError
from modelops_airflow.kinds.services.address import Address, address_of
from modelops_airflow.kinds.services.http_caller import Caller
from vendors import Parrot, Saying, serving


def leading(*ips: str) -> Any:
    """A resolver of one host."""
    return lambda _host, port, **_: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in ips]


def found(url: str, *ips: str, private: bool = False) -> Address:
    return address_of(url, "vendor", private=private, resolve=leading(*(ips or ("93.184.216.34",))))


@pytest.mark.parametrize(("url", "told"), [
    ("https://api.vendor.example", ("https", "api.vendor.example", 443)),
    ("http://api.vendor.example", ("http", "api.vendor.example", 80)),
    ("http://api.vendor.example:8443/https", ("https", "api.vendor.example", 8443)),
    ("http://https://api.vendor.example", ("https", "api.vendor.example", 443)),
    ("http://api.vendor.example/http", ("http", "api.vendor.example", 80)),
    ("https://api.vendor.example/?__extra__=%7B%22X-Key%22%3A+1%7D", ("https", "api.vendor.example", 443)),
])
def test_an_url_is_read_as_airflow_writes_it(url: str, told: tuple[str, str, int]) -> None:
    one = found(url)
    assert (one.scheme, one.host, one.port) == told and one.ip == "93.184.216.34"


def test_airflow_writes_connections_that_are_read_again() -> None:
    models = pytest.importorskip("airflow.models")
    for facts, told in (
        ({"host": "api.vendor.example", "schema": "https", "login": "u", "password": "p/w:1", "port": 8443}, ("https", 8443, "Basic dTpwL3c6MQ==")),
        ({"host": "https://api.vendor.example", "password": "token-1"}, ("https", 443, "Bearer token-1")),
        ({"host": "api.vendor.example", "schema": "https", "extra": '{"X-Api-Key": "k e+y", "timeout": 3}'}, ("https", 443, None)),
    ):
        one = found(models.Connection(conn_id="vendor", conn_type="http", **facts).get_uri())
        assert (one.scheme, one.host, one.port, one.headers.get("Authorization")) == (told[0], "api.vendor.example", *told[1:])
        assert one.headers.get("X-Api-Key") == ("k e+y" if "extra" in facts else None) and "timeout" not in one.headers


REFUSED = {
    "metadata": "169.254.169.254", "link-local": "169.254.1.1", "link-local of IPv6": "fe80::1%eth0", "metadata of IPv6": "fd00:ec2::254",
    "other cloud": "100.100.100.200", "third cloud": "168.63.129.16", "multicast": "224.0.0.1", "nobody": "0.0.0.0", "reserved": "240.0.0.1",
    "mapped": "::ffff:169.254.169.254", "translated": "64:ff9b::a9fe:a9fe", "6to4": "2002:a9fe:a9fe::1", "no address": "vendor",
}
PRIVATE = {"loopback": "127.0.0.1", "ten": "10.1.2.3", "home": "192.168.1.1", "mapped": "::ffff:127.0.0.1", "carrier": "100.64.0.1",
           "loopback of IPv6": "::1", "unique local": "fd12::1", "translated": "64:ff9b::7f00:1"}


@pytest.mark.parametrize("ip", REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("private", [True, False])
def test_an_address_that_is_no_service_is_refused_whatever_the_file_says(ip: str, private: bool) -> None:
    with pytest.raises(ArtifactError, match="connection 'vendor' leads to"):
        found("https://vendor.example", ip, private=private)
    with pytest.raises(ArtifactError, match="connection 'vendor' leads to"):
        found("https://vendor.example", "93.184.216.34", ip, private=private)


@pytest.mark.parametrize("ip", PRIVATE.values(), ids=PRIVATE)
def test_a_private_address_is_asked_only_where_the_file_says_so(ip: str) -> None:
    with pytest.raises(ArtifactError, match="private: true"):
        found("https://vendor.example", ip)
    assert found("https://vendor.example", ip, private=True).ip == ip


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f000001", "0177.0.0.1", "[::ffff:7f00:1]", "localhost"])
def test_another_spelling_of_this_machine_is_this_machine(host: str) -> None:
    with pytest.raises(ArtifactError, match=r"private: true|has no address"):
        address_of(f"http://{host}:8900", "vendor", private=False)


@pytest.mark.parametrize(("url", "why"), [
    ("ftp://vendor.example", "no URL of http or https"), ("file:///etc/passwd", "no URL of http or https"), ("gopher://x", "no URL"), ("", "no URL"),
    ("https://", "has no host"), ("https://vendor.example:0", "has no host|a port that is none"), ("https://vendor.example:99999", "a port that is none"),
    ("https://vendor.example/admin", "has a path"), ("https://[::1", "no URL"),
    ("https://vendor.example/?X-Key=a%0d%0aHost:%20b", "no header"), ("https://vendor.example/?a%20b=c", "no header"),
    ("https://vendor.example/?__extra__=%5B1%5D", "no mapping"), ("https://vendor.example/?__extra__=%7B%22a%22%3A%7B%7D%7D", "no header"),
    ("http://ann:s3cret@vendor.example", "credentials and is not encrypted"),
])
def test_what_is_no_address_is_refused_and_its_secret_is_not_repeated(url: str, why: str) -> None:
    with pytest.raises(ArtifactError, match=why) as error:
        found(url)
    assert "s3cret" not in str(error.value) and "s3cret" not in repr(found("https://ann:s3cret@vendor.example"))


def test_a_host_that_nobody_knows_is_said() -> None:
    def nobody(*_: Any, **__: Any) -> Any:
        raise socket.gaierror

    with pytest.raises(ArtifactError, match="has no address"):
        address_of("https://vendor.example", "vendor", private=False, resolve=nobody)


def test_what_was_looked_up_is_what_is_asked_under_the_name_that_was_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name leads elsewhere a moment later; nobody looks again."""
    with serving(Parrot(Saying({}))) as parrot:
        one = address_of(f"http://vendor.example:{parrot.server_port}", "vendor", private=True, resolve=leading("127.0.0.1"))
        monkeypatch.setattr(socket, "getaddrinfo", _only_numbers(socket.getaddrinfo))
        caller = Caller(one, timeout=5, retries=0, per_second=None)
        assert caller.ask("POST", "/x", b"{}").status == caller.ask("POST", "/x", b"{}").status == 200
        caller.close()
    assert [headers["host"] for _, headers, _ in parrot.asked] == [f"vendor.example:{parrot.server_port}"] * 2


def _only_numbers(real: Any) -> Any:
    def resolve(host: str, *args: Any, **more: Any) -> Any:
        assert host == "127.0.0.1", f"{host} was looked up again"
        return real(host, *args, **more)

    return resolve


def test_a_certificate_that_nobody_vouches_for_ends_it_before_anything_is_sent(tmp_path: Any) -> None:
    x509 = pytest.importorskip("cryptography.x509")
    import datetime

    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "vendor.example")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
                   .not_valid_before(now - datetime.timedelta(1)).not_valid_after(now + datetime.timedelta(1))
                   .add_extension(x509.SubjectAlternativeName([x509.DNSName("vendor.example")]), False)
                   .add_extension(x509.BasicConstraints(ca=True, path_length=None), True).sign(key, hashes.SHA256()))
    (tmp_path / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (tmp_path / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    server, context = Parrot(Saying({})), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    with serving(server):
        one = address_of(f"https://vendor.example:{server.server_port}", "vendor", private=True, resolve=leading("127.0.0.1"))
        with pytest.raises(ArtifactError, match="certificate"):
            Caller(one, timeout=5, retries=3, per_second=None).ask("POST", "/x", b"{}")
        assert server.asked == []
        with pytest.MonkeyPatch.context() as trusted:
            trusted.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
            caller = Caller(one, timeout=5, retries=0, per_second=None)
            assert caller.ask("POST", "/x", b"{}").status == 200
            caller.close()
            other = address_of(f"https://else.example:{server.server_port}", "vendor", private=True, resolve=leading("127.0.0.1"))
            with pytest.raises(ArtifactError, match="certificate"):
                Caller(other, timeout=5, retries=0, per_second=None).ask("POST", "/x", b"{}")
