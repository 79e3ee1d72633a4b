"""Which addresses may be asked, however they are written."""

from __future__ import annotations

import pytest

from modelops_airflow.addresses import METADATA, Refusal, refusal


@pytest.mark.parametrize("text", [
    *sorted(map(str, METADATA)), "169.254.0.1", "fe80::1", "fe80::1%eth0", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1",
    "::ffff:100.100.100.200",
])
def test_metadata_and_link_local_are_refused_always(text: str) -> None:
    assert refusal(text, private=False) is refusal(text, private=True) is Refusal.SURROUNDINGS


@pytest.mark.parametrize("text", ["127.0.0.1", "::1", "10.0.0.1", "192.168.1.1", "fd12::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::1"])
def test_private_ones_may_be_asked_where_that_is_said_alone(text: str) -> None:
    assert (refusal(text, private=False), refusal(text, private=True)) == (Refusal.PRIVATE, None)


@pytest.mark.parametrize("text", ["0.0.0.0", "::", "224.0.0.1", "ff02::1", "255.255.255.255"])
def test_what_is_no_single_machine_is_refused(text: str) -> None:
    assert refusal(text, private=True) is Refusal.NO_MACHINE


def test_a_public_address_may_be_asked_and_no_address_may_not() -> None:
    assert refusal("93.184.216.34", private=False) is refusal("2606:2800:220:1::1", private=False) is None
    assert refusal("vendor.example", private=True) is Refusal.NO_ADDRESS
