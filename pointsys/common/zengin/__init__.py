"""The bankers' association's fixed-length formats: bytes in and out, no models.

`kana` narrows names to the characters banks accept, `legal_forms` abbreviates corporate forms,
`yucho` turns a ゆうちょ symbol and number into branch and account, `records` is the engine of
fixed-length records, `deposits` (01) and `statements` (03) read what banks send.
"""
