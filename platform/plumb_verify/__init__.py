"""Checks letters, chains, snapshots, reports, exports: no server, database or network, this folder and `cryptography` (N16).

    python -m plumb_verify [--root ROOT.pem] [--stamp-root ROOT.pem] [--revocations LIST.json] [--sha256 HEX]
        [--previous HEX] [--chain HEX] [--anchor ANCHOR.json] FILE...

A letter (.pdf) is VALID when the company's seal covers the whole file and fits it, its certificate leads to the root, and the
goals that it embeds are whole. Without --root the root that the letter brings along is named by its fingerprint, to be
compared with the company's. --sha256 is the digest of the whole file as the verify page shows it: it also settles files that
were given later time stamps. An audit chain (.jsonl) is walked from its root, a snapshot (.jsonl) is hashed anew and held
against --previous and --chain, the hashes that stand beside it. A report of retention (.json) is held against its signature.
The export of a company (.tar) is held against its manifest, with its chain and all snapshots; `plumb company acts` tells the
digest that it had, for --sha256.

A chain holds in itself also when its end was cut off, or all of it written anew. --anchor, as often as there are any, gives
what the company signed about its chains (/snapshots/ID/anchor): the audit chain must reach and know what they know, and a
snapshot is held against its own anchor and the one before in place of --previous and --chain. With --root they must be the
company's own; without, `anchor_roots_sha256` says whose they are.

A time stamp on a seal tells the time; no signature of the company covers it. With --stamp-root its server must lead to that
root; without, anybody may have made it, and `stamp_root_given` is false.

A seal does not know what became of the letter later: whether it was revoked is told by the verify page, or by the company's
signed list (/letters/revocations.json) given as --revocations, as of the moment when that list was made.
"""
