"""Proof of notice: who was told what, when, over which channel, with which evidence; handed out as one file.

    database --entries--> what happened, in the order of time          (a stream: nothing is held in memory)
             --standing-> how things stand by now
             --chain----> each entry sealed with the hash of the one before
             --writing--> the pack: a ZIP, with the last hash kept here (ProofPack)
    pack ----verifying--> intact, or the first entry that is not       (needs no database, and travels in the pack)
         ----comparing--> does the database still say the same?

What happened is never told otherwise later: a longer history begins with the same entries.
"""
