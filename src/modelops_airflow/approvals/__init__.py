"""Approvals, pure: who may decide, how many are enough, what voids a decision."""
