"""The webhook target against a real HTTP server: honest, lying, slow, failing, and one that would lead it elsewhere."""

from __future__ import annotations

import json
import socket
import threading
import time
from contextlib import suppress

import pytest
from contract import LATER, NEW, OLD, Contract, Place, release, shows
from receiver import answer, receiver

from modelops_airflow.digest import canonical, digest_bytes
from modelops_airflow.errors import TargetError
from modelops_airflow.targets import target_of, webhook, wrong_target
from modelops_airflow.targets.address import address_of, looked_up
from modelops_airflow.targets.webhook import Webhook


@pytest.fixture
def service():
    with receiver() as one:
        yield one


def made(service, **options):
    return Webhook(**{"connection": "store", "private": True, "connections": lambda _: service.url, **options})


class TestWebhook(Contract):
    @pytest.fixture
    def place(self, service) -> Place:
        def other_bytes(model):
            service.state[model] = {**service.state[model], "artifact": digest_bytes(b"changed")}

        def nonsense(_):
            service.answers = lambda handler: handler.command == "GET" and answer(handler, 200, b'{"model": "credit"}')

        return Place(make=lambda: made(service), seams=[(webhook, "ask")], spoil=nonsense, change=other_bytes, ships=False)


def test_the_statement_says_what_is_live_and_is_signed(service):
    made(service).deploy(release())
    (posted,) = [one for one in service.heard if one[0] == "POST"]
    assert json.loads(posted[3]) == {"artifact": digest_bytes(OLD), "epoch": 1, "model": "credit", "subject": digest_bytes(b"subject"),
                                     "to": service.address, "version": "1.0"}
    assert posted[3] == canonical(json.loads(posted[3]))
    assert posted[1] == "/hooks/models" and posted[2]["Content-Type"] == "application/json"
    assert posted[2]["Host"] == f"127.0.0.1:{service.port}"
    assert not any("a secret" in str(one) or "a%20secret" in str(one) or "Authorization" in one[2] for one in service.heard), "the secret itself stays here"


def test_another_secret_is_refused_by_the_service(service):
    url = service.url.replace("a%20secret", "another")
    with pytest.raises(TargetError, match="answers 401"):
        made(service, connections=lambda _: url).deploy(release())
    assert service.state == {}


def test_a_stop_says_that_nothing_is_live(service):
    made(service).deploy(release())
    made(service).withdraw("credit", 2)
    assert service.state["credit"] == {"artifact": None, "epoch": 2, "model": "credit", "subject": None, "to": service.address, "version": None}


def test_a_service_that_shows_other_bytes_marks_nothing_live(service):
    body = json.dumps({"model": "credit", "artifact": digest_bytes(NEW), "epoch": 1}).encode()
    service.answers = lambda handler: handler.command == "GET" and answer(handler, 200, body)
    with pytest.raises(TargetError, match="nothing is marked live"):
        made(service).deploy(release())


def test_a_service_that_says_yes_and_keeps_nothing_marks_nothing_live(service):
    service.answers = lambda handler: handler.command == "POST" and answer(handler, 204)
    with pytest.raises(TargetError, match="shows None"):
        made(service).deploy(release())
    service.state["credit"] = {"artifact": digest_bytes(OLD), "epoch": 1}
    with pytest.raises(TargetError, match="after it was told to stop"):
        made(service).withdraw("credit", 2)


def test_an_older_deployer_at_a_service_without_a_fence_is_seen(service):
    """What no target can prevent where the service refuses nothing: it is seen at the next look, and the contract above is the control."""
    service.refuses = False
    older = release(NEW, 2)

    def between(handler):
        if handler.command == "POST" and "later" not in service.state:
            service.state["later"] = {"artifact": None, "epoch": 0}
            made(service).deploy(release(LATER, 3))
        return False

    service.answers = between
    with suppress(TargetError):
        made(service).deploy(older)
    assert made(service).observed("credit") == shows(NEW, 2) != shows(LATER, 3)


