"""Data: where it lives, how it is scanned once, and the profile that the scan leaves.

Checks read profiles, never rows. Counts are integers and sums are taken in row order with exact
rounding, so a profile does not depend on threads.
"""
