"""A client of the Zhucun sync protocol, version 1, written from PROTOCOL.md alone.

Read it in this order; section numbers are those of PROTOCOL.md.

    exact   JSON that keeps what was written, and equality of values   (3, 8)
    line    names, lines, blanks, the chain                            (2 to 4)
    seal    signatures, certificates, receipts, pushes                 (5, 11, 12)
    schema  kinds and checklists, from the exported schema             (7, 16)
    world   corrected time, rulings and judgement of a set of lines    (6, 7)
    merge   one record: what is shown, kept beside and open            (8 to 10)
    phone   a durable store, and the way to the server and back        (11 to 14)

A phone needs `exact`, `line`, `seal` and `phone`. The rest is what the server does, for whoever wants to check it.
"""
