"""A client of the Zhucun sync protocol, version 1, written from PROTOCOL.md alone.

Read it in this order; numbers are sections of PROTOCOL.md.

    exact      JSON that keeps what was written, and equality of values   3, 8
    line       names, lines, blanks, the chain                            2 to 4
    seal       signatures, certificates, receipts, pushes                 5, 11, 12
    store      what a phone keeps
    link       HTTP, refusals, waiting                                    15
    author     writing without a network                                  3, 4, 6
    phone      enrol, sign in, push, pull, photos                         11 to 14

What the server makes of lines; a phone needs none of it but the digest:

    schema     kinds, from the exported schema                            7
    checklist  templates                                                  7
    clock      corrected time                                             6
    rulings    who an install is, rights, decisions                       7
    merge      one record                                                 8 to 10
    world      a set of lines, judged and merged                          7, 10
"""