@pytest.mark.parametrize("body", [
    b"", b"[]", b"null", b"{", b'"x"', b'{"model": "fraud", "artifact": null, "epoch": 1}', b'{"model": "credit", "artifact": "x", "epoch": 1}',
    b'{"model": "credit", "artifact": null, "epoch": -1}', b'{"model": "credit", "artifact": null, "epoch": true}',
    b'{"model": "credit", "artifact": null, "epoch": NaN}', b'{"model": "credit", "artifact": null, "epoch": "1"}', b"[" * 50_000, b"\xff\xfe",
    b'{"model": "credit", "artifact": 7, "epoch": 1}',
])
def test_an_answer_that_says_nothing_is_an_error_and_never_nothing_live(service, body):
    service.answers = lambda handler: answer(handler, 200, body)
    with pytest.raises(TargetError, match="does not say what is live"):
        made(service).observed("credit")


@pytest.mark.parametrize("status", [204, 401, 403, 404, 418, 500, 503])
def test_a_status_that_is_not_200_is_an_error_and_never_nothing_live(service, status):
    service.answers = lambda handler: answer(handler, status)
    with pytest.raises(TargetError, match=f"answers {status}"):
        made(service).observed("credit")


@pytest.mark.parametrize("status", [400, 401, 404, 500, 503])
def test_a_statement_that_is_not_taken_is_an_error(service, status):
    service.answers = lambda handler: handler.command == "POST" and answer(handler, status)
    with pytest.raises(TargetError, match=f"answers {status} to the statement of credit"):
        made(service).deploy(release())


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(service, status):
    with receiver() as canary:
        service.answers = lambda handler: answer(handler, status, Location=canary.address + "/credit")
        with pytest.raises(TargetError, match="redirects are not followed"):
            made(service).observed("credit")
        assert canary.heard == []


def test_a_large_answer_is_not_read(service):
    service.answers = lambda handler: answer(handler, 200, b" " * (65 << 10))
    with pytest.raises(TargetError, match="more than 64 KiB"):
        made(service).observed("credit")


