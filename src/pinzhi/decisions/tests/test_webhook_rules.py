"""Signature, delays, filters and addresses: the pure part."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinzhi.decisions.policies import packaged
from pinzhi.decisions.rules.addresses import check_name, check_place, target
from pinzhi.decisions.rules.webhooks import Answer, WebhookPolicy, delay, meaning, signature
from pinzhi.kernel.refusal import RefusedError

POLICY = packaged("decisions").as_type("webhooks", WebhookPolicy)


def test_the_signature_is_hmac_over_time_and_body():
    expected = hmac.new(b"s", b'1700000000.{"a":1}', hashlib.sha256).hexdigest()
    assert signature([b"s"], 1700000000, b'{"a":1}') == f"t=1700000000,v1={expected}"
    assert signature([b"s", b"o"], 1, b"x").count("v1=") == 2


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (200, Answer.DONE),
        (299, Answer.DONE),
        (302, Answer.AGAIN),
        (404, Answer.AGAIN),
        (500, Answer.AGAIN),
        (410, Answer.GONE),
        (0, Answer.REST),
        (429, Answer.REST),
        (503, Answer.REST),
    ],
)
def test_what_an_answer_means(status, answer):
    assert meaning(status) is answer


@given(st.integers(1, 10**9), st.integers(1, POLICY.attempts))
def test_delays_grow_within_their_jitter_and_stay_under_the_cap(dispatch, attempt):
    plain = min(POLICY.base_seconds * POLICY.factor ** (attempt - 1), POLICY.cap_seconds)
    got = delay(POLICY, dispatch, attempt)
    assert plain * 0.9 <= got <= plain * 1.1
    assert got == delay(POLICY, dispatch, attempt)


def test_all_tries_together_take_about_three_days():
    plain = sum(min(POLICY.base_seconds * POLICY.factor ** (n - 1), POLICY.cap_seconds) for n in range(1, 12))
    assert 2 * 86400 < plain < 4 * 86400


def test_an_address_is_read_in_parts():
    to = target("https://hooks.example.com:8443/in?x=1")
    assert (to.scheme, to.host, to.port, to.path) == ("https", "hooks.example.com", 8443, "/in?x=1")
    assert target("http://[2001:db8::1]/").host == "2001:db8::1"
    assert target("https://example.com").path == "/"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "https://user:word@example.com/",
        "https://example.com/#part",
        "https://example.com:22/",
        "https://example.com:6000000/",
        "https://例子.cn/",
        "https:///nothing",
        "https://exa mple.com/",
        "https://example.com/\r\nX: y",
        "https://example.com\\@127.0.0.1/",
        "https://" + "a" * 500,
        "javascript:alert(1)",
    ],
)
def test_what_is_not_an_address_of_a_receiver(url):
    with pytest.raises(RefusedError) as no:
        target(url)
    assert no.value.refusal.code == "webhook_address_refused"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.9.9.9",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "192.0.2.1",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fd00::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:0:53aa:64c::1",
        "ff02::1",
    ],
)
def test_places_that_are_not_public(address):
    with pytest.raises(RefusedError):
        check_place(address, private_allowed=False)


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700::1111"])
def test_public_places(address):
    assert check_place(address, private_allowed=False) is None


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "::1", "fd00::1"])
def test_the_operator_may_open_private_networks(address):
    with pytest.raises(RefusedError):
        check_place(address, private_allowed=False)
    assert check_place(address, private_allowed=True) is None


@pytest.mark.parametrize("address", ["169.254.169.254", "fe80::1", "0.0.0.0", "224.0.0.1", "64:ff9b::7f00:1"])
def test_some_places_stay_closed_even_then(address):
    with pytest.raises(RefusedError):
        check_place(address, private_allowed=True)


@pytest.mark.parametrize("name", ["localhost", "LOCALHOST.", "db.internal", "printer.local", "x.localhost"])
def test_names_of_our_own_network(name):
    with pytest.raises(RefusedError):
        check_name(name, private_allowed=False)
    check_name(name, private_allowed=True)
