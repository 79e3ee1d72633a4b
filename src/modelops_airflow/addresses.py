"""Addresses that may be asked: nobody's service is at a cloud's metadata, and a private one only where somebody says so.

Which host a connection names is looked up once, and every address that it has is looked at here, however it is written.
"""

from __future__ import annotations

import ipaddress
from enum import Enum

IP = ipaddress.IPv4Address | ipaddress.IPv6Address

METADATA = frozenset(map(ipaddress.ip_address, (
    "169.254.169.254", "169.254.170.2", "100.100.100.200", "168.63.129.16", "192.0.0.192", "169.254.170.23", "fd00:ec2::23", "fd00:ec2::254", "fd20:ce::254")))
"""Where clouds tell machines their credentials."""

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Refusal(Enum):
    """Why an address is not asked."""

    NO_ADDRESS = "no address"
    SURROUNDINGS = "link-local, or a cloud's metadata"
    NO_MACHINE = "no single machine's"
    PRIVATE = "private"


def refusal(text: str, *, private: bool) -> Refusal | None:
    """Why an address may not be asked; None if it may.

    Args:
        text: as a look-up gives it, with or without a zone.
        private: addresses of private networks and of this machine are permitted.
    """
    try:
        address = _inner(ipaddress.ip_address(text.partition("%")[0]))
    except ValueError:
        return Refusal.NO_ADDRESS
    if address in METADATA or address.is_link_local:
        return Refusal.SURROUNDINGS
    if address.is_multicast or address.is_unspecified or (address.is_reserved and not address.is_loopback):
        return Refusal.NO_MACHINE
    return None if address.is_global or private else Refusal.PRIVATE


def _inner(address: IP) -> IP:
    """The IPv4 address that an IPv6 address stands for."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else address)