def test_an_answer_in_part_is_an_error(service):
    def half(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", "5000")
        handler.end_headers()
        handler.wfile.write(b'{"model": "credit", "artifact": null, "epoch": 0}')
        return True

    service.answers = half
    with pytest.raises(TargetError, match="in part"):
        made(service).observed("credit")


def _sleeps(handler):
    time.sleep(1.2)
    with suppress(OSError):
        answer(handler, 200, b"{}")
    return True


def _drips(handler):
    with suppress(OSError):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for _ in range(200):
            handler.wfile.write(b"X-Slow: 1\r\n")
            time.sleep(0.05)
    return True


@pytest.mark.parametrize("slow", [_sleeps, _drips])
def test_a_slow_service_ends_in_time(service, slow):
    service.answers = slow
    began = time.monotonic()
    with pytest.raises(TargetError, match=r"did not answer within 0\.3 seconds"):
        made(service, timeout=0.3).observed("credit")
    assert time.monotonic() - began < 1.1


def test_a_service_that_is_not_there_and_one_that_speaks_something_else_are_errors(service):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://:s@127.0.0.1:{taken.getsockname()[1]}/x"
        with pytest.raises(TargetError, match="cannot be asked: ConnectionRefusedError"):
            made(service, connections=lambda _: url).observed("credit")
        taken.listen()

        def gibberish():
            peer, _ = taken.accept()
            peer.recv(100)
            peer.sendall(b"SSH-2.0-x\r\n\r\n")
            peer.close()

        thread = threading.Thread(target=gibberish)
        thread.start()
        with pytest.raises(TargetError, match="cannot be asked"):
            made(service, connections=lambda _: url).observed("credit")
        thread.join()


def test_a_certificate_that_nobody_trusts_is_an_error(service):
    with pytest.raises(TargetError, match="cannot be asked"):
        made(service, connections=lambda _: service.url.replace("http:", "https:")).observed("credit")


@pytest.mark.parametrize("host", [
    "127.0.0.1", "localhost", "10.0.0.8", "192.168.1.1", "172.16.0.1", "[::1]", "[fc00::1]", "2130706433", "0x7f000001", "0177.0.0.1", "127.1",
    "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "100.64.0.1",
])
def test_a_private_address_is_asked_only_if_that_is_meant(host):
    address, _ = address_of(f"http://:s@{host}/x", "store")
    with pytest.raises(TargetError, match="set private: true"):
        looked_up(address, private=False)
    assert looked_up(address, private=True)


@pytest.mark.parametrize("host", [
    "169.254.169.254", "2852039166", "0xA9FEA9FE", "0251.0376.0251.0376", "169.254.43518", "[::ffff:169.254.169.254]", "[fe80::1]", "[fd00:ec2::254]",
    "100.100.100.200", "192.0.0.192", "[64:ff9b::a9fe:a9fe]", "[2002:a9fe:a9fe::1]", "0.0.0.0", "224.0.0.1", "[::]", "[ff02::1]", "255.255.255.255",
])
@pytest.mark.parametrize("private", [False, True])
def test_a_clouds_metadata_is_never_asked_however_it_is_written(host, private):
    address, _ = address_of(f"http://:s@{host}/x", "store")
    with pytest.raises(TargetError, match=r"never asked|no address of one machine"):
        looked_up(address, private=private)


def test_a_name_with_one_bad_address_is_refused_and_a_public_one_is_fine(monkeypatch):
    address, _ = address_of("https://:s@hooks.example/x", "store")

    def known(*ips):
        monkeypatch.setattr("modelops_airflow.targets.address.socket.getaddrinfo", lambda *_, **__: [(2, 1, 6, "", (ip, 443)) for ip in ips])

    known("93.184.216.34")
    assert looked_up(address, private=False) == "93.184.216.34"
    known("93.184.216.34", "10.0.0.1")
    with pytest.raises(TargetError, match=r"leads to 10\.0\.0\.1"):
        looked_up(address, private=False)


def test_a_name_is_looked_up_once_a_request(service, monkeypatch):
    """Rebinding: the name's second answer is another; the first one, which was judged, is connected to."""
    asked, real = [], socket.getaddrinfo

    def once(host, *arguments, **named):
        if host == "hooks.example":
            asked.append(host)
            host = "127.0.0.1" if len(asked) == 1 else "169.254.169.254"
        return real(host, *arguments, **named)

    monkeypatch.setattr(socket, "getaddrinfo", once)
    service.answers = lambda handler: answer(handler, 200, b'{"model": "credit", "artifact": null, "epoch": 0}')
    assert made(service, connections=lambda _: service.url.replace("127.0.0.1", "hooks.example")).observed("credit") == shows(None, 0)
    assert asked == ["hooks.example"]
    assert service.heard[0][2]["Host"] == f"hooks.example:{service.port}"


@pytest.mark.parametrize(("url", "told"), [
    ("ftp://:s@host/x", "expected http:// or https://"), ("file:///etc/passwd", "expected http:// or https://"), ("", "expected http:// or https://"),
    ("https://host/x", "no secret to sign with"), ("https://user@host/x", "no secret"), ("https://:TOPSECRET@host/x?y=1", "behind its path"),
    ("https://:TOPSECRET@host/x#y", "behind its path"), ("https://:TOPSECRET@host/a/../b", "that is none"), ("https://:TOPSECRET@host/a%0d%0aX", "that is none"),
    ("https://:TOPSECRET@host:99999/x", "is no address"), ("https://:TOPSECRET@[::1/x", "is no address"),
])
def test_a_connection_that_cannot_be_is_refused_without_telling_its_secret(url, told):
    with pytest.raises(TargetError, match=told) as error:
        address_of(url, "store")
    assert "TOPSECRET" not in str(error.value)


def test_the_options_are_known_and_the_connection_is_named_only(service):
    target = target_of("webhook", {"connection": "store", "private": True}, resolve=lambda text: text, connections=lambda name: {"store": service.url}[name])
    assert target.deploy(release()) == shows(OLD, 1)
    assert "expected" in wrong_target("webhook", {"connection": "store", "timeout": 0})[0]
    assert wrong_target("webhook", {}) == ["target webhook lacks the option 'connection'; expected text"]
    assert "no option 'connections'" in wrong_target("webhook", {"connection": "store", "connections": "x"})[0]
