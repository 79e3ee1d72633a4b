"""What was so on a day: compliance with policy packs, read out of the ledger and the documents beside it.

Rows that are changed in place are not asked. An answer about a moment rests on events up to it, on the documents that they name by
digest, and on the blobs of the evidence store; what these cannot tell is not known, and never green.
"""
