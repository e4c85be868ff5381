"""Store lists of any office made into rows of one form: pure functions, bytes in, values out."""
